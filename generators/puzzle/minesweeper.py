"""Minesweeper: open every cell without a mine; numbers tell how many are beside.

After *Minesweeper* (R. Donner & C. Johnson, Microsoft Entertainment Pack, 1990). One cell is marked
as safe to begin with, and so are those around it. Boards that can be solved without guessing are
proven so by a player who only draws conclusions (``envs.puzzle.kernels.deduce``).
"""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.puzzle.codes import MINE
from adaptarium.envs.puzzle.kernels.board import near
from adaptarium.envs.puzzle.kernels.deduce import is_deducible
from adaptarium.envs.puzzle.kernels.mines import number_field
from adaptarium.envs.puzzle.level import MAX_CELLS, MAX_SIDE, sizes_needed
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank, shuffle
from adaptarium.generators.puzzle.purposes import G_MARK

_NUMBERS = 9  # an open cell shows 0 to 8 mines
_MOST = 0.25  # share of the cells that may be mines: denser boards are hardly ever free of guesses


class MinesweeperKnobs(Knobs):
    """Knobs of ``minesweeper``. Difficulty prefers boards that take more clicks (3BV)."""

    height: int = Field(8, ge=4, le=MAX_SIDE, description="Rows.")
    width: int = Field(8, ge=4, le=MAX_SIDE, description="Columns.")
    mines: int = Field(10, ge=1, le=128, description="Mines.")
    guess_free: bool = Field(True, description="The board can be solved without guessing.")

    @model_validator(mode="after")
    def _fits(self) -> MinesweeperKnobs:
        cells = self.height * self.width
        if cells > MAX_CELLS:
            raise ValueError(f"{cells} cells: expected at most {MAX_CELLS}")
        most = max(int(cells * _MOST), 1)
        if self.mines > most:
            raise ValueError(f"mines = {self.mines}: expected 1 to {most} on {cells} cells")
        return self


@kernel
def generate(w, i, k):
    """Mark a cell, then lay mines anywhere but there and around it."""
    knobs, grid = w.knobs[i], w.levels.map[k]
    cells = blank(w, i, k, 2 * knobs.height * knobs.width)
    grid.mark = level_below(w, i, G_MARK, 0, cells)
    free, marks, places = 0, w.scratch.known[i], w.scratch.queue[i]
    for cell in range(cells):
        marks[cell] = 0
    marks[grid.mark] = 1
    for direction in range(8):
        at = near(w, i, k, grid.mark, direction)
        if at >= 0:
            marks[at] = 1
    for cell in range(cells):
        if marks[cell] == 0:
            places[free] = cell
            free += 1
    mines = min(knobs.count, free)
    shuffle(w, i, places, free, mines)
    for place in range(mines):
        w.levels.cells[k, places[place]] = 1
    return not knobs.variant or is_deducible(w, i, k)


@kernel
def spread(w, i, k, start, group):
    """Give every cell that opens together with ``start`` the number ``group``."""
    queue, values, groups = w.scratch.queue[i], w.scratch.value[i], w.scratch.known[i]
    queue[0] = start
    groups[start] = group
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        if values[cell] != 0:
            continue
        for direction in range(8):
            at = near(w, i, k, cell, direction)
            if at >= 0 and groups[at] == 0:
                groups[at] = group
                queue[tail] = at
                tail += 1


@kernel
def measure(w, i, k):
    """The fewest clicks that open the board: Bechtel's Board Benchmark Value (3BV)."""
    grid, values, groups = w.levels.map[k], w.scratch.value[i], w.scratch.known[i]
    cells, clicks = grid.height * grid.width, 0
    for cell in range(cells):
        values[cell] = MINE if w.levels.cells[k, cell] == 1 else 0
        groups[cell] = 0
    number_field(w, i, k, values)
    for cell in range(cells):
        if values[cell] == 0 and groups[cell] == 0:
            spread(w, i, k, cell, 1)
            clicks += 1
    for cell in range(cells):
        clicks += values[cell] != MINE and groups[cell] == 0
    return clicks


def _distinct(knobs: MinesweeperKnobs) -> int | None:
    """Marks times places of the mines, at most."""
    cells = knobs.height * knobs.width
    count = cells * math.comb(cells - 4, knobs.mines)
    return count if count < 10_000 else None


MINESWEEPER = Generator(
    name="minesweeper",
    knobs=MinesweeperKnobs,
    needs=lambda knobs: sizes_needed(knobs.height, knobs.width, 0, _NUMBERS),
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
