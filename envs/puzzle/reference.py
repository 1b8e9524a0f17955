"""References of puzzle levels: the optimum where it can be found, else what a good player gets."""

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
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle.codes import LIT
from adaptarium.envs.puzzle.concentration import Rememberer, Stakes, optimum
from adaptarium.envs.puzzle.layout import first_action
from adaptarium.envs.puzzle.logician import Logician
from adaptarium.envs.puzzle.plans import Replan, planner
from adaptarium.envs.puzzle.playing import batch_of, by_policy, play, repeated, replay
from adaptarium.envs.puzzle.questions import Inquirer, Questions
from adaptarium.envs.puzzle.rules import Rules, has_answer, has_goal

POLICY_EPISODES = 64  # behind a reference that is only the mean of a player
MAX_VALUE_STATES = 20_000  # beyond these a level's value iteration would take many seconds
MAX_VALUE_EDGES = 400_000


def is_race(rules: Rules) -> bool:
    """Whether only solving pays, and the sooner the better: then the fewest actions win.

    The rewards for progress add up to the same for whoever solves the puzzle.
    """
    reward = rules.reward
    pays = reward.solved > 0 and reward.solved_decay <= 1
    costs = (reward.progress, reward.step_cost, reward.failure_cost, reward.mismatch_cost)
    return pays and min(*costs, reward.idle_cost) >= 0


def solve(world: World, level: Level) -> Reference:
    """The reference of one level.

    Args:
        world: The world whose rules hold.
        level: A readable level, or a workspace and a row of it.

    Raises:
        LevelError: the puzzle cannot be solved within the time limit.
    """
    world, bank, row = placed(world, level)
    return solve_many(world, bank, [row])[0]


def solve_many(world: World, bank: Workspace, rows: Sequence[int] | range) -> list[Reference]:
    """The references of many level rows of one workspace.

    Raises:
        LevelError: a level's puzzle cannot be solved within the time limit.
    """
    rules, found = _rules(world), dict[int, Reference]()
    if _is_planned(rules):
        found = _planned(world, bank, [int(row) for row in rows])
    return [found.get(int(row)) or _beyond_plans(world, bank, int(row)) for row in rows]


def _rules(world: World) -> Rules:
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not of puzzle")
    return rules


def _is_planned(rules: Rules) -> bool:
    """Whether a shortest plan is the optimum."""
    alone = not {"reveal", "flip"} & set(rules.action.vocabulary)
    return has_goal(rules) and alone and is_race(rules) and rules.transition.slip == 0


def _planned(world: World, bank: Workspace, rows: Sequence[int]) -> dict[int, Reference]:
    """The exact references of levels by their shortest plans, without those too large."""
    plans = {}
    for row in rows:
        try:
            plans[row] = _plan(world, bank, row)
        except TooLargeError:
            continue
    rounds = world.rules.episode.inner_episodes
    found = {}
    for row, (paid, success) in replay(world, bank, plans).items() if plans else ():
        if not success:
            raise LevelError(f"{world.id}: level {row} cannot be solved within its time limit")
        plan = repeated(plans[row], rounds)
        found[row] = Reference.exact(paid, plan, len(plan))
    return found


def _plan(world: World, bank: Workspace, row: int) -> list[int]:
    """The shortest plan from the start of a level."""
    solver = Solver(world, bank)
    solver.start(row)
    return planner(world, bank, row)(solver.w, 0)


def _beyond_plans(world: World, bank: Workspace, row: int) -> Reference:
    rules = _rules(world)
    if "reveal" in rules.action.vocabulary:
        return _mines(world, bank, row)
    if is_certain(rules) and is_race(rules):
        if rules.action.vocabulary == ("flip",):
            value, steps, _ = _memory(world, bank, row)
            return Reference.exact(value, None, round(steps))
        if set(rules.action.vocabulary) == {"press", "answer"}:
            exact = _probe(world, bank, row)
            if exact is not None:
                return exact
    if not is_hidden(rules):
        try:
            return by_values(_value_solver(world, bank), row)
        except TooLargeError:
            pass
    player = _player(world, bank, row)
    return by_policy(*play(world, bank, row, player, POLICY_EPISODES))


def is_certain(rules: Rules) -> bool:
    """Whether nothing is left to chance or misread, and a trial has one try."""
    change = rules.transition
    alone = rules.episode.inner_episodes == 1
    return alone and change.slip == 0 and change.swap == 0 and rules.observation.noise == 0


def is_hidden(rules: Rules) -> bool:
    """Whether the puzzle is to find something out: references then know what the agent does."""
    return bool({"reveal", "flip", "answer"} & set(rules.action.vocabulary))


