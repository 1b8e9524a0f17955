"""Generators of creator markets."""

from __future__ import annotations

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.creators.knobs import KNOBS_DTYPE, flatten
from adaptarium.generators.creators.market import MARKET

# The order numbers the generators inside kernels: append only.
GENERATORS = (MARKET,)

generate = dispatch(GENERATORS)

__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
