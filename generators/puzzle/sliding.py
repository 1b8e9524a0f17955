"""The n-puzzle: numbered tiles and one gap, into which a tile beside it slides."""

from __future__ import annotations

import math

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.level import sizes_needed
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank, is_goal, shuffle


class SlidingKnobs(Knobs):
    """Knobs of ``sliding``. Difficulty prefers boards whose tiles are far from their places."""

    size: int = Field(3, ge=2, le=5, description="Tiles a side, the gap included.")


@kernel
def home(value, cells):
    """The cell where a tile belongs; the gap comes last."""
    return value - 1 if value > 0 else cells - 1


@kernel
def is_solvable(w, k, cells, size):
    """Whether the permutation and the gap's distance have the same parity (W. W. Johnson, 1879)."""
    board, odd = w.levels.cells[k], 0
    for cell in range(cells):
        for other in range(cell + 1, cells):
            odd += home(board[cell], cells) > home(board[other], cells)
        if board[cell] == 0:
            odd += size - 1 - cell % size + size - 1 - cell // size
    return odd % 2 == 0


@kernel
def generate(w, i, k):
    """A uniform arrangement among those from which the goal can be reached."""
    size = w.knobs[i].height
    cells = blank(w, i, k, 4 * size * size * size)
    for cell in range(cells):
        w.scratch.queue[i, cell] = cell
        w.levels.goal[k, cell] = (cell + 1) % cells
    shuffle(w, i, w.scratch.queue[i], cells, cells)
    board = w.levels.cells[k]
    for cell in range(cells):
        board[cell] = w.scratch.queue[i, cell]
    if not is_solvable(w, k, cells, size):
        first = 1 if board[0] == 0 else 0  # two tiles change places
        second = first + 2 if board[first + 1] == 0 else first + 1
        value = board[first]
        board[first] = board[second]
        board[second] = value
    return not is_goal(w, k)


@kernel
def measure(w, i, k):
    """The sum of the tiles' Manhattan distances to their places."""
    grid, total = w.levels.map[k], 0
    cells, size = grid.height * grid.width, grid.width
    for cell in range(cells):
        value = w.levels.cells[k, cell]
        if value > 0:
            at = home(value, cells)
            total += abs(cell % size - at % size) + abs(cell // size - at // size)
    return total


def _distinct(knobs: SlidingKnobs) -> int | None:
    """Half of all arrangements, without the goal."""
    count = math.factorial(knobs.size**2) // 2 - 1
    return count if count < 10_000 else None


SLIDING = Generator(
    name="sliding",
    knobs=SlidingKnobs,
    needs=lambda knobs: sizes_needed(knobs.size, knobs.size, 0, knobs.size**2),
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
