"""Mazes by recursive backtracking, with loops where asked for.

J. Buck, "Mazes for Programmers", 2015.
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
    neighbour,
    open_side,
    place_both,
    way_to_goal,
)
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import G_CARVE, G_LOOP


class MazeKnobs(Knobs):
    """Knobs of ``maze``. Difficulty prefers longer ways from the start to the goal."""

    size: int = Field(9, ge=3, le=MAX_SIDE, description="Side of the map in cells.")
    loops: float = Field(
        0.3, ge=0, le=1, description="Share of the remaining inner walls that is taken away."
    )


@kernel
def carve(w, i, k, size):
    """Walk to unvisited neighbours as long as there are any, then step back."""
    stack = w.scratch.queue
    stack[i, 0] = level_below(w, i, G_CARVE, 0, size * size)
    depth = 1
    for turn in range(1, 2 * size * size + 1):
        if depth == 0:
            return
        cell = int(stack[i, depth - 1])
        options, count = 0, 0  # sides, two bits each
        for side in range(4):
            other = neighbour(size, cell, side)
            if other >= 0 and w.levels.walls[k, other] == CLOSED:
                options |= side << (2 * count)
                count += 1
        if count == 0:
            depth -= 1
            continue
        side = (options >> (2 * level_below(w, i, G_CARVE, turn, count))) & 3
        open_side(w, k, size, cell, side)
        stack[i, depth] = neighbour(size, cell, side)
        depth += 1


@kernel
def open_loops(w, i, k, size):
    """Take each wall that still parts two cells away with probability ``loops``."""
    for cell in range(size * size):
        for side in range(1, 3):
            if neighbour(size, cell, side) < 0 or not w.levels.walls[k, cell] & (1 << side):
                continue
            if level_unit(w, i, G_LOOP, 2 * cell + side - 1) < w.knobs[i].loops:
                open_side(w, k, size, cell, side)


@kernel
def generate(w, i, k):
    """Carve, open loops, then start and goal."""
    size = w.knobs[i].size
    blank(w, k, size, CLOSED, STEPS_A_CELL * size * size)
    carve(w, i, k, size)
    if w.knobs[i].loops > 0.0:
        open_loops(w, i, k, size)
    place_both(w, i, k)
    return True


MAZE = Generator(
    name="maze",
    knobs=MazeKnobs,
    needs=lambda knobs: needs_of(knobs.size),
    kernel=generate,
    measure=way_to_goal,
)
