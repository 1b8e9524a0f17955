"""An exact solver for Sokoban levels: A* over pushes with deadlock detection.

It finds the fewest steps, the player's own between pushes included, which is what pays best where a
step costs and every crate stored pays the same in the end. Where that outgrows its room, a second
search over pushes and the regions that the player can walk in takes any solution, and says so.

Estimate: the cheapest assignment of crates to goals, in pushes on an empty map. Deadlocks: cells
from which no goal can be reached, assignments that there are not, and crates that freeze each other
off the goals (Junghanns & Schaeffer, Sokoban: Enhancing General Single-Agent Search Methods Using
Domain Knowledge, Artificial Intelligence 129, 2001). A test holds the solver equal to the search on
the kernel on 10,000 levels.
"""

from __future__ import annotations

import functools
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import TooLargeError
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.sokoban.kernels import search
from adaptarium.envs.grid.sokoban.kernels.room import FAR, Room

QUICK_STATES = (1 << 12, 1 << 16)
"""States that the first tries of an exact search may keep: enough for most levels."""
SOME_STATES, MOST_STATES = 1 << 18, 1 << 20
"""States of a search for any solution before the last exact one, and of that one."""
WEIGHTS = (4, 1)
"""Of the estimate, where any solution will do."""
TRIED_PARTS = 64


@dataclass(frozen=True)
class Puzzle:
    """A Sokoban level on a map with a wall around it, cells numbered row by row.

    Attributes:
        width: Columns, the wall included.
        wall: (cells,) uint8.
        goals: Cells of the targets.
        crates: Cells of the crates.
        player: Cell of the player.
    """

    width: int
    wall: npt.NDArray[np.uint8]
    goals: tuple[int, ...]
    crates: tuple[int, ...]
    player: int

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(4,) what a step adds to a cell's number: east, south, west, north."""
        return np.array([1, self.width, -1, -self.width], np.int64)


@dataclass(frozen=True)
class Solution:
    """A way to store all crates, or where none was found the most of them.

    Attributes:
        headings: One a step: 0 east, 1 south, 2 west, 3 north. Where crates are left, the player
            walks to and fro until the time is over.
        pushes: How many of them push.
        stored: Crates on goals in the end.
        exact: Whether no solution has fewer steps.
        least: No solution has fewer steps than this.
        states: States that were looked at.
    """

    headings: tuple[int, ...]
    pushes: int
    stored: int
    exact: bool
    least: int
    states: int


def puzzle_of(bank: Workspace, row: int) -> Puzzle | None:
    """The puzzle of a level row; None where something else is on its map."""
    grid, levels = bank.levels.map[row], bank.levels
    height, width = int(grid["height"]), int(grid["width"])
    cells = np.full((height + 2, width + 2), codes.WALL_CELL, np.uint32)
    cells[1:-1, 1:-1] = levels.cells[row, : height * width].reshape(height, width)
    flat = cells.ravel()
    tiles, states = flat & 0xFF, flat >> codes.STATE_SHIFT & 0xFF
    targets = (tiles == codes.FLOOR) & (states == codes.TARGET)
    crates = tiles == codes.CRATE
    plain = (tiles == codes.EMPTY) | (tiles == codes.WALL) | targets | crates
    goals = targets | (crates & (states > 0))
    alone = grid["num_agents"] == 1 and grid["num_obstacles"] == 0 and grid["num_clauses"] == 0
    if not alone or not plain.all() or not goals.any():
        return None
    start = levels.agents[row, 0]
    return Puzzle(
        width=width + 2,
        wall=(tiles == codes.WALL).astype(np.uint8),
        goals=tuple(np.flatnonzero(goals).tolist()),
        crates=tuple(np.flatnonzero(crates).tolist()),
        player=(int(start["y"]) + 1) * (width + 2) + int(start["x"]) + 1,
    )


