"""References of grid levels: exact wherever a search over full states can be finished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
from adaptarium.envs.grid.codes import SOLID
from adaptarium.envs.grid.players import (
    Script,
    best_team,
    branches,
    by_policy,
    has_chance,
    play,
)
from adaptarium.envs.grid.productions import read_productions
from adaptarium.envs.grid.replan import ReplanPolicy
from adaptarium.envs.grid.rules import Rules
from adaptarium.envs.grid.sokoban.reference import stored

# Episodes behind a reference that is only the mean of a policy.
POLICY_EPISODES = 64
# Beyond these a level's value iteration would take many seconds; a player is measured instead.
MAX_VALUE_STATES = 60_000
MAX_VALUE_EDGES = 3_000_000
MAX_BRANCHES = 256


def is_race(rules: Rules) -> bool:
    """Whether only reaching the goal pays, and the sooner the better: then the shortest way wins.

    Chance is not asked for here: the search itself finds out whether a level leaves any to it.
    """
    reward, transition = rules.reward, rules.transition
    pays = reward.goal > 0 and reward.goal_decay <= 1 and transition.goal_ends
    free = reward.step_cost == 0 and reward.shaping == 0 and not reward.tile_values
    free = free and reward.stored == 0 and reward.tampered == 0
    cost = reward.hazard_cost
    harmless = cost == 0 or (cost > 0 and transition.hazard_ends)
    harmless = harmless and reward.failure_cost >= 0
    free = free and not any(one.worth for one in read_productions(transition.productions))
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
    found: dict[int, Reference] = {}
    for row in rows:
        storage = stored(world, bank, int(row))
        if storage is not None:
            found[int(row)] = storage[0]
    alone = [int(row) for row in rows if _pays_at_the_end(bank, int(row))]
    alone = [row for row in alone if row not in found]
    if alone and is_race(_rules(world)):
        found |= _races(Solver(world, bank), alone)
    return [found.get(int(row)) or _beyond_races(world, bank, int(row)) for row in rows]


def _pays_at_the_end(bank: Workspace, row: int) -> bool:
    """Whether one agent plays the level, and no production on the way is worth anything."""
    grid = bank.levels.map[row]
    worths = bank.levels.worths[row, : int(grid["num_productions"])]
    return bool(grid["num_agents"] == 1 and not worths.any())


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of grid")
    return rules


def _races(solver: Solver, rows: list[int]) -> dict[int, Reference]:
    """Breadth-first searches by row, without the levels that leave something to chance."""
    rounds = int(solver.w.rules[0]["inner_episodes"])
    values, lengths, statuses = solver.shortest(rows)
    if (statuses == EXHAUSTED).any():
        row = rows[int(np.flatnonzero(statuses == EXHAUSTED)[0])]
        raise LevelError(f"{solver.world.id}: the goal of level {row} cannot be reached in time")
    return {
        row: Reference.exact(float(value) * rounds, None, int(length) * rounds)
        for row, value, length, status in zip(rows, values, lengths, statuses, strict=True)
        if status == FOUND
    }


def _beyond_races(world: World, bank: Workspace, row: int) -> Reference:
    team = best_team(world, bank, row)
    if team is not None and team.is_best:
        return Reference.exact(team.return_, None, team.length)
    try:
        return by_values(_value_solver(world, bank, row), row)
    except TooLargeError:
        return _by_play(world, bank, row, team)


def _value_solver(world: World, bank: Workspace, row: int) -> Solver:
    """A solver for value iteration on one level.

    Raises:
        TooLargeError: energy alone, which counts down beside chance, makes too many states, or a
            step has too many outcomes.
    """
    solver, rules, grid = Solver(world, bank), _rules(world), bank.levels.map[row]
    outcomes = branches(rules, bank, row)
    if rules.transition.captors + len(rules.commons.regrowth) and outcomes > MAX_BRANCHES:
        raise TooLargeError(
            f"{world.id}: a step has up to {outcomes:.0f} outcomes, expected at most "
            f"{MAX_BRANCHES} for an exact reference"
        )
    solver.max_states = min(MAX_VALUE_STATES, max(2, MAX_VALUE_EDGES // solver.joints))
    solver.start(row)
    levels = min(rules.transition.energy, int(solver.w.core[0]["limit"]))
    cells = bank.levels.cells[row, : int(grid["height"]) * int(grid["width"])]
    places = 4 * int(np.count_nonzero(cells & SOLID == 0))
    if has_chance(rules, int(grid["num_obstacles"])) and places * levels > solver.max_states:
        raise TooLargeError(
            f"{world.id}: {places} places at {levels} levels of energy are more than "
            f"{solver.max_states} states, expected at most that for an exact reference"
        )
    return solver


def _by_play(world: World, bank: Workspace, row: int, team: Script | None) -> Reference:
    """What the best scripted team, or a player that plans again after every mishap, gets."""
    if team is not None:
        return team.reference()
    player = ReplanPolicy(world, bank, row)
    returns, length = play(world, bank, row, player, POLICY_EPISODES)
    return by_policy(returns, length)


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    Races replay their plan; others follow the table of best actions, or a script. ``solver`` may be
    shared by the levels of one bank whose plans are all that is wanted.

    Raises:
        LevelError: the goal cannot be reached within the time limit.
    """
    storage = stored(world, bank, row)
    if storage is not None:
        return PlanPolicy(storage[1])
    if _pays_at_the_end(bank, row) and is_race(_rules(world)):
        shared = solver or Solver(world, bank)
        _, _, statuses = shared.shortest([row])
        if statuses[0] == FOUND:
            return PlanPolicy(shared.path())
    team = best_team(world, bank, row)
    if team is not None and team.is_best:
        return team.player
    try:
        table = _value_solver(world, bank, row)
        table.explore()
        return ValuePolicy(table, table.iterate(), row)
    except TooLargeError:
        return team.player if team is not None else ReplanPolicy(world, bank, row)


def idle_action(world: World) -> int | None:
    """The action that does nothing, or None where the vocabulary has none."""
    action = _rules(world).action
    order = action.order or range(len(action.vocabulary))
    names = [action.vocabulary[entry] for entry in order]
    return names.index("stay") if "stay" in names else None
