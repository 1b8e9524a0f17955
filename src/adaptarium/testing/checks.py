"""The two checks: of one world, and of a family over all its registered worlds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AdaptariumError, FactorError
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.world import World, load_world
from adaptarium.testing.contracts import CONTRACTS
from adaptarium.testing.contracts.factors import schema_is_testable, see
from adaptarium.testing.effects import Trial, trials
from adaptarium.testing.probe import Probe
from adaptarium.testing.report import ContractError, Outcome, Report, kept

STEPS = 24


def check_world(world: World | str, *, thorough: bool = False) -> Report:
    """Prove the contracts of a world, from its family's schema alone.

    Args:
        world: A world, or the id of a registered one.
        thorough: Look at more states and levels, and continue a saved state in a fresh process;
            takes minutes instead of seconds.

    Returns:
        Every contract with what was looked at.

    Raises:
        ContractError: A contract is broken; ``error.contract`` names the defect.
        UnknownNameError: There is no such world.
    """
    start = time.perf_counter()
    probe = Probe(load_world(world) if isinstance(world, str) else world, thorough)
    outcomes = {
        contract.name: contract.check(probe)
        for contract in CONTRACTS
        if thorough or not contract.thorough
    }
    return Report(probe.world.id, outcomes, time.perf_counter() - start)


def check_family(family: Family | str, *, worlds: Sequence[World] | None = None) -> Report:
    """Prove that no factor of a family is dead: each acts in a world of it, alone and as named.

    A factor that does nothing in any world as it stands (the wind's heading where no wind blows)
    is tried again beside every test value of every other factor.

    Args:
        family: A family, or the name of a registered one.
        worlds: The worlds to try; None takes all registered ones.

    Returns:
        The factors that acted.

    Raises:
        ContractError: ``"dead-factor"``, ``"factor-touches-other-group"`` or ``"manual-silent"``.
        AdaptariumError: The family has no world.
    """
    start = time.perf_counter()
    found = registry.family(family) if isinstance(family, str) else family
    chosen = list(worlds) if worlds is not None else _registered(found)
    if not chosen:
        raise AdaptariumError(f"family {found.name!r} has no registered world to be checked on")
    for world in chosen[:1]:
        schema_is_testable(world)
    outcomes = {"live-factors": _all_act(found, chosen)}
    return Report(found.name, outcomes, time.perf_counter() - start)


def _registered(family: Family) -> list[World]:
    return [load_world(spec.id) for spec in registry.world_specs() if spec.family == family.name]


def _all_act(family: Family, worlds: Sequence[World]) -> Outcome:
    """Try worlds, then worlds in contexts, until every value of every live factor has acted."""
    waiting = _wanted(worlds)
    total, tried = len(waiting), 0
    for world in _contexts(worlds):
        left = [trial for trial in trials(world, "live") if _key(trial) in waiting]
        if left:
            tried += 1
            acting = see(world, left, STEPS, {})
            waiting -= {_key(effect.trial) for effect in acting if effect.acts}
        if not waiting:
            break
    if waiting:
        names = "; ".join(sorted(f"{factor} = {value}" for factor, value in waiting))
        raise ContractError(
            "dead-factor", family.name, f"in no world and beside no other factor acts: {names}"
        )
    acted = frozenset(factors_of(type(worlds[0].rules)))
    return Outcome("kept", "", kept(values=total, contexts=tried).numbers, acted)


def _key(trial: Trial) -> tuple[str, str]:
    return trial.factor, repr(trial.declared)


def _wanted(worlds: Sequence[World]) -> set[tuple[str, str]]:
    """(factor, declared value) of every live factor of the family."""
    return {
        (factor.name, repr(value))
        for factor in factors_of(type(worlds[0].rules)).values()
        if factor.kind == "live"
        for value in factor.tests
    }


def _contexts(worlds: Sequence[World]) -> Iterator[World]:
    """The worlds as they are, then each beside every test value of every factor."""
    yield from worlds
    for world in worlds:
        for kind in ("live", "structural"):
            for trial in trials(world, kind):
                try:
                    yield world.override(**{trial.factor: trial.value})
                except FactorError:
                    continue
