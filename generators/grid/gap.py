"""LavaGap (minigrid 3.2, ``envs/lavagap.py``): a column of lava, or a wall, with one gap."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import EMPTY_CELL, LAVA_CELL, WALL_CELL
from adaptarium.envs.grid.missions import M_AVOID_LAVA, M_FIND_OPENING
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import get, place_agent, put, put_goal, tell, walled
from adaptarium.generators.grid.purposes import G_GAP, G_SPLIT


class GapKnobs(Knobs):
    """Knobs of ``gap``. Difficulty prefers gaps far from the start."""

    size: int = Field(7, ge=5, le=64, description="Side of the map in cells, walls included.")
    material: Literal["lava", "wall"] = Field("lava", description="What the column is made of.")


@kernel
def generate(w, i, k):
    """Agent and goal in opposite corners, the column and its gap anywhere between them."""
    size, wall = w.knobs[i].height, w.knobs[i].variant
    walled(w, k, size, size, 4 * size * size)
    place_agent(w, k, 0, 1, 1, 0, 0)
    put_goal(w, k, size - 2, size - 2)
    x = 2 + level_below(w, i, G_SPLIT, 0, size - 4)
    gap = 1 + level_below(w, i, G_GAP, 0, size - 2)
    for y in range(1, size - 1):
        put(w, k, x, y, EMPTY_CELL if y == gap else WALL_CELL if wall else LAVA_CELL)
    tell(w, k, M_FIND_OPENING if wall else M_AVOID_LAVA, 0, 0)
    return True


@kernel
def measure(w, i, k):
    """How far the gap lies from the start."""
    size, y = w.knobs[i].height, 1
    for x in range(2, size - 2):
        if get(w, k, x, 1) != EMPTY_CELL or get(w, k, x, 2) != EMPTY_CELL:
            while get(w, k, x, y) != EMPTY_CELL:
                y += 1
            return x + y
    return 0


def _distinct(knobs: GapKnobs) -> int | None:
    return (knobs.size - 4) * (knobs.size - 2)


GAP = Generator(
    name="gap",
    knobs=GapKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
