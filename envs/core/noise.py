"""Normal noise from addressed draws: one inverse distribution function on both targets.

Acklam's rational approximation (P. J. Acklam, *An algorithm for computing the inverse normal
cumulative distribution function*, 2003) has a relative error below 1.15e-9. Its middle part, 95 %
of all draws, is a quotient of polynomials; the tails take a logarithm and a root, on which the
targets differ by a unit in the last place.
"""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, bits_at, level_bits

# One bit less than a uniform number has: the middle of the last interval must stay below 1.
_S12 = np.uint64(12)
_TO_UNIT = 2.0**-52
_TAIL = 0.02425  # where the middle part ends


@kernel
def tail(p):
    """The quantile of a small probability."""
    q = math.sqrt(-2.0 * math.log(p))
    top = -7.784894002430293e-03 * q - 3.223964580411365e-01
    top = (top * q - 2.400758277161838) * q - 2.549732539343734
    top = (top * q + 4.374664141464968) * q + 2.938163982698783
    low = 7.784695709041462e-03 * q + 3.224671290700398e-01
    return top / (((low * q + 2.445134137142996) * q + 3.754408661907416) * q + 1.0)


@kernel
def middle(p):
    """The quantile of a probability that is not near 0 or 1."""
    q = p - 0.5
    r = q * q
    top = -3.969683028665376e01 * r + 2.209460984245205e02
    top = (top * r - 2.759285104469687e02) * r + 1.383577518672690e02
    top = (top * r - 3.066479806614716e01) * r + 2.506628277459239
    low = -5.447609879822406e01 * r + 1.615858368580409e02
    low = (low * r - 1.556989798598866e02) * r + 6.680131188771972e01
    return top * q / ((low * r - 1.328068155288572e01) * r + 1.0)


@kernel
def normal(bits):
    """64 random bits to a standard normal number, at most 8.3 from 0."""
    p = (np.float64(np.int64(bits >> _S12)) + 0.5) * _TO_UNIT
    if p < _TAIL:
        return tail(p)
    if p > 1.0 - _TAIL:
        return -tail(1.0 - p)
    return middle(p)


@kernel
def dynamics_normal(w, i, purpose, agent, k):
    """A standard normal number of the dynamics stream; its mean, 0, where a solver scripts chance.

    So a solver plays expected rewards. It is exact where noise enters rewards alone, and nothing
    branches on it.
    """
    if w.core[i].scripted:
        return 0.0
    where = address(purpose, agent, k)
    return normal(bits_at(w.core[i].key_dynamics, w.core[i].clock, where))


@kernel
def level_normal(w, i, purpose, k):
    """A standard normal number for generating the level of slot ``i``."""
    return normal(level_bits(w, i, purpose, k))
