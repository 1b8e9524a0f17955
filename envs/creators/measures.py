"""Measures of creator markets on arrays: the formulas behind the world's measures, and for logs.

Exposure Gini and content entropy are as in ``envs.market.measures``; a family imports no other, so
the kernels of each have their own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def jensen_shannon(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """The Jensen-Shannon divergence of two distributions, in bits: 0 for equal ones, 1 at most.

    ``H((p + q) / 2) - (H(p) + H(q)) / 2`` (Lin, IEEE Transactions on Information Theory 37, 1991):
    CreAgent's measure of how close a simulated market is to logged behaviour.

    Args:
        p: (n,) counts or shares; they are divided by their sum.
        q: (n,) the same.
    """
    one, other = (np.asarray(values, float) for values in (p, q))
    if one.sum() <= 0 or other.sum() <= 0:
        return 0.0
    one, other = one / one.sum(), other / other.sum()
    return max(_entropy((one + other) / 2) - (_entropy(one) + _entropy(other)) / 2, 0.0)


def _entropy(p: npt.NDArray[np.float64]) -> float:
    shares = p[p > 0]
    return float(-(shares * np.log2(shares)).sum())


def least_share(exposures: npt.ArrayLike) -> float:
    """The least exposure of a creator as a share of the mean one: 1 where all have the same.

    The max-min fairness that P-MMF (Xu et al., WWW 2023) raises, with equal merits.
    """
    x = np.asarray(exposures, float)
    return float(x.min() / x.mean()) if x.sum() > 0 else 0.0
