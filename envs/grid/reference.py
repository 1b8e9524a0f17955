"""References of grid levels: exact wherever a search over full states can be finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import PlanPolicy, Policy, ValuePolicy
from adaptarium.envs.core.reference import (
    Level,
    Reference,
    Solver,
    TooLargeError,
    by_values,
    placed,
)
from adaptarium.envs.core.search import EXHAUSTED, FOUND
from adaptarium.envs.core.world import World
from adaptarium.envs.grid.rules import Rules

# Episodes behind a reference that is only the mean of a policy.
POLICY_EPISODES = 256
# Beyond this a level's value iteration would take seconds; its plan is played instead.
MAX_VALUE_STATES = 60_000


def is_race(rules: Rules) -> bool:
    """Whether only reaching the goal pays, and the sooner the better: then the shortest way wins.

    Chance is not asked for here: the search itself finds out whether a level leaves any to it.
    """
    reward, transition = rules.reward, rules.transition
    pays = reward.goal > 0 and reward.goal_decay <= 1 and transition.goal_ends
    free = reward.step_cost == 0 and reward.shaping == 0 and not reward.tile_values
    harmless = reward.hazard_cost >= 0 and transition.energy == 0
    return pays and free and harmless and "load" not in rules.action.vocabulary


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.

    Raises:
        LevelError: the goal cannot be reached within the time limit.
    """
    world, bank, row = placed(world, level)
    return solve_many(world, bank, [row])[0]


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace, searched in one compiled loop.

    Raises:
        LevelError: a level's goal cannot be reached within the time limit.
    """
    solver = Solver(world, bank)
    found: list[Reference | None] = [None] * len(rows)
    if is_race(_rules(world)):
        found = _races(solver, rows)
    return [
        reference if reference is not None else _beyond_races(solver, row)
        for reference, row in zip(found, rows, strict=True)
    ]


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of grid")
    return rules


def _races(solver: Solver, rows: Sequence[int] | range) -> list[Reference | None]:
    """Breadth-first searches; None for the levels that leave something to chance."""
    rounds = int(solver.w.rules[0]["inner_episodes"])
    values, lengths, statuses = solver.shortest(list(rows))
    if (statuses == EXHAUSTED).any():
        row = rows[int(np.flatnonzero(statuses == EXHAUSTED)[0])]
        raise LevelError(f"{solver.world.id}: the goal of level {row} cannot be reached in time")
    return [
        Reference.exact(float(value) * rounds, None, int(length) * rounds)
        if status == FOUND
        else None
        for value, length, status in zip(values, lengths, statuses, strict=True)
    ]


def _beyond_races(solver: Solver, row: int) -> Reference:
    try:
        return by_values(Solver(solver.world, solver.bank, MAX_VALUE_STATES), row)
    except TooLargeError:
        return _by_policy(solver.world, solver.bank, row)


def plan(world: World, bank: Workspace, row: int) -> list[int] | None:
    """The shortest plan of a level as if nothing were left to chance; None where there is none."""
    calm = world.override(
        **{
            "transition.slip": 0.0,
            "transition.wind": 0.0,
            "transition.obstacle_rate": 0.0,
            "transition.energy": 0,
            "episode.inner_episodes": 1,
        }
    )
    solver = Solver(calm, bank)
    _, _, statuses = solver.shortest([row])
    return solver.path() if statuses[0] == FOUND else None


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    Deterministic levels replay the plan; others follow the table of best actions. ``solver`` may be
    shared by the levels of one bank whose plans are all that is wanted.

    Raises:
        LevelError: the goal cannot be reached within the time limit.
    """
    if is_race(_rules(world)):
        shared = solver or Solver(world, bank)
        _, _, statuses = shared.shortest([row])
        if statuses[0] == FOUND:
            return PlanPolicy(shared.path())
    solver = Solver(world, bank, MAX_VALUE_STATES)
    try:
        solver.start(row)
        solver.explore()
        return ValuePolicy(solver, solver.iterate())
    except TooLargeError:
        return PlanPolicy(plan(world, bank, row) or [])


def _by_policy(world: World, bank: Workspace, row: int) -> Reference:
    """The mean return of the calm plan, played blindly: a floor under the optimum, no more."""
    actions = plan(world, bank, row) or []
    returns = _play(world, bank, row, PlanPolicy(actions))
    spread = float(returns.std(ddof=1) / np.sqrt(len(returns)))
    mean = float(returns.mean())
    return Reference(
        mean, "policy", None, len(actions), len(returns), mean - 2 * spread, mean + 2 * spread
    )


def _play(world: World, bank: Workspace, row: int, player: Policy) -> npt.NDArray[np.float64]:
    """(POLICY_EPISODES,) returns of ``player`` on one level, summed over the agents."""
    level: dict[str, Any] = world.family.module("level").read(bank, row)
    batch = Batch([world.override(records=(level,))], POLICY_EPISODES, autoreset="disabled")
    batch.reset(seed=0)
    core = batch.w.core
    while not core["ended"].all():
        for i in np.flatnonzero(core["ended"] == 0):
            batch.w.actions[i] = player.act(batch.w, int(i))
        batch.step()
    return batch.w.final_returns.sum(axis=1)


def idle_action(world: World) -> int | None:
    """The action that does nothing, or None where the vocabulary has none."""
    action = _rules(world).action
    order = action.order or range(len(action.vocabulary))
    names = [action.vocabulary[entry] for entry in order]
    return names.index("stay") if "stay" in names else None
