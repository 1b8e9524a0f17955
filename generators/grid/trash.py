"""Trash to be put away: GMAH's Trash-Grid, rebuilt from its description (arXiv 2408.11416)."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    BALL,
    BIN_CELL,
    BOX,
    GREY,
    STATE_SHIFT,
    pack,
)
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, scatter, seat_team, walled
from adaptarium.generators.grid.purposes import G_BIN, G_TRASH, G_WEIGHT

_LIGHT = pack(BALL, GREY, 1)
_HEAVY = pack(BOX, GREY)


class TrashKnobs(Knobs):
    """Knobs of ``trash``. Difficulty prefers trash far from the bins."""

    size: int = Field(10, ge=5, le=64, description="Side of the map in cells, walls included.")
    players: int = Field(3, ge=1, le=32, description="How many agents there are.")
    light: int = Field(4, ge=0, le=64, description="Pieces of trash of one unit.")
    heavy: int = Field(2, ge=0, le=64, description="Pieces that must be split first.")
    most: int = Field(4, ge=2, le=15, description="Units of the heaviest piece; two at least.")
    bins: int = Field(1, ge=1, le=16, description="Bins.")

    @model_validator(mode="after")
    def _fits(self) -> TrashKnobs:
        things = self.players + self.light + self.heavy + self.bins
        room = (self.size - 2) ** 2 // 2
        if things > room:
            raise ValueError(f"{things} things: a map of size {self.size} has room for {room}")
        if self.light + self.heavy == 0:
            raise ValueError("light + heavy = 0: expected some trash")
        return self


@kernel
def generate(w, i, k):
    """Bins, light trash, heavy trash, players: each anywhere on a free cell."""
    knobs, size = w.knobs[i], w.knobs[i].height
    walled(w, k, size, size, 20 * size)
    for n in range(knobs.bins):
        scatter(w, i, k, G_BIN, n, BIN_CELL)
    for n in range(knobs.count):
        scatter(w, i, k, G_TRASH, n, _LIGHT)
    for n in range(knobs.heavy):
        weight = 2 + level_below(w, i, G_WEIGHT, n, knobs.max_level - 1)
        scatter(w, i, k, G_TRASH, knobs.count + n, _HEAVY | weight << STATE_SHIFT)
    return seat_team(w, i, k, 0, size)


@kernel
def measure(w, i, k):
    """Steps from each piece to its nearest bin, together."""
    grid, total = w.levels.map[k], 0
    for at in range(grid.height * grid.width):
        x, y = at % grid.width, at // grid.width
        if get(w, k, x, y) & 0xFF not in (BALL, BOX):
            continue
        nearest = grid.height + grid.width
        for other in range(grid.height * grid.width):
            if get(w, k, other % grid.width, other // grid.width) == BIN_CELL:
                away = abs(other % grid.width - x) + abs(other // grid.width - y)
                nearest = min(nearest, away)
        total += nearest
    return total


def _distinct(knobs: TrashKnobs) -> int | None:
    """Places of bins, light and heavy trash, weights, places and headings of the players."""
    count, free = 1, (knobs.size - 2) ** 2
    for things in (knobs.bins, knobs.light, knobs.heavy):
        count *= math.comb(free, things)
        free -= things
    count *= (knobs.most - 1) ** knobs.heavy * math.perm(free, knobs.players) * 4**knobs.players
    return count if count < 10_000 else None


TRASH = Generator(
    name="trash",
    knobs=TrashKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
