"""The two checks: of one world, and of a family over all its registered worlds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.world import World, load_world
from adaptarium.testing.contracts import CONTRACTS
from adaptarium.testing.contracts.factors import STATES, STEPS, schema_is_testable, see
from adaptarium.testing.contracts.structure import shift_with_room
from adaptarium.testing.effects import Trial, trials
from adaptarium.testing.probe import Probe
from adaptarium.testing.report import ContractError, Outcome, Report

LONG_STATES, LONG_STEPS = 256, 600


@dataclass(frozen=True)
class _Context:
    """Where factors are tried: a world, or a shift of it by one factor.

    Attributes:
        base: The probe of the world as it is.
        world: The world, or its shift.
        only: Tried for this factor alone; empty for all.
        long: Play many more states.
    """

    base: Probe
    world: World
    only: str
    long: bool


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
    outcomes = {kind: _all_act(found, chosen, kind) for kind in ("live", "structural")}
    return Report(found.name, outcomes, time.perf_counter() - start)


def _registered(family: Family) -> list[World]:
    return [load_world(spec.id) for spec in registry.world_specs() if spec.family == family.name]


def _all_act(family: Family, worlds: Sequence[World], kind: str) -> Outcome:
    """Try worlds, then worlds in contexts, until every value of every factor has acted."""
    waiting = _wanted(worlds, kind)
    acted = frozenset(factor for factor, _ in waiting)
    total, tried = len(waiting), 0
    for context in _contexts(worlds):
        if not waiting:
            break
        left = [trial for trial in trials(context.world, kind) if _key(trial) in waiting]
        if left and context.only in {"", *(trial.factor for trial in left)}:
            tried += 1
            waiting -= {_key(trial) for trial in _acting(context, left)}
    if waiting:
        names = "; ".join(sorted(f"{factor} = {value}" for factor, value in waiting))
        raise ContractError(
            "dead-factor", family.name, f"in no world and beside no other factor acts: {names}"
        )
    return Outcome("kept", "", {"values": total, "contexts": tried}, acted)


def _acting(context: _Context, left: Sequence[Trial]) -> list[Trial]:
    """Those of ``left`` that act in a context."""
    if left[0].factor in _names(context.world, "structural"):
        probe = Probe(context.world)
        return [trial for trial in left if shift_with_room(probe, trial)]
    states, steps = (LONG_STATES, LONG_STEPS) if context.long else (STATES, STEPS)
    found = see(context.world, left, context.base.plans, states=states, steps=steps)
    return [effect.trial for effect in found if effect.acts]


def _key(trial: Trial) -> tuple[str, str]:
    return trial.factor, repr(trial.declared)


def _wanted(worlds: Sequence[World], kind: str) -> set[tuple[str, str]]:
    """(factor, declared value) of every factor of a kind."""
    factors = factors_of(type(worlds[0].rules))
    names = _names(worlds[0], kind)
    return {(name, repr(value)) for name in names for value in factors[name].tests}


def _names(world: World, kind: str) -> list[str]:
    return [one.name for one in factors_of(type(world.rules)).values() if one.kind == kind]


def _contexts(worlds: Sequence[World]) -> Iterator[_Context]:
    """The worlds as they are, then beside another value of the factor, then beside any other.

    The first two again for longer: for what comes about rarely, as a wrong key before a door.
    """
    probes = [Probe(world) for world in worlds]
    for long in (False, True):
        yield from (_Context(probe, probe.world, "", long) for probe in probes)
    for own, long in ((True, False), (True, True), (False, False)):
        for probe in probes:
            for trial in (*trials(probe.world, "live"), *trials(probe.world, "structural")):
                shifted = probe.world.override(**{trial.factor: trial.value})
                yield _Context(probe, shifted, trial.factor if own else "", long)
