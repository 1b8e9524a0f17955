"""Rooms of many sizes by binary space partitioning (the recursive division of roguelikes).

A room is cut in two by a wall with an opening, and each part again, until the parts are too small:
R. Baron, "Dungeon Generation: Binary Space Partitioning Generation", RogueBasin.
"""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import (
    CLOSED,
    COLOUR_SHIFT,
    COLOURS,
    DOOR,
    EMPTY_CELL,
    OPAQUE,
    SOLID,
    STATE_SHIFT,
    WALL_CELL,
)
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, goal_at, put, random_empty, start_at, walled
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_COLOUR,
    G_DOOR,
    G_GAP,
    G_GOAL,
    G_HEADING,
    G_LOOP,
    G_ROOM,
)

_CLOSED_DOOR = DOOR | CLOSED << STATE_SHIFT | OPAQUE | SOLID


class BspKnobs(Knobs):
    """Knobs of ``bsp``. Difficulty prefers longer ways from the agent to the goal."""

    size: int = Field(13, ge=7, le=63, description="Side of the map in cells, walls included.")
    min_room: int = Field(2, ge=2, le=16, description="Least inner side of a room in cells.")
    doors: float = Field(
        0.5, ge=0, le=1, description="Share of the openings that have a closed door."
    )
    loops: float = Field(
        0.0, ge=0, le=1, description="Share of the walls that have a second opening."
    )


@kernel
def is_whole(w, k, x, y):
    """Whether (x, y) is wall: a new wall may end there, which it may not in front of an opening."""
    return get(w, k, x, y) == WALL_CELL


@kernel
def may_cut(w, k, x, y, wide, tall, along, s):
    """Whether a wall at offset ``s`` of a room meets no opening; ``along`` 0 cuts the width."""
    if along == 0:
        return is_whole(w, k, x + s, y - 1) and is_whole(w, k, x + s, y + tall)
    return is_whole(w, k, x - 1, y + s) and is_whole(w, k, x + wide, y + s)


@kernel
def cut_at(w, i, k, x, y, wide, tall, along, cut, least):
    """The offset of the wall that cuts a room, uniform among those that may; -1 for none."""
    length = wide if along == 0 else tall
    count = 0
    for s in range(least, length - least):
        count += may_cut(w, k, x, y, wide, tall, along, s)
    if count == 0:
        return -1
    n = level_below(w, i, G_ROOM, 2 * cut + 1, count)
    for s in range(least, length - least):
        if may_cut(w, k, x, y, wide, tall, along, s):
            if n == 0:
                return s
            n -= 1
    return -1


@kernel
def open_wall(w, i, k, x, y, along, length, cut):
    """Make one opening in a wall from (x, y) on, or two; some get a door."""
    first = level_below(w, i, G_GAP, 2 * cut, length)
    twice = length > 1 and level_unit(w, i, G_LOOP, cut) < w.knobs[i].loops
    for n in range(2 if twice else 1):
        at = first if n == 0 else level_below(w, i, G_GAP, 2 * cut + 1, length - 1)
        if n == 1:
            at += at >= first
        cell = EMPTY_CELL
        if level_unit(w, i, G_DOOR, 2 * cut + n) < w.knobs[i].doors:
            colour = level_below(w, i, G_COLOUR, 2 * cut + n, len(COLOURS))
            cell = _CLOSED_DOOR | colour << COLOUR_SHIFT
        if along == 0:
            put(w, k, x, y + at, cell)
        else:
            put(w, k, x + at, y, cell)


@kernel
def divide(w, i, k, size):
    """Cut the one room of an empty map until no part can be cut."""
    rooms, least = w.scratch.queue, int(w.knobs[i].min_room)
    waiting, cut = 1, 0
    # A room is a number in base 64: column, row, width and height of its inner cells.
    rooms[i, 0] = 1 | 1 << 6 | (size - 2) << 12 | (size - 2) << 18
    while waiting > 0:
        waiting -= 1
        room = int(rooms[i, waiting])
        x, y, wide, tall = room & 63, room >> 6 & 63, room >> 12 & 63, room >> 18 & 63
        # The longer side is cut the more often, the longer it is.
        along = int(level_below(w, i, G_ROOM, 2 * cut, wide + tall) >= wide)
        s = cut_at(w, i, k, x, y, wide, tall, along, cut, least)
        if s < 0:
            along = 1 - along
            s = cut_at(w, i, k, x, y, wide, tall, along, cut, least)
        if s < 0:
            continue
        if along == 0:
            for row in range(y, y + tall):
                put(w, k, x + s, row, WALL_CELL)
            open_wall(w, i, k, x + s, y, along, tall, cut)
            rooms[i, waiting] = x | y << 6 | s << 12 | tall << 18
            rooms[i, waiting + 1] = (x + s + 1) | y << 6 | (wide - s - 1) << 12 | tall << 18
        else:
            for column in range(x, x + wide):
                put(w, k, column, y + s, WALL_CELL)
            open_wall(w, i, k, x, y + s, along, wide, cut)
            rooms[i, waiting] = x | y << 6 | wide << 12 | s << 18
            rooms[i, waiting + 1] = x | (y + s + 1) << 6 | wide << 12 | (tall - s - 1) << 18
        waiting += 2
        cut += 1


@kernel
def generate(w, i, k):
    """Divide the map, then put agent and goal on any two cells."""
    size = w.knobs[i].height
    walled(w, k, size, size, 4 * size * size)
    divide(w, i, k, size)
    goal_at(w, k, random_empty(w, i, k, G_GOAL, 0, 0, size))
    agent = random_empty(w, i, k, G_AGENT, 0, 0, size)
    start_at(w, k, agent, level_below(w, i, G_HEADING, 0, 4))
    return True


BSP = Generator(
    name="bsp",
    knobs=BspKnobs,
    needs=square_map,
    kernel=generate,
    measure=way_to_goal,
)
