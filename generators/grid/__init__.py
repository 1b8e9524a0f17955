"""Generators of grid levels."""

from __future__ import annotations

from typing import Any

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.grid.darkroom import DARKROOM
from adaptarium.generators.grid.doorkey import DOORKEY
from adaptarium.generators.grid.empty import EMPTY
from adaptarium.generators.grid.foraging import FORAGING
from adaptarium.generators.grid.four_rooms import FOUR_ROOMS
from adaptarium.generators.grid.frozen_lake import FROZEN_LAKE
from adaptarium.generators.grid.gauntlet import GAUNTLET
from adaptarium.generators.grid.knobs import KNOBS_DTYPE
from adaptarium.generators.grid.knobs import flatten as _flatten
from adaptarium.generators.grid.lava_crossing import LAVA_CROSSING
from adaptarium.generators.grid.maze import MAZE

# The order numbers the generators inside kernels: append only.
GENERATORS = (
    EMPTY,
    DOORKEY,
    FOUR_ROOMS,
    MAZE,
    LAVA_CROSSING,
    FROZEN_LAKE,
    DARKROOM,
    FORAGING,
    GAUNTLET,
)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> Any:
    """The knobs record of generator ``number``."""
    return _flatten(number, knobs, GENERATORS[number].needs(knobs))


__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
