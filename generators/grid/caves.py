"""Caves by a cellular automaton (L. Johnson, G. Yannakakis and J. Togelius, PCGames 2010)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import EMPTY_CELL, WALL_CELL
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, goal_at, put, random_empty, start_at, walled
from adaptarium.generators.grid.purposes import G_AGENT, G_CAVE, G_GOAL, G_HEADING

# A cell is rock when at least so many of the nine cells around and under it are.
_ROCKS = 5


class CavesKnobs(Knobs):
    """Knobs of ``caves``. Difficulty prefers longer ways from the agent to the goal."""

    size: int = Field(17, ge=7, le=63, description="Side of the map in cells, walls included.")
    fill: float = Field(0.42, ge=0, le=0.6, description="Share of rock before the first step.")
    steps: int = Field(2, ge=0, le=10, description="Steps of the automaton, which smooth the rock.")
    caverns: Literal["largest", "joined"] = Field(
        "joined", description="Keep the largest cavern alone, or dig passages between all."
    )


@kernel
def rocks_around(w, k, x, y):
    """How many of the nine cells around and under (x, y) are rock."""
    count = 0
    for place in range(9):
        count += get(w, k, x - 1 + place % 3, y - 1 + place // 3) == WALL_CELL
    return count


@kernel
def smooth(w, i, k, size):
    """One step of the automaton on all inner cells at once."""
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            w.scratch.marks[i, y * size + x] = rocks_around(w, k, x, y)
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            rock = w.scratch.marks[i, y * size + x] >= _ROCKS
            put(w, k, x, y, WALL_CELL if rock else EMPTY_CELL)


@kernel
def flood(w, i, k, start, number):
    """Mark the cavern of cell ``start`` with its number; how many cells it has."""
    width = w.levels.map[k].width
    queue, marks = w.scratch.queue, w.scratch.marks
    queue[i, 0] = start
    marks[i, start] = number
    head, tail = 0, 1
    while head < tail:
        at = int(queue[i, head])
        head += 1
        for heading in range(4):
            to = at + dx_of(heading) + width * dy_of(heading)
            if marks[i, to] == 0 and int(w.levels.cells[k, to]) == EMPTY_CELL:
                marks[i, to] = number
                queue[i, tail] = to
                tail += 1
    return tail


@kernel
def dig(w, k, start, end):
    """Dig a passage between two cells: along the row of the first, then along a column."""
    width = w.levels.map[k].width
    x, y, to_x, to_y = start % width, start // width, end % width, end // width
    while x != to_x:
        x += 1 if to_x > x else -1
        put(w, k, x, y, EMPTY_CELL)
    while y != to_y:
        y += 1 if to_y > y else -1
        put(w, k, x, y, EMPTY_CELL)


@kernel
def connect(w, i, k, size, joined):
    """Leave one cavern: all joined by passages, or the largest. False where there is none."""
    marks = w.scratch.marks
    for j in range(size * size):
        marks[i, j] = 0
    caverns, before, most, largest = 0, -1, 0, 0
    for j in range(size * size):
        if marks[i, j] != 0 or int(w.levels.cells[k, j]) != EMPTY_CELL:
            continue
        caverns += 1
        cells = flood(w, i, k, j, caverns)
        if cells > most:
            most, largest = cells, caverns
        if joined and before >= 0:
            dig(w, k, j, before)
        before = j
    for j in range(size * size):
        if not joined and marks[i, j] not in (0, largest):
            w.levels.cells[k, j] = WALL_CELL
    return caverns > 0


@kernel
def generate(w, i, k):
    """Scatter rock, smooth it, connect what is left, and put agent and goal on two cells of it."""
    knobs = w.knobs[i]
    size = knobs.height
    walled(w, k, size, size, 4 * size * size)
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            if level_unit(w, i, G_CAVE, y * size + x) < knobs.fill:
                put(w, k, x, y, WALL_CELL)
    for _ in range(knobs.steps):
        smooth(w, i, k, size)
    if not connect(w, i, k, size, knobs.variant == 1):
        return False
    goal = random_empty(w, i, k, G_GOAL, 0, 0, size)
    goal_at(w, k, goal)
    agent = random_empty(w, i, k, G_AGENT, 0, 0, size)
    if agent < 0:
        return False
    start_at(w, k, agent, level_below(w, i, G_HEADING, 0, 4))
    return True


CAVES = Generator(
    name="caves",
    knobs=CavesKnobs,
    needs=square_map,
    kernel=generate,
    measure=way_to_goal,
)
