"""Caves: random rock, smoothed by a cellular automaton, and the largest hollow in it.

Johnson, Yannakakis & Togelius, "Cellular automata for real-time generation of infinite cave
levels", PCGames 2010.
"""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.navigation.codes import MAX_SIDE
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.drawing import (
    CLOSED,
    STEPS_A_CELL,
    blank,
    close_side,
    flood,
    neighbour,
    open_side,
    place_goal,
    place_start,
    way_to_goal,
)
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import G_FILL, G_GOAL, G_START

ROUNDS = 3
CROWDED = 5  # rocks among a cell and its eight neighbours that make it one
LEAST_SHARE = 4  # the hollow has at least one cell of so many


class CavesKnobs(Knobs):
    """Knobs of ``caves``. Difficulty prefers longer ways from the start to the goal."""

    size: int = Field(12, ge=6, le=MAX_SIDE, description="Side of the map in cells.")
    fill: float = Field(
        0.42, ge=0.2, le=0.5, description="Share of the cells that is rock before smoothing."
    )


@kernel
def rock_at(w, i, size, x, y):
    """Whether there is rock: in the lower bit of a mark, and all around the map."""
    if x < 0 or y < 0 or x >= size or y >= size:
        return 1
    return int(w.scratch.marks[i, y * size + x]) & 1


@kernel
def smooth(w, i, size):
    """One round of the automaton, by way of the second bit of every mark."""
    marks = w.scratch.marks
    for cell in range(size * size):
        around = 0
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                around += rock_at(w, i, size, cell % size + dx, cell // size + dy)
        marks[i, cell] |= 2 if around >= CROWDED else 0
    for cell in range(size * size):
        marks[i, cell] >>= 1


@kernel
def hollow(w, i, k, size):
    """Open every side between two cells that are no rock."""
    for cell in range(size * size):
        for side in range(1, 3):
            other = neighbour(size, cell, side)
            if other >= 0 and not (w.scratch.marks[i, cell] | w.scratch.marks[i, other]) & 1:
                open_side(w, k, size, cell, side)


@kernel
def keep_largest(w, i, k, size):
    """Fill every hollow but the largest; a cell of it, and how many it has."""
    best, most = 0, 0
    for cell in range(size * size):
        if w.levels.walls[k, cell] != CLOSED:
            count = flood(w, i, k, cell)
            if count > most:
                best, most = cell, count
            if 2 * count >= size * size:
                break
    flood(w, i, k, best)
    for cell in range(size * size):
        if w.scratch.marks[i, cell] < 0:
            for side in range(4):
                close_side(w, k, size, cell, side)
    return best, most


@kernel
def generate(w, i, k):
    """Rock, smoothing, the largest hollow, then start and goal in it; False where it is small."""
    size = w.knobs[i].size
    blank(w, k, size, CLOSED, STEPS_A_CELL * size * size)
    for cell in range(size * size):
        w.scratch.marks[i, cell] = level_unit(w, i, G_FILL, cell) < w.knobs[i].fill
    for _ in range(ROUNDS):
        smooth(w, i, size)
    hollow(w, i, k, size)
    first, count = keep_largest(w, i, k, size)
    if LEAST_SHARE * count < size * size:
        return False
    flood(w, i, k, first)  # its queue lists the cells of the hollow
    start = level_below(w, i, G_START, 0, count)
    goal = level_below(w, i, G_GOAL, 0, count - 1)
    goal += goal >= start
    place_start(w, i, k, int(w.scratch.queue[i, start]))
    place_goal(w, i, k, int(w.scratch.queue[i, goal]))
    return True


CAVES = Generator(
    name="caves",
    knobs=CavesKnobs,
    needs=lambda knobs: needs_of(knobs.size),
    kernel=generate,
    measure=way_to_goal,
)
