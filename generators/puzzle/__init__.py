"""Generators of puzzle levels."""

from __future__ import annotations

from typing import Any

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.puzzle.knobs import KNOBS_DTYPE
from adaptarium.generators.puzzle.knobs import flatten as _flatten
from adaptarium.generators.puzzle.lights import LIGHTS
from adaptarium.generators.puzzle.memory import MEMORY
from adaptarium.generators.puzzle.minesweeper import MINESWEEPER
from adaptarium.generators.puzzle.morph import MORPH
from adaptarium.generators.puzzle.probe import PROBE
from adaptarium.generators.puzzle.sliding import SLIDING

# The order numbers the generators inside kernels: append only.
GENERATORS = (LIGHTS, SLIDING, MINESWEEPER, MEMORY, PROBE, MORPH)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> Any:
    """The knobs record of generator ``number``."""
    return _flatten(number, knobs, GENERATORS[number].needs(knobs))


__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
