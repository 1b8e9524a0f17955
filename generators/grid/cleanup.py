"""A public good: a river in the west that has to be clean for the orchard in the east to bear.

As Melting Pot's ``clean_up``, with a place of its own for every soiled cell, tree and player.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_unit
from adaptarium.envs.grid.codes import GRASS_CELL, SOILED_CELL, WATER_CELL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, put, seat_team, walled
from adaptarium.generators.grid.purposes import G_SOIL, G_TREE

_TREES = 0.7  # share of the orchard that bears apples


class CleanupKnobs(Knobs):
    """Knobs of ``cleanup``. Difficulty prefers soiled water and few trees."""

    size: int = Field(14, ge=9, le=64, description="Side of the map in cells, walls included.")
    players: int = Field(4, ge=1, le=32, description="How many agents there are.")
    river: int = Field(3, ge=1, le=16, description="Width of the river, and of the orchard.")
    soiled: float = Field(
        0.4, ge=0, le=1, description="Share of the water that is soiled at first."
    )

    @model_validator(mode="after")
    def _fits(self) -> CleanupKnobs:
        most = (self.size - 3) // 2
        if self.river > most:
            raise ValueError(
                f"river = {self.river}: a map of size {self.size} takes {most} at most"
            )
        free = (self.size - 2) * (self.size - 2 - 2 * self.river)
        if self.players > free:
            raise ValueError(f"players = {self.players}: between the banks is room for {free}")
        return self


@kernel
def generate(w, i, k):
    """The river, the orchard without an apple, then the players between them."""
    knobs = w.knobs[i]
    size, width = knobs.height, knobs.count
    walled(w, k, size, size, 20 * size)
    for y in range(1, size - 1):
        for x in range(1, 1 + width):
            soiled = level_unit(w, i, G_SOIL, y * size + x) < knobs.soiled
            put(w, k, x, y, SOILED_CELL if soiled else WATER_CELL)
        for x in range(size - 1 - width, size - 1):
            if level_unit(w, i, G_TREE, y * size + x) < _TREES:
                put(w, k, x, y, GRASS_CELL)
    return seat_team(w, i, k, 1 + width, size - 1 - width)


@kernel
def measure(w, i, k):
    """Soiled cells less trees."""
    grid, total = w.levels.map[k], 0
    for y in range(grid.height):
        for x in range(grid.width):
            cell = get(w, k, x, y)
            total += int(cell == SOILED_CELL) - int(cell == GRASS_CELL)
    return total


CLEANUP = Generator(
    name="cleanup",
    knobs=CleanupKnobs,
    needs=square_map,
    kernel=generate,
    measure=measure,
)
