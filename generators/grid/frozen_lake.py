"""FrozenLake (gymnasium 1.4, ``toy_text/frozen_lake.py``): holes in the ice by percolation."""

from __future__ import annotations

import functools
from typing import Literal

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_unit
from adaptarium.envs.grid.codes import EMPTY_CELL, LAVA_CELL, START, pack
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.paint import blank, place_agent, put, put_goal
from adaptarium.generators.grid.purposes import G_ICE

_START = pack(START)
_MAPS = ("random", "4x4", "8x8")
# Holes of Gymnasium's fixed maps, a bit a cell, row by row.
_FIXED = {
    "4x4": "SFFF FHFH FFFH HFFG",
    "8x8": "SFFFFFFF FFFFFFFF FFFHFFFF FFFFFHFF FFFHFFFF FHHFFFHF FHFFHFHF FFFHFFFG",
}


def _hole_bits(rows: str) -> int:
    return sum(1 << j for j, cell in enumerate(rows.replace(" ", "")) if cell == "H")


_HOLES_4, _HOLES_8 = _hole_bits(_FIXED["4x4"]), _hole_bits(_FIXED["8x8"])


class FrozenLakeKnobs(Knobs):
    """Knobs of ``frozen_lake``.

    The share of frozen cells is ``0.95 - 0.3 * difficulty``: 0.8 at 0.5, as in Gymnasium; beyond
    that, difficulty prefers longer ways to the goal.
    """

    size: int = Field(8, ge=4, le=64, description="Side of a random lake in cells.")
    map: Literal["random", "4x4", "8x8"] = Field(
        "random", description="A new lake each time, or one of Gymnasium's two fixed maps."
    )

    @model_validator(mode="after")
    def _fixed_size(self) -> FrozenLakeKnobs:
        if self.map != "random" and self.size not in (int(self.map[0]), 8):
            raise ValueError(f"size = {self.size}: the map {self.map!r} has its own size")
        return self

    def side(self) -> int:
        """Cells a side: the fixed maps have their own."""
        return self.size if self.map == "random" else int(self.map[0])


@kernel
def generate(w, i, k):
    """A lake with the start in one corner and the goal in the other, connected."""
    knobs = w.knobs[i]
    size, variant = knobs.height, knobs.variant
    limit = 100 if size <= 4 else 200  # gymnasium's limits for 4x4 and 8x8
    blank(w, k, size, size, EMPTY_CELL, max(limit, 3 * size * size))
    frozen = 0.95 - 0.3 * knobs.difficulty
    for j in range(1, size * size - 1):
        if variant == 0:
            hole = level_unit(w, i, G_ICE, j) >= frozen
        elif variant == 1:
            hole = (_HOLES_4 >> j) & 1 == 1
        else:
            hole = (_HOLES_8 >> j) & 1 == 1
        if hole:
            w.levels.cells[k, j] = LAVA_CELL
    put(w, k, 0, 0, _START)
    put_goal(w, k, size - 1, size - 1)
    place_agent(w, k, 0, 0, 0, 0, 0)
    return variant > 0 or way_to_goal(w, i, k) >= 0


@functools.cache
def _connected_4x4() -> int:
    """How many of the 16,384 lakes of side 4 are connected."""
    edge, inner = 0b0111_0111_0111_0111, (1 << 16) - 1
    count = 0
    for holes in range(0, 1 << 15, 2):
        ice, reached = inner & ~holes, 1
        while True:
            near = reached << 4 | reached >> 4 | (reached & edge) << 1 | reached >> 1 & edge
            wider = (reached | near) & ice
            if wider == reached:
                break
            reached = wider
        count += reached >> 15
    return count


def _distinct(knobs: FrozenLakeKnobs) -> int | None:
    if knobs.map != "random":
        return 1
    return _connected_4x4() if knobs.size == 4 else None


def _needs(knobs: FrozenLakeKnobs) -> dict[str, int]:
    return {"height": knobs.side(), "width": knobs.side(), "agents": 1, "obstacles": 0}


FROZEN_LAKE = Generator(
    name="frozen_lake",
    knobs=FrozenLakeKnobs,
    needs=_needs,
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
