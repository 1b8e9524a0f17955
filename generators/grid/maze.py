"""Mazes by three algorithms, with loops, ice and crates where asked for.

Recursive backtracking and Kruskal's algorithm on random edges (long corridors, short dead ends) and
the binary tree algorithm: J. Buck, "Mazes for Programmers", 2015.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import CRATE_CELL, EMPTY_CELL, ICE_CELL, WALL_CELL
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    blank,
    get,
    place_agent,
    put,
    put_goal,
    random_empty,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_CARVE,
    G_CRATE,
    G_GOAL,
    G_HEADING,
    G_ICE,
    G_LOOP,
)

ALGORITHMS = ("backtracker", "kruskal", "binary")


class MazeKnobs(Knobs):
    """Knobs of ``maze``. Difficulty prefers longer ways from the agent to the goal."""

    size: int = Field(13, ge=7, le=63, description="Side of the map in cells, walls included.")
    algorithm: Literal["backtracker", "kruskal", "binary"] = Field(
        "backtracker", description="How passages are carved."
    )
    loops: float = Field(
        0.0, ge=0, le=1, description="Share of the remaining inner walls that is opened."
    )
    ice: float = Field(0.0, ge=0, le=0.5, description="Share of the passages that is ice.")
    crates: int = Field(0, ge=0, le=16, description="Crates that stand in the passages.")


@kernel
def room_free(w, k, room, rooms, heading):
    """The room next to ``room`` (rooms a side: ``rooms``), -1 outside."""
    x, y = room % rooms + dx_of(heading), room // rooms + dy_of(heading)
    if x < 0 or y < 0 or x >= rooms or y >= rooms:
        return -1
    return y * rooms + x


@kernel
def carve(w, k, room, rooms, heading):
    """Open the wall between a room and its neighbour, both rooms included."""
    x, y = 1 + 2 * (room % rooms), 1 + 2 * (room // rooms)
    for _ in range(3):
        put(w, k, x, y, EMPTY_CELL)
        x, y = x + dx_of(heading), y + dy_of(heading)


@kernel
def is_uncarved(w, k, room, rooms):
    """Whether no passage leads to this room yet."""
    return get(w, k, 1 + 2 * (room % rooms), 1 + 2 * (room // rooms)) == WALL_CELL


@kernel
def backtracker(w, i, k, rooms):
    """Walk to unvisited neighbours as long as there are any, then step back."""
    stack = w.scratch.queue
    stack[i, 0] = level_below(w, i, G_CARVE, 0, rooms * rooms)
    depth = 1
    for turn in range(1, 2 * rooms * rooms + 1):
        if depth == 0:
            return
        room = int(stack[i, depth - 1])
        options, count = 0, 0  # headings, four bits each
        for heading in range(4):
            neighbour = room_free(w, k, room, rooms, heading)
            if neighbour >= 0 and is_uncarved(w, k, neighbour, rooms):
                options |= heading << (4 * count)
                count += 1
        if count == 0:
            depth -= 1
            continue
        chosen = (options >> (4 * level_below(w, i, G_CARVE, turn, count))) & 3
        carve(w, k, room, rooms, chosen)
        stack[i, depth] = room_free(w, k, room, rooms, chosen)
        depth += 1


@kernel
def root(w, i, room):
    """The representative of a room's set; paths are halved on the way."""
    parents = w.scratch.marks
    while parents[i, room] != room:
        parents[i, room] = parents[i, parents[i, room]]
        room = int(parents[i, room])
    return room


@kernel
def kruskal(w, i, k, rooms):
    """Open walls in random order wherever they part two sets of rooms."""
    edges, parents = w.scratch.queue, w.scratch.marks
    total = rooms * rooms
    for room in range(total):
        parents[i, room] = room
        edges[i, 2 * room] = 2 * room  # heading 0, east
        edges[i, 2 * room + 1] = 2 * room + 1  # heading 1, south
    for left in range(2 * total, 0, -1):
        drawn = level_below(w, i, G_CARVE, left, left)
        edge = int(edges[i, drawn])
        edges[i, drawn] = edges[i, left - 1]
        room, heading = edge // 2, edge % 2
        neighbour = room_free(w, k, room, rooms, heading)
        if neighbour < 0:
            continue
        here, there = root(w, i, room), root(w, i, neighbour)
        if here != there:
            parents[i, here] = there
            carve(w, k, room, rooms, heading)


