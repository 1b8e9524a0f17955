"""Whole worlds drawn at random from what a family declares: factors, knobs and generators.

A draw starts from a registered world of the family, so that vocabulary, levels and rewards fit each
other, and moves some of its factors and knobs within their declared values and bounds. Every world
is tried before it is given away: it runs, and on each of its first levels the reference does better
than random play.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium import spaces

from adaptarium.envs.core import registry
from adaptarium.envs.core.arguments import checked_seed
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.core.factors import Factor, factors_of
from adaptarium.envs.core.world import World

FACTOR_CHANCE = 0.2
KNOB_CHANCE = 0.5
MAX_ATTEMPTS = 200
TRIED_LEVELS = 3
TRIED_STEPS = 30
RANDOM_EPISODES = 50
# Larger levels are for those who ask for them: a sampled world is to be solved in a moment.
LARGEST_GROWTH = 1.5
MAX_STATES = 100_000
# Time limits and trials multiply the work of checking without making another world.
_LEFT_ALONE = ("episode.max_steps", "episode.inner_episodes")


def sample_world(family: str, seed: int = 0) -> World:
    """A world that nobody wrote.

    Args:
        family: Name of a family.
        seed: The same seed gives the same world; from 0 to 2**63 - 1.

    Raises:
        UnknownNameError: there is no such family.
        FactorError: the seed is no integer, or out of range.
        AdaptariumError: no draw gave a world that can be solved.
    """
    registry.family(family)
    seed = checked_seed(seed)
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng([run_seed(seed), attempt])
        try:
            world = replace(draw_world(family, rng), id=f"Sampled{family.capitalize()}{seed}-v0")
            check_playable(world)
        except AdaptariumError:  # a combination that the family refuses, or that cannot be solved
            continue
        return world
    raise AdaptariumError(
        f"family {family!r}, seed {seed}: none of {MAX_ATTEMPTS} draws gave a world that can be "
        "solved; take another seed"
    )


def draw_world(family: str, rng: np.random.Generator) -> World:
    """A draw that has not been tried yet.

    Raises:
        FactorError: the drawn values contradict one another.
    """
    specs = [spec for spec in registry.world_specs() if spec.family == family]
    spec = specs[rng.integers(len(specs))]
    base = World.from_data({"id": spec.id, "family": spec.family, **spec.data})
    changes = {**dict(_knob_changes(base, rng)), **dict(_factor_changes(base, rng))}
    world = base.override(**changes)
    told = ", ".join(f"{name} = {value!r}" for name, value in changes.items()) or "unchanged"
    return replace(
        world,
        description=f"Drawn from {base.id}: {told}.",
        source=f"adaptarium sample, from {base.id}",
        history={"v0": "First version."},
    )


def _factor_changes(world: World, rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    """Some factors with new values: from the declared test values, or within the bounds."""
    model = type(world.rules)
    for factor in factors_of(model).values():
        if rng.random() >= FACTOR_CHANCE or factor.name in _LEFT_ALONE:
            continue
        values = [value for value in factor.tests if not isinstance(value, str) or _fits(factor)]
        bounds = _bounds(_field(model, factor.name))
        if isinstance(factor.default, float) and bounds is not None and rng.random() < 0.5:
            yield factor.name, round(float(rng.uniform(*bounds)), 3)
        elif values:
            yield factor.name, values[rng.integers(len(values))]


def _fits(factor: Factor) -> bool:
    """Whether a test value that is a word is a value, and not the name of a construction."""
    return isinstance(factor.default, str)


def _field(model: Any, dotted: str) -> Any:
    group, leaf = dotted.split(".", 1)
    return model.model_fields[group].annotation.model_fields[leaf]


def _bounds(field: Any) -> tuple[float, float] | None:
    """The declared lower and upper bound of a number, where it has both."""
    low = high = None
    for rule in field.metadata:
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        high = getattr(rule, "le", getattr(rule, "lt", high))
    return None if low is None or high is None else (float(low), float(high))


def _knob_changes(world: World, rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    """Some generator knobs with new values within their bounds."""
    knobs = world.knobs()
    if knobs is None:
        return
    for name, field in type(knobs).model_fields.items():
        if rng.random() < KNOB_CHANCE:
            value = _knob_value(field, getattr(knobs, name), rng)
            if value is not None:
                yield name, value


def _knob_value(field: Any, now: Any, rng: np.random.Generator) -> Any:
    kind = field.annotation
    if typing.get_origin(kind) is typing.Literal:
        choices = typing.get_args(kind)
        return choices[rng.integers(len(choices))]
    if kind is bool:
        return bool(rng.integers(2))
    bounds = _bounds(field)
    if bounds is None:
        return None
    if kind is int:
        low = int(bounds[0])
        high = min(int(bounds[1]), max(low + 1, int(now * LARGEST_GROWTH)))
        return int(rng.integers(low, high + 1))
    return round(float(rng.uniform(*bounds)), 3) if kind is float else None


def check_playable(world: World) -> None:
    """Run a world for some steps and solve some of its levels.

    Raises:
        AdaptariumError: it does not run, is too large to be solved in a moment, or its reference
            does no better than random play.
    """
    _run(world)
    from adaptarium.envs.core.reference import Solver, by_values

    bank = generate_levels(world, 0, TRIED_LEVELS)
    solver = Solver(world, bank, max_states=MAX_STATES)
    means, errors = solver.play(range(TRIED_LEVELS), RANDOM_EPISODES, 0)
    means, errors = means.copy(), errors.copy()
    for row in range(TRIED_LEVELS):
        # No graph holds what continuous actions lead to: the family knows a way.
        best = by_values(solver, row) if solver.joints else _solved(world, bank, row)
        if best.return_ <= float(means[row] + 4 * errors[row]) + 1e-9:
            raise AdaptariumError(f"{world.id}: the reference does no better than random play")


def _solved(world: World, bank: Any, row: int) -> Any:
    """The family's own reference of a level."""
    return world.family.module("reference").solve(world, (bank, row))


def _run(world: World) -> None:
    batch = Batch([world], 4, autoreset="same_step")
    rng = np.random.default_rng(0)
    batch.reset(seed=0)
    for _ in range(TRIED_STEPS):
        batch.w.actions[:] = random_actions(batch.action_space, rng, *batch.w.reward.shape)
        batch.step()


def random_actions(space: spaces.Space[Any], rng: np.random.Generator, *lead: int) -> Any:
    """Uniform actions, (*lead, *space shape); masks are not looked at.

    Args:
        space: Discrete, or a bounded Box.
        rng: Where they are drawn from.
        *lead: How many; nothing for one.
    """
    if isinstance(space, spaces.Box):
        return rng.uniform(space.low, space.high, (*lead, *space.shape)).astype(space.dtype)
    return rng.integers(int(space.n), size=lead)  # type: ignore[attr-defined]


def describe_draw(world: World) -> Mapping[str, Any]:
    """What a listing says of a sampled world."""
    return {
        "id": world.id,
        "description": world.description,
        "generator": world.levels.generator,
        "knobs": dict(world.levels.knobs),
    }
