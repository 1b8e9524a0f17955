"""A fast exact solver for DoorKey levels alone: breadth-first over cell, heading and errand.

The errand is to fetch the key, to open the door, or to reach the goal. Dropping the key again never
shortens the way; a test holds this solver equal to the search over full states, dropped keys
included, on 10,000 levels.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import World
from adaptarium.envs.grid.codes import DOOR, GOAL, KEY, SOLID
from adaptarium.envs.grid.reference import is_race
from adaptarium.envs.grid.rules import Rules

FETCH, OPEN_DOOR, REACH = range(3)
_VOCABULARY = {"left", "right", "forward", "pickup", "toggle"}


class Room(NamedTuple):
    """Work space for levels of up to ``cells`` cells."""

    steps: npt.NDArray[np.int32]  # (12 * cells,) steps to a node, -1 where not reached
    queue: npt.NDArray[np.int32]  # (12 * cells,) nodes in the order they were reached
    blocked: npt.NDArray[np.uint8]  # (3 * cells,) by errand: what the agent cannot enter
    delta: npt.NDArray[np.int32]  # (4,) the step ahead by heading


def solve_rows(room, cells, maps, agents, rows, lengths):
    """Write the length of the shortest plan of each level row, -1 where there is none."""
    steps, queue, blocked, delta = room.steps, room.queue, room.blocked, room.delta
    for j in range(rows.shape[0]):
        row = np.uint64(rows[j])
        width = np.int64(maps[row].width)
        size = width * maps[row].height
        key = door = goal = np.int64(-1)
        for place in range(size):
            cell = np.int64(cells[row, place])
            tile = cell & 0xFF
            solid = cell & SOLID != 0
            blocked[place] = solid
            blocked[size + place] = solid and tile != KEY
            blocked[2 * size + place] = solid and tile != KEY and tile != DOOR
            if tile == KEY:
                key = place
            elif tile == DOOR:
                door = place
            elif tile == GOAL:
                goal = place
        delta[0], delta[1], delta[2], delta[3] = 1, width, -1, -width
        for node in range(12 * size):
            steps[node] = -1
        start = agents[row, 0]
        at = np.int64(start.y) * width + start.x
        first = np.int64(start.heading) * size + at
        steps[first] = 0
        queue[0] = first
        head, tail, found = 0, 1, -1
        while head < tail and found < 0:
            node = np.int64(queue[head])
            head += 1
            taken = steps[node] + 1
            layer = node // size
            place = node - layer * size
            errand, heading = layer >> 2, layer & 3
            ahead = place + delta[heading]
            for choice in range(3):
                if choice == 0:
                    reached = (errand * 4 + ((heading + 1) & 3)) * size + place
                elif choice == 1:
                    reached = (errand * 4 + ((heading + 3) & 3)) * size + place
                elif blocked[errand * size + ahead]:
                    # What stands in the way may be what is wanted: pick it up, or open it.
                    wanted = (errand == FETCH and ahead == key) or (
                        errand == OPEN_DOOR and ahead == door
                    )
                    if not wanted:
                        continue
                    reached = ((errand + 1) * 4 + heading) * size + place
                else:
                    reached = layer * size + ahead
                    if ahead == goal:
                        found = taken
                        break
                if steps[reached] < 0:
                    steps[reached] = taken
                    queue[tail] = reached
                    tail += 1
        lengths[j] = found


@functools.cache
def _entry() -> Entry:
    return Entry(solve_rows, "the DoorKey solver", source_digest([__name__]))


def solve_levels(
    world: World, bank: Workspace, rows: Sequence[int] | range
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Exact returns and lengths of DoorKey levels.

    Args:
        world: A world whose only prize is the goal, the sooner the better.
        bank: A workspace with levels that have a wall around them, one key and one locked door.
        rows: Its level rows.

    Returns:
        (n,) returns and (n,) lengths in steps.

    Raises:
        LevelError: the world's rules are not DoorKey's, or a goal cannot be reached in time.
    """
    rules = world.rules
    if not isinstance(rules, Rules) or not is_race(rules) or rules.episode.inner_episodes != 1:
        raise LevelError(f"{world.id}: expected DoorKey's rules; use reference.solve_many")
    if not set(rules.action.vocabulary) >= _VOCABULARY or rules.transition.slip > 0:
        raise LevelError(f"{world.id}: expected DoorKey's actions; use reference.solve_many")
    wanted, lengths = np.asarray(rows, np.int64), np.zeros(len(rows), np.int32)
    size = bank.levels.cells.shape[1]
    room = Room(
        steps=np.zeros(12 * size, np.int32),
        queue=np.zeros(12 * size, np.int32),
        blocked=np.zeros(3 * size, np.uint8),
        delta=np.zeros(4, np.int32),
    )
    levels = bank.levels
    arguments: tuple[Any, ...] = (levels.cells, levels.map, levels.agents, wanted, lengths)
    _entry().bind(room, *arguments)(*arguments)
    limits = np.where(rules.episode.max_steps, rules.episode.max_steps, bank.info["max_steps"])
    limit = limits[wanted]
    if (lengths < 0).any() or (lengths > limit).any():
        raise LevelError(f"{world.id}: a goal cannot be reached in time")
    reward = rules.reward
    return reward.goal * (1.0 - reward.goal_decay * lengths / limit), lengths