def solve(puzzle: Puzzle, limit: int, most_states: int = MOST_STATES) -> Solution:
    """The fewest steps that store all crates, or where that is too much any solution.

    Where the searches outgrow their room, it is the way to the most crates on goals that they met.

    Args:
        puzzle: The level.
        limit: Steps that a solution may have.
        most_states: States that a search may keep.

    Raises:
        LevelError: there is no solution of at most ``limit`` steps.
    """
    if len(puzzle.crates) > len(puzzle.goals):
        raise LevelError(f"{len(puzzle.crates)} crates for {len(puzzle.goals)} targets")
    for states in QUICK_STATES:
        quick = _fewest(puzzle, limit, min(states, most_states))
        if quick.solution is not None:
            return quick.solution
        if quick.finished:
            raise _unsolvable(limit)
    known = _any(puzzle, limit, min(SOME_STATES, most_states))
    solved = known.stored == len(puzzle.crates)
    within = len(known.headings) - 1 if solved else limit
    best = _fewest(puzzle, within, most_states)
    if best.solution is not None:
        return best.solution
    if best.finished:
        if not solved:
            raise _unsolvable(limit)
        return replace(known, exact=True, least=len(known.headings))
    known = known if solved else _any(puzzle, limit, most_states)
    return replace(known, least=best.least)


@dataclass(frozen=True)
class _Found:
    """What a search for the fewest steps found; no solution has fewer steps than ``least``."""

    solution: Solution | None
    finished: bool
    least: int


def _fewest(puzzle: Puzzle, limit: int, states: int) -> _Found:
    """The fewest steps, if that takes no more states than this."""
    room = _room(puzzle, states, limit + 2)
    end = _run(room, puzzle, False, 1, limit)
    solution = _solution(room, puzzle, end, exact=True) if end >= 0 else None
    return _Found(solution, end != search.TOO_MANY, int(room.counts[search.LEAST]))


def _any(puzzle: Puzzle, limit: int, states: int) -> Solution:
    """A solution of few pushes, or the way to the most stored crates where none was found in time.

    Raises:
        LevelError: there is none at all.
    """
    parts = []
    for weight in WEIGHTS:
        room = _room(puzzle, states, FAR)
        end = _run(room, puzzle, True, weight, min(limit, FAR - 1))
        if end == search.UNSOLVABLE:
            raise _unsolvable(limit)
        if end >= 0:
            found = _solution(room, puzzle, end, exact=False)
            if len(found.headings) <= limit:
                return found
        parts.append(_part(room, puzzle, limit))
    return max(parts, key=lambda part: part.stored)


