"""Shortest plans for boards with a goal: by linear algebra, by A*, or by search on the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Solver, TooLargeError
from adaptarium.envs.core.search import EXHAUSTED
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.linear import Elimination, is_prime
from adaptarium.envs.puzzle.rules import Rules
from adaptarium.envs.puzzle.sliding import fewest_moves

MAX_STATES = 400_000  # of a search on the kernel

Planner = Callable[[Workspace, int], list[int]]

# Boards that differ in their lights alone share one elimination.
_SOLVED: dict[tuple[str, bool, int, int, int], Elimination] = {}

# What a planner leaves out: chance, and what the steps are worth.
_CALM = {"transition.slip": 0.0, "transition.swap": 0.0, "episode.inner_episodes": 1}


def planner(world: World, bank: Workspace, row: int) -> Planner:
    """A function from a workspace and a slot to the fewest actions that solve its board.

    It raises LevelError where the board cannot be solved, and TooLargeError where finding out
    would take too long.

    Args:
        world: A world whose puzzle has a goal.
        bank: A workspace with the level.
        row: Its row.
    """
    rules, grid = world.rules, bank.levels.map[row]
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id}: expected the rules of the puzzle family")
    verbs = rules.action.vocabulary
    if verbs == ("press",) and is_prime(int(grid["colours"])):
        return _by_algebra(world, rules, bank, row)
    square = grid["height"] == grid["width"]
    values = np.sort(bank.levels.cells[row, : int(grid["height"]) * int(grid["width"])])
    puzzle = square and (values == np.arange(len(values))).all()
    if set(verbs) == set(codes.MOVES) and puzzle and not rules.transition.wrap:
        return _by_a_star(rules, bank, row)
    return _by_search(world, bank, row)


def _by_algebra(world: World, rules: Rules, bank: Workspace, row: int) -> Planner:
    grid, change = bank.levels.map[row], rules.transition
    colours, height, width = (int(grid[name]) for name in ("colours", "height", "width"))
    cells, key = height * width, (change.press_pattern, change.wrap, colours, height, width)
    if key not in _SOLVED:
        _SOLVED[key] = Elimination.of(press_matrix(world, bank, row), colours)
    solved = _SOLVED[key]
    goal = bank.levels.goal[row, :cells].astype(np.int64)

    def plan(w: Workspace, i: int) -> list[int]:
        difference = (goal - w.state.board[i, :cells]) % colours
        return np.repeat(np.arange(cells), solved.fewest(difference)).tolist()

    return plan


def press_matrix(world: World, bank: Workspace, row: int) -> Any:
    """(cells, presses) what each press adds to each cell, as the kernel does it."""
    level = world.family.module("level").read(bank, row)
    calm = world.override(**_CALM, records=(level,))
    cells = sum(len(line) for line in level["board"])
    batch = Batch([calm], cells, autoreset="disabled")
    batch.reset(seed=0)
    before = batch.w.state.board[:, :cells].astype(np.int64)
    batch.w.actions[:, 0] = np.arange(cells)
    batch.step()
    return ((batch.w.state.board[:, :cells] - before) % level["colours"]).T


def _by_a_star(rules: Rules, bank: Workspace, row: int) -> Planner:
    size = int(bank.levels.map[row]["width"])
    goal = bank.levels.goal[row, : size * size]
    verbs = rules.action.vocabulary
    does = [verbs[entry] for entry in rules.action.order or range(len(verbs))]
    numbers = [does.index(verb) for verb in codes.MOVES]

    def plan(w: Workspace, i: int) -> list[int]:
        moves = fewest_moves(w.state.board[i], goal, size)
        return [numbers[direction] for direction in moves]

    return plan


def _by_search(world: World, bank: Workspace, row: int) -> Planner:
    solver = Solver(world.override(**_CALM), bank, max_states=MAX_STATES)

    def plan(w: Workspace, i: int) -> list[int]:
        solver.take(w, i, row)
        states = 1 << 12
        while not solver.onward(states):
            if solver.store.status[0] == EXHAUSTED:
                raise LevelError(f"{world.id}: level {row} cannot be solved in time")
            if states >= solver.most_states():
                raise TooLargeError(
                    f"{world.id}: level {row} has more than {states} boards on the way, expected "
                    "at most that for an exact reference; take a smaller board"
                )
            solver.take(w, i, row)
            states *= 8
        return [int(action) for action in solver.path()]

    return plan


class Replan:
    """Follows a shortest plan, and plans again wherever chance has put it; plans are kept.

    Args:
        plan: Its planner.
    """

    def __init__(self, plan: Planner) -> None:
        self._plan, self._known = plan, dict[bytes, int]()

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        state = w.state.board[i].tobytes()
        if state not in self._known:
            self._known[state] = next(iter(self._plan(w, i)), 0)
        return self._known[state]
