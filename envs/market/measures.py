"""Measures of what a recommender shows, on arrays: the formulas behind the world's measures.

All are plain functions of counts, for logs and for tests; the kernels keep the same figures.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def gini(exposures: npt.ArrayLike) -> float:
    """The Gini coefficient: 0 where all have the same, towards 1 where one has all.

    ``sum |x_i - x_j| / (2 n^2 mean(x))`` over all ordered pairs (Gini, 1912; of exposures in
    recommendation: Fleder & Hosanagar, Management Science 55, 2009).

    Args:
        exposures: (n,) how often each item or creator was shown.
    """
    x = np.sort(np.asarray(exposures, float))
    n, total = len(x), float(x.sum())
    if n == 0 or total <= 0.0:
        return 0.0
    ranks = np.arange(1, n + 1)
    return float((2.0 * ranks - n - 1.0) @ x / (n * total))


def content_entropy(shown: npt.ArrayLike) -> float:
    """The Shannon entropy of what was shown over the kinds of content, as a share of the most.

    ``-sum p_g ln p_g / ln G`` (Shannon, 1948; Pielou's evenness, 1966).

    Args:
        shown: (G,) how often each kind was shown.
    """
    counts = np.asarray(shown, float)
    if len(counts) < 2 or counts.sum() <= 0:
        return 0.0
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum() / np.log(len(counts)))


def intra_list_diversity(kinds: npt.ArrayLike) -> float:
    """The share of pairs of one list that differ in kind: 1 where no two are alike.

    The average dissimilarity of all pairs (Smyth & McClave, ICCBR 2001; Ziegler et al., WWW 2005),
    with a dissimilarity of 1 between kinds.

    Args:
        kinds: (k,) the kind of each item of the list.
    """
    listed = np.asarray(kinds)
    if len(listed) < 2:
        return 0.0
    first, second = np.triu_indices(len(listed), 1)
    return float((listed[first] != listed[second]).mean())