def _mines(world: World, bank: Workspace, row: int) -> Reference:
    """What a logician gets: the optimum where it solves the field and time costs nothing."""
    rules = _rules(world)
    reward, rounds = rules.reward, rules.episode.inner_episodes
    if rules.transition.slip == 0:
        plan, guesses = _logical_plan(world, bank, row)
        paid, success = replay(world, bank, {row: plan})[row]
        if success and not guesses:
            actions = repeated(plan, rounds)
            if is_race(rules) and reward.solved_decay == 0 and reward.step_cost == 0:
                return Reference.exact(paid, actions, len(actions))
            return Reference(paid, "policy", actions, len(actions), 1, paid, paid)
    player = Logician(world, bank, row)
    return by_policy(*play(world, bank, row, player, POLICY_EPISODES))


def _logical_plan(world: World, bank: Workspace, row: int) -> tuple[list[int], int]:
    """What a logician does in one inner episode, and how often it guesses."""
    alone = world.override(**{"episode.inner_episodes": 1})
    player, batch = Logician(alone, bank, row), batch_of(alone, bank, [row])
    plan: list[int] = []
    while not batch.w.core["ended"][0]:
        plan.append(player.act(batch.w, 0))
        batch.w.actions[0] = plan[-1]
        batch.step()
    return plan, player.guesses


def _memory(world: World, bank: Workspace, row: int) -> tuple[float, float, int]:
    """Expected return and steps of the best play of memory cards."""
    stakes = _stakes(world, bank, row)
    return optimum(stakes).value(0, (0, 0, 2 * stakes.pairs))


def _stakes(world: World, bank: Workspace, row: int) -> Stakes:
    rules = _rules(world)
    limit = rules.episode.max_steps or int(bank.info[row]["max_steps"])
    cards = bank.levels.cells[row]
    _, faces = np.unique(cards[cards > 0], return_counts=True)
    if (faces != 2).any():
        odd = int(faces[faces != 2][0])
        raise LevelError(f"{world.id}: level {row} has a face on {odd} cards, expected 2")
    return Stakes.of(rules, len(faces), limit)


def _probe(world: World, bank: Workspace, row: int) -> Reference | None:
    """The expected optimum from what the first look tells; None where there are too many states."""
    try:
        questions = Questions(world, bank, row)
        value, _ = questions.table
    except TooLargeError:
        return None
    batch = batch_of(world, bank, [row])
    cells = batch.w.state.board[0, : len(questions.after)]
    setting = sum(int(on > 0) << cell for cell, on in enumerate(cells))
    lit = int(batch.w.state.counts[0, 0]["lamp"]) == LIT
    left = questions.consistent(setting, lit)
    _, length = play(world, bank, row, Inquirer(questions, exact=True), 1)
    return Reference.exact(float(value[0, setting, left]), None, length)


def _value_solver(world: World, bank: Workspace) -> Solver:
    solver = Solver(world, bank)
    solver.max_states = min(MAX_VALUE_STATES, max(2, MAX_VALUE_EDGES // solver.joints))
    return solver


def _player(world: World, bank: Workspace, row: int) -> Policy:
    """A good player of a level: its optimum where that is a player's, else the best one known.

    Raises:
        TooLargeError: no plan can be found.
    """
    rules = _rules(world)
    if "reveal" in rules.action.vocabulary:
        return Logician(world, bank, row)
    if "flip" in rules.action.vocabulary:
        grid = bank.levels.map[row]
        cells = int(grid["height"]) * int(grid["width"])
        first = first_action(rules, "flip", cells, int(grid["rules"]))
        return Rememberer(_stakes(world, bank, row), first)
    if has_answer(rules):
        questions = Questions(world, bank, row)
        try:
            exact = is_certain(rules) and bool(questions.table)
        except TooLargeError:
            exact = False
        return Inquirer(questions, exact)
    return Replan(planner(world, bank, row))


def policy(world: World, bank: Workspace, row: int, solver: Solver | None = None) -> Policy:
    """A player of one level that plays its reference.

    Raises:
        LevelError: the puzzle cannot be solved within the time limit.
    """
    rules = _rules(world)
    if _is_planned(rules):
        try:
            return PlanPolicy(_plan(world, bank, row))
        except TooLargeError:
            pass
    if "reveal" in rules.action.vocabulary and rules.transition.slip == 0:
        plan, guesses = _logical_plan(world, bank, row)
        if not guesses:
            return PlanPolicy(plan)
    if not is_hidden(rules):
        try:
            table = _value_solver(world, bank)
            table.start(row)
            table.explore()
            return ValuePolicy(table, table.iterate(), row)
        except TooLargeError:
            pass
    return _player(world, bank, row)


def idle_action(world: World) -> int | None:
    """The action that does nothing: none of a puzzle's does."""
    return None
