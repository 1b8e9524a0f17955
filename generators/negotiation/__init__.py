"""Generators of domains to negotiate about."""

from __future__ import annotations

from adaptarium.generators.core.spec import dispatch
from adaptarium.generators.negotiation.issues import ISSUES
from adaptarium.generators.negotiation.knobs import KNOBS_DTYPE, flatten
from adaptarium.generators.negotiation.pool import POOL
from adaptarium.generators.negotiation.price import PRICE

# The order numbers the generators inside kernels: append only.
GENERATORS = (PRICE, ISSUES, POOL)

generate = dispatch(GENERATORS)

__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
