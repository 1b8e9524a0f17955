"""Re-rankers: from scores and likeness to slates that do not show the same thing twice.

All work on many lists at once. ``scores`` is (n, candidates), ``likeness`` (n, candidates,
candidates) in [0, 1] with ones on its diagonal, ``kinds`` (n, candidates) whole numbers; the answer
is (n, places) candidates, best first. What scores ``NEVER`` is shown where nothing else is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
NEVER = -1e9


def plain(scores: Floats, places: int) -> Integers:
    """The candidates with the highest scores."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :places]


def mmr(scores: Floats, likeness: Floats, places: int, weight: float = 0.5) -> Integers:
    """Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Place by place the candidate with the highest ``weight * score - (1 - weight) * m``, where ``m``
    is its highest likeness to what was picked before, 0 for the first.

    Args:
        scores: Relevance.
        likeness: Of candidates to each other.
        places: Of a slate.
        weight: 1 is relevance alone.
    """
    chosen, closest = [], np.zeros_like(scores)
    rows, open_ = np.arange(len(scores)), np.ones(scores.shape, bool)
    for _ in range(places):
        picked = _best(weight * scores - (1.0 - weight) * closest, open_)
        chosen.append(picked)
        open_[rows, picked] = False
        closest = np.maximum(closest, likeness[rows, picked])
    return np.stack(chosen, axis=1)


def apdr(scores: Floats, kinds: Integers, places: int, weight: float = 0.5) -> Integers:
    """CreAgent's APDR: what adds to a kind that was picked seldom is worth more.

    Place by place the highest ``weight * score + (1 - weight) * (log2(2 + c) - log2(1 + c))``, with
    ``c`` the picked candidates of the same kind (CreAgent's programs, arXiv 2502.07307).

    Args:
        scores: Relevance.
        kinds: Kind of each candidate.
        places: Of a slate.
        weight: 1 is relevance alone.
    """
    chosen, counts = [], np.zeros_like(scores)
    rows, open_ = np.arange(len(scores)), np.ones(scores.shape, bool)
    for _ in range(places):
        gain = np.log2(2.0 + counts) - np.log2(1.0 + counts)
        picked = _best(weight * scores + (1.0 - weight) * gain, open_)
        chosen.append(picked)
        open_[rows, picked] = False
        counts = counts + (kinds == kinds[rows, picked][:, None])
    return np.stack(chosen, axis=1)


def dpp(scores: Floats, likeness: Floats, places: int, sharpness: float = 1.0) -> Integers:
    """The greedy slate of highest determinant (Chen, Zhang & Zhou, NeurIPS 2018).

    The kernel is ``L = diag(r) S diag(r)`` with ``r = exp(sharpness * score / 2)`` and the likeness
    ``S``; place by place the candidate that most enlarges ``det L`` of the picked ones, by their
    Cholesky update. Where nothing enlarges it any more, as more candidates than kinds are asked
    for, the highest scores follow.

    Args:
        scores: Relevance.
        likeness: Of candidates to each other; positive semidefinite.
        places: Of a slate.
        sharpness: How much relevance counts beside diversity.
    """
    n, size = scores.shape
    rows, open_ = np.arange(n), np.ones(scores.shape, bool)
    left = np.ones((n, size))  # of each candidate, what the picked ones do not span
    factors: Any = np.zeros((n, size, 0))
    chosen = []
    for _ in range(places):
        spans = left > 1e-9
        gains = np.where(spans, np.log(np.maximum(left, 1e-9)) + sharpness * scores, NEVER + scores)
        picked = _best(gains, open_)
        chosen.append(picked)
        open_[rows, picked] = False
        root = np.sqrt(np.maximum(left[rows, picked], 1e-12))
        shared = np.einsum("ncf,nf->nc", factors, factors[rows, picked])
        column = np.where(
            spans[rows, picked][:, None], (likeness[rows, picked] - shared) / root[:, None], 0.0
        )
        factors = np.concatenate([factors, column[:, :, None]], axis=2)
        left = np.maximum(left - column**2, 0.0)
    return np.stack(chosen, axis=1)


def _best(values: Floats, open_: npt.NDArray[np.bool_]) -> Integers:
    """(n,) the open candidate of the highest value, the first of equal ones."""
    return np.where(open_, values, -np.inf).argmax(axis=1)
