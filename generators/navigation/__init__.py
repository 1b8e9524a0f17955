"""Generators of navigation maps."""

from __future__ import annotations

from typing import Any

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.navigation.arenas import SPREAD, TAG
from adaptarium.generators.navigation.caves import CAVES
from adaptarium.generators.navigation.hard_maze import HARD_MAZE
from adaptarium.generators.navigation.house import HOUSE
from adaptarium.generators.navigation.knobs import KNOBS_DTYPE
from adaptarium.generators.navigation.knobs import flatten as _flatten
from adaptarium.generators.navigation.maze import MAZE
from adaptarium.generators.navigation.rooms import ROOMS
from adaptarium.generators.navigation.tasks import TASKS

# The order numbers the generators inside kernels: append only.
GENERATORS = (MAZE, ROOMS, CAVES, HARD_MAZE, SPREAD, TAG, TASKS, HOUSE)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> Any:
    """The knobs record of generator ``number``."""
    return _flatten(number, knobs, GENERATORS[number].needs(knobs))


__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