@kernel
def binary(w, i, k, rooms):
    """Every room opens north or west, so that all ways lead to the north-west corner."""
    for room in range(1, rooms * rooms):
        heading = 2 + level_below(w, i, G_CARVE, room, 2)
        if room < rooms:
            heading = 2
        elif room % rooms == 0:
            heading = 3
        carve(w, k, room, rooms, heading)


@kernel
def open_loops(w, i, k, rooms):
    """Open each wall that still parts two neighbouring rooms with probability ``loops``."""
    for room in range(rooms * rooms):
        x, y = 1 + 2 * (room % rooms), 1 + 2 * (room // rooms)
        for heading in range(2):
            if room_free(w, k, room, rooms, heading) < 0:
                continue
            wx, wy = x + dx_of(heading), y + dy_of(heading)
            if level_unit(w, i, G_LOOP, 2 * room + heading) < w.knobs[i].loops:
                put(w, k, wx, wy, EMPTY_CELL)


@kernel
def furnish(w, i, k, size):
    """Lay ice and stand crates on passages that are still empty."""
    knobs = w.knobs[i]
    if knobs.ice > 0.0:
        for j in range(size * size):
            empty = int(w.levels.cells[k, j]) == EMPTY_CELL and j != w.scratch.queue[i, 0]
            if empty and level_unit(w, i, G_ICE, j) < knobs.ice:
                w.levels.cells[k, j] = ICE_CELL
    for crate in range(knobs.crates):
        cell = random_empty(w, i, k, G_CRATE, crate, 0, size)
        if cell >= 0 and cell != w.scratch.queue[i, 0]:
            w.levels.cells[k, cell] = CRATE_CELL


@kernel
def generate(w, i, k):
    """Carve, open loops, then agent and goal in two different rooms of the maze.

    Ice and crates must leave a way to the goal along which no crate is moved.
    """
    size = w.knobs[i].height
    rooms = (size - 1) // 2
    blank(w, k, size, size, WALL_CELL, 4 * size * size)
    if w.knobs[i].variant == 0:
        backtracker(w, i, k, rooms)
    elif w.knobs[i].variant == 1:
        kruskal(w, i, k, rooms)
    else:
        binary(w, i, k, rooms)
    if w.knobs[i].loops > 0.0:
        open_loops(w, i, k, rooms)
    agent = level_below(w, i, G_AGENT, 0, rooms * rooms)
    goal = level_below(w, i, G_GOAL, 0, rooms * rooms - 1)
    goal += goal >= agent
    x, y = 1 + 2 * (agent % rooms), 1 + 2 * (agent // rooms)
    place_agent(w, k, 0, x, y, level_below(w, i, G_HEADING, 0, 4), 0)
    put_goal(w, k, 1 + 2 * (goal % rooms), 1 + 2 * (goal // rooms))
    if w.knobs[i].ice == 0.0 and w.knobs[i].crates == 0:
        return True
    w.scratch.queue[i, 0] = y * size + x  # the agent's cell stays plain
    furnish(w, i, k, size)
    return way_to_goal(w, i, k) >= 0


def _distinct(knobs: MazeKnobs) -> int | None:
    """Known where the walls are: all open, or the fewest rooms and the binary tree."""
    rooms = (knobs.size - 1) // 2
    if knobs.ice or knobs.crates:
        return None
    mazes = None
    if knobs.loops == 1:
        mazes = 1
    elif knobs.loops == 0 and knobs.algorithm == "binary":
        mazes = 2 ** ((rooms - 1) ** 2)
    if mazes is None:
        return None
    count = mazes * rooms**2 * (rooms**2 - 1) * 4
    return count if count < 10_000 else None


MAZE = Generator(
    name="maze",
    knobs=MazeKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
