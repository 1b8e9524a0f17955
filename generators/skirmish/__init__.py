"""Generators of maps to fight for."""

from __future__ import annotations

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.skirmish.knobs import KNOBS_DTYPE, flatten
from adaptarium.generators.skirmish.mirror import MIRROR

# The order numbers the generators inside kernels: append only.
GENERATORS = (MIRROR,)

generate = dispatch(GENERATORS)

__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
