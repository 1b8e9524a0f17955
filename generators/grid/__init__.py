"""Generators of grid levels."""

from __future__ import annotations

from typing import Any

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.grid.doorkey import DOORKEY
from adaptarium.generators.grid.empty import EMPTY
from adaptarium.generators.grid.knobs import KNOBS_DTYPE
from adaptarium.generators.grid.knobs import flatten as _flatten

# The order numbers the generators inside kernels: append only.
GENERATORS = (EMPTY, DOORKEY)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> Any:
    """The knobs record of generator ``number``."""
    values = knobs.model_dump()
    if "size" in values:
        values["height"] = values["width"] = values.pop("size")
    return _flatten(number, values)


__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
