"""Factors act on what their group names, and on nothing else."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.world import World
from adaptarium.testing.effects import CHANGES, Effect, Trial, effects, trials
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import ContractError, Outcome

STATES, STEPS = 16, 24


def factors_act(probe: Probe) -> Outcome:
    """Every live factor taken to its test values: what it changes belongs to its group."""
    found: list[Effect] = []
    for world in (probe.world, probe.short):
        tried = trials(world, "live")
        found += see(world, tried, probe.plans, steps=probe.scale(STEPS, 80))
    acted = frozenset(effect.trial.factor for effect in found if effect.acts)
    numbers = {"factors": len(acted), "values": sum(effect.acts for effect in found)}
    return Outcome("kept", "", numbers, acted)


def see(
    world: World,
    tried: Sequence[Trial],
    plans: Mapping[int, list[Any]],
    *,
    states: int = STATES,
    steps: int = STEPS,
) -> list[Effect]:
    """The effects of ``tried`` on ``world``, of which none may stray from its group.

    Raises:
        ContractError: ``factor-touches-other-group`` or ``manual-silent``.
    """
    if not tried:
        return []
    found = effects(world, tried, states=states, steps=steps, seed=SEED, plans=plans)
    manual = functools.cache(lambda: _manual(world))
    for effect in found:
        _check_strays(world, effect)
        if effect.acts and _manual(world.override(**_change(effect))) == manual():
            raise ContractError("manual-silent", world.id, _silent(effect))
    return found


def _change(effect: Effect) -> dict[str, object]:
    return {effect.trial.factor: effect.trial.value}


def _manual(world: World) -> str:
    return str(world.family.module("text").Text(world).manual())


def _silent(effect: Effect) -> str:
    trial = effect.trial
    return f"manual() says the same with {trial.factor} = {trial.value!r}, which acts here"


def _check_strays(world: World, effect: Effect) -> None:
    for aspect, where in effect.strays.items():
        trial = effect.trial
        names = ", ".join(sorted(CHANGES[trial.group]))
        raise ContractError(
            "factor-touches-other-group",
            world.id,
            f"{trial.factor} = {trial.value!r} changes the {aspect} ({where}); "
            f"a factor of group {trial.group!r} changes {names}",
        )


def schema_is_testable(world: World) -> None:
    """Every factor declares at least two test values, one of them not its default.

    Raises:
        ContractError: ``dead-factor``.
    """
    for factor in factors_of(type(world.rules)).values():
        other = [value for value in factor.tests if value != factor.default]
        if len(factor.tests) < 2 or not other:
            raise ContractError(
                "dead-factor",
                world.family.name,
                f"{factor.name} declares tests = {factor.tests!r}; expected at least two values, "
                f"one of them other than the default {factor.default!r}",
            )
