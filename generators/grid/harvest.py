"""A commons: patches of apples in a walled field (Melting Pot, ``commons_harvest__open``)."""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import APPLE_CELL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, put, seat_team, walled
from adaptarium.generators.grid.purposes import G_PATCH

_RADIUS = 2  # of a patch: a diamond of 13 apples


class HarvestKnobs(Knobs):
    """Knobs of ``harvest``. Difficulty prefers few apples, as patches that overlap have."""

    size: int = Field(14, ge=9, le=64, description="Side of the map in cells, walls included.")
    players: int = Field(4, ge=1, le=32, description="How many agents harvest.")
    patches: int = Field(4, ge=1, le=32, description="Patches of apples, which may overlap.")

    @model_validator(mode="after")
    def _fits(self) -> HarvestKnobs:
        most = max((self.size - 2) ** 2 // 26, 1)
        if self.patches > most:
            raise ValueError(
                f"patches = {self.patches}: a map of size {self.size} has room for {most}"
            )
        free = (self.size - 2) ** 2 - 13 * self.patches
        if self.players > free:
            raise ValueError(f"players = {self.players}: between the patches is room for {free}")
        return self


@kernel
def generate(w, i, k):
    """Patches first, then the players on bare ground."""
    size, inner = w.knobs[i].height, w.knobs[i].height - 2 - 2 * _RADIUS
    walled(w, k, size, size, 20 * size)
    for patch in range(w.knobs[i].count):
        middle_x = 1 + _RADIUS + level_below(w, i, G_PATCH, 2 * patch, inner)
        middle_y = 1 + _RADIUS + level_below(w, i, G_PATCH, 2 * patch + 1, inner)
        for dy in range(-_RADIUS, _RADIUS + 1):
            for dx in range(-_RADIUS, _RADIUS + 1):
                if abs(dx) + abs(dy) <= _RADIUS:
                    put(w, k, middle_x + dx, middle_y + dy, APPLE_CELL)
    return seat_team(w, i, k, 0, size)


@kernel
def measure(w, i, k):
    """How many cells bear no apple."""
    grid, bare = w.levels.map[k], 0
    for y in range(grid.height):
        for x in range(grid.width):
            bare += get(w, k, x, y) != APPLE_CELL
    return bare


def _distinct(knobs: HarvestKnobs) -> int | None:
    """Places of the patch, times places and headings of the player: two of either are enough."""
    if knobs.patches > 1 or knobs.players > 1:
        return None
    inner = knobs.size - 2
    count = (inner - 2 * _RADIUS) ** 2 * (inner**2 - 13) * 4
    return count if count < 10_000 else None


HARVEST = Generator(
    name="harvest",
    knobs=HarvestKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