def _part(room: Room, puzzle: Puzzle, limit: int) -> Solution:
    """The way to the state that was met with the most crates on goals, and idling after it."""
    count = int(room.counts[search.STATES])
    goals = np.zeros(room.sets.shape[1], np.uint64)
    for bit in room.place[list(puzzle.goals)].tolist():
        goals[bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
    stored = np.bitwise_count(room.sets[:count] & goals).sum(axis=1)
    for state in np.argsort(-stored.astype(np.int64), kind="stable")[:TRIED_PARTS].tolist():
        found = _solution(room, puzzle, state, exact=False)
        if 0 < len(found.headings) <= limit:
            return replace(found, headings=_idling(found.headings, limit))
    raise TooLargeError(f"no way to store a crate was found among {count} states")


def _idling(headings: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Steps that end with a push, and then back and forth until the time is over."""
    last = headings[-1]
    rest = [(last + 2) % 4, last] * (limit // 2)
    return (*headings, *rest)[:limit]


def _unsolvable(limit: int) -> LevelError:
    return LevelError(f"the crates cannot be stored within {limit} steps")


@functools.cache
def _entry() -> Entry:
    return Entry(search.search, "the Sokoban solver", source_digest([search.__name__]))


def _run(room: Room, puzzle: Puzzle, regions: bool, weight: int, most: int) -> int:
    arguments = (puzzle.player, int(regions), weight, most)
    return int(_entry().bind(room, *arguments)(*arguments))


def _room(puzzle: Puzzle, states: int, totals: int) -> Room:
    """The work space of a search that keeps up to ``states`` states."""
    cells, goals, crates = len(puzzle.wall), len(puzzle.goals), len(puzzle.crates)
    pushes = np.stack([_pushes_to(puzzle, goal) for goal in puzzle.goals])
    live = np.asarray(pushes.min(axis=0) < FAR)
    held = live.copy()
    held[list(puzzle.crates)] = True  # where a crate stands has a bit, dead or not
    place = np.where(held, np.cumsum(held) - 1, -1).astype(np.int32)
    words = max(1, -(-int(held.sum()) // 64))
    slots = 1 << (2 * states - 1).bit_length()
    is_goal = np.zeros(cells, np.uint8)
    is_goal[list(puzzle.goals)] = 1
    on = np.zeros(cells, np.uint8)
    on[list(puzzle.crates)] = 1
    return Room(
        wall=puzzle.wall,
        is_goal=is_goal,
        live=live.astype(np.uint8),
        place=place,
        cell_of=np.flatnonzero(held).astype(np.int32),
        step=puzzle.steps,
        pushes=pushes,
        crates=np.array(puzzle.crates, np.int32),
        on=on,
        frozen=np.zeros(cells, np.uint8),
        seen=np.zeros(cells, np.int32),
        near=np.zeros(cells, np.int32),
        walk=np.zeros(cells, np.int32),
        queue=np.zeros(cells, np.int32),
        row=np.zeros(crates + 1, np.int32),
        column=np.zeros(goals + 1, np.int32),
        match=np.zeros(goals + 1, np.int32),
        kept_row=np.zeros(crates + 1, np.int32),
        kept_column=np.zeros(goals + 1, np.int32),
        kept_match=np.zeros(goals + 1, np.int32),
        way=np.zeros(goals + 1, np.int32),
        least=np.zeros(goals + 1, np.int32),
        used=np.zeros(goals + 1, np.uint8),
        sets=np.empty((states, words), np.uint64),
        key=np.zeros(words, np.uint64),
        player=np.empty(states, np.int32),
        cost=np.empty(states, np.int32),
        left=np.empty(states, np.int32),
        parent=np.empty(states, np.int32),
        push=np.empty(states, np.int32),
        after=np.empty(states, np.int32),
        bucket=np.full(totals, -1, np.int32),
        table=np.zeros(slots, np.int32),
        counts=np.zeros(3, np.int64),
    )


def _pushes_to(puzzle: Puzzle, goal: int) -> npt.NDArray[np.int32]:
    """(cells,) pushes from every cell to a goal on a map without other crates, by pulling back."""
    found = np.full(len(puzzle.wall), FAR, np.int32)
    found[goal] = 0
    waiting = deque([goal])
    while waiting:
        at = waiting.popleft()
        for step in puzzle.steps.tolist():
            to = at + step
            if not puzzle.wall[to] and not puzzle.wall[to + step] and found[to] == FAR:
                found[to] = found[at] + 1
                waiting.append(to)
    return found


def _solution(room: Room, puzzle: Puzzle, end: int, exact: bool) -> Solution:
    """The steps that lead to a state: the pushes on the way, and the shortest walks between."""
    pushes = []
    while room.parent[end] >= 0:
        pushes.append(divmod(int(room.push[end]), 4))
        end = int(room.parent[end])
    crates, player, headings = set(puzzle.crates), puzzle.player, list[int]()
    for crate, heading in reversed(pushes):
        step = int(puzzle.steps[heading])
        headings += [*_walk(puzzle, crates, player, crate - step), heading]
        crates = (crates - {crate}) | {crate + step}
        player = crate
    return Solution(
        headings=tuple(headings),
        pushes=len(pushes),
        stored=len(crates & set(puzzle.goals)),
        exact=exact,
        least=len(headings) if exact else 0,
        states=int(room.counts[search.STATES]),
    )


def _walk(puzzle: Puzzle, crates: set[int], start: int, end: int) -> list[int]:
    """The headings of a shortest walk around the crates."""
    came: dict[int, tuple[int, int]] = {start: (-1, -1)}
    waiting = deque([start])
    while end not in came:
        at = waiting.popleft()
        for heading, step in enumerate(puzzle.steps.tolist()):
            to = at + step
            if to not in came and not puzzle.wall[to] and to not in crates:
                came[to] = (at, heading)
                waiting.append(to)
    headings = []
    while end != start:
        end, heading = came[end]
        headings.append(heading)
    return headings[::-1]
