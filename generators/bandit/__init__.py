"""Generators of bandit instances."""

from __future__ import annotations

from adaptarium.generators.bandit.contextual import CONTEXTUAL
from adaptarium.generators.bandit.dynamical import DYNAMICAL
from adaptarium.generators.bandit.knobs import KNOBS_DTYPE, flatten
from adaptarium.generators.bandit.recharging import RECHARGING
from adaptarium.generators.bandit.restless import RESTLESS
from adaptarium.generators.bandit.stationary import BERNOULLI, GAUSSIAN
from adaptarium.generators.core.spec import dispatch

# The order numbers the generators inside kernels: append only.
GENERATORS = (BERNOULLI, GAUSSIAN, CONTEXTUAL, RESTLESS, RECHARGING, DYNAMICAL)

generate = dispatch(GENERATORS)

__all__ = ["GENERATORS", "KNOBS_DTYPE", "flatten", "generate"]
