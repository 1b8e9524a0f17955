"""Generators of users and of what they are shown."""

from __future__ import annotations

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.market.feed import FEED
from adaptarium.generators.market.knobs import KNOBS_DTYPE, flatten

# The order numbers the generators inside kernels: append only.
GENERATORS = (FEED,)

generate = dispatch(GENERATORS)

__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
