"""Aggregate statistics over runs and tasks with stratified bootstrap intervals.

The estimators are those of Agarwal et al., "Deep Reinforcement Learning at the Edge of the
Statistical Precipice" (NeurIPS 2021) and its library rliable: a score matrix has one row a run and
one column a task; the bootstrap resamples runs within each task, so that tasks are strata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adaptarium.envs.core.errors import ScoreError

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Maps score matrices ``(..., runs, tasks)`` to one number each, ``(...)``."""

# Resamples are drawn in blocks of at most this many numbers, so that memory stays below 64 MiB.
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its confidence interval."""

    value: float
    low: float
    high: float


def score_matrix(scores: ArrayLike) -> Floats:
    """``scores`` as a float64 matrix ``(runs, tasks)``; a vector is runs of a single task.

    Raises:
        ScoreError: The array is empty, has over two axes or holds NaN or an infinity.
    """
    matrix = np.asarray(scores, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or matrix.size == 0:
        raise ScoreError(f"scores have shape {matrix.shape}; expected (runs, tasks), both above 0")
    if not np.isfinite(matrix).all():
        raise ScoreError("scores hold NaN or an infinity; expected finite numbers")
    return matrix


def mean(scores: Floats) -> Floats:
    """The mean over runs and tasks."""
    return scores.mean(axis=(-2, -1))


def median(scores: Floats) -> Floats:
    """The median over tasks of each task's mean over runs."""
    return np.asarray(np.median(scores.mean(axis=-2), axis=-1))


def interquartile_mean(scores: Floats) -> Floats:
    """IQM: the mean of the middle half of all runs on all tasks together.

    Equal to ``scipy.stats.trim_mean(scores.ravel(), 0.25)``: a quarter of the values, rounded down,
    is cut at either end.
    """
    flat = np.sort(scores.reshape(*scores.shape[:-2], -1), axis=-1)
    cut = flat.shape[-1] // 4
    return flat[..., cut : flat.shape[-1] - cut].mean(axis=-1)


def optimality_gap(scores: Floats, gamma: float = 1.0) -> Floats:
    """How far the runs fall short of ``gamma`` on average.

    Equal to ``gamma - mean(min(score, gamma))``.
    """
    return gamma - np.minimum(scores, gamma).mean(axis=(-2, -1))


def percentile_interval(samples: Floats, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The percentile interval over axis 0 of bootstrap ``samples``."""
    if not 0.0 < confidence < 1.0:
        raise ScoreError(f"confidence {confidence} is not between 0 and 1, for example 0.95")
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(samples, [tail, 1.0 - tail], axis=0)
    return low, high


def check_resamples(resamples: int) -> None:
    """Refuse a number of bootstrap resamples below 1."""
    if resamples < 1:
        raise ScoreError(f"resamples is {resamples}; expected at least 1, for example 2000")


def blocks(resamples: int, size: int) -> Iterator[int]:
    """Split ``resamples`` draws of ``size`` numbers each into blocks that fit in memory."""
    check_resamples(resamples)
    step = max(1, _BLOCK // max(size, 1))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)


def _resampled(matrix: Floats, count: int, rng: np.random.Generator) -> Floats:
    """``count`` matrices whose runs are drawn with replacement, separately for each task."""
    runs, tasks = matrix.shape
    rows = rng.integers(runs, size=(count, runs, tasks))
    return matrix[rows, np.arange(tasks)]


def bootstrap_interval(
    scores: ArrayLike,
    statistic: Statistic = interquartile_mean,
    *,
    seed: int = 0,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """A statistic of a score matrix with its stratified bootstrap percentile interval.

    A percentile interval of few runs is too narrow: in simulations with 10 tasks one of nominally
    95 % covered the true IQM 94 % of the time with 20 runs, 93.5 % with 10, and 92 % with 5.

    Args:
        scores: Scores, shape ``(runs, tasks)``. With a single run the interval has no width.
        statistic: One of this module's statistics, or any that works over the last two axes.
        seed: Seed of the resampling; the same seed gives the same interval.
        resamples: Number of bootstrap resamples (rliable uses 50,000 for publication).
        confidence: Nominal coverage.

    Raises:
        ScoreError: ``scores`` is not a finite matrix, or an option is out of range.
    """
    matrix = score_matrix(scores)
    rng = np.random.default_rng(seed)
    samples = np.concatenate(
        [statistic(_resampled(matrix, n, rng)) for n in blocks(resamples, matrix.size)]
    )
    low, high = percentile_interval(samples, confidence)
    return Interval(float(statistic(matrix)), float(low), float(high))


def performance_profile(
    scores: ArrayLike,
    thresholds: ArrayLike,
    *,
    seed: int = 0,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> tuple[Floats, Floats, Floats]:
    """The share of runs that score above each threshold, over all tasks, with its band.

    Returns:
        ``(value, low, high)``, each of the length of ``thresholds``.
    """
    matrix = score_matrix(scores)
    taus = np.asarray(thresholds, dtype=np.float64).ravel()

    def profile(batch: Floats) -> Floats:
        flat = np.sort(batch.reshape(len(batch), -1), axis=1)
        above = [flat.shape[1] - np.searchsorted(row, taus, side="right") for row in flat]
        return np.asarray(above, dtype=np.float64) / flat.shape[1]

    rng = np.random.default_rng(seed)
    samples = np.concatenate(
        [profile(_resampled(matrix, n, rng)) for n in blocks(resamples, matrix.size)]
    )
    low, high = percentile_interval(samples, confidence)
    return profile(matrix[None])[0], low, high


def _win_rate(first: Floats, second: Floats) -> Floats:
    """Mean over tasks of Mann-Whitney's U / (n m); a tie counts one half."""
    x, y = first[..., :, None, :], second[..., None, :, :]
    wins = (x > y) + 0.5 * (x == y)
    return np.asarray(wins.mean(axis=(-3, -2, -1)))


def probability_of_improvement(
    first: ArrayLike,
    second: ArrayLike,
    *,
    seed: int = 0,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """How likely a run of ``first`` beats a run of ``second`` on a task drawn at random.

    The mean over tasks of the Mann-Whitney statistic U / (n m), where a tie counts one half. Both
    matrices are resampled, runs within tasks.

    Args:
        first: Scores, shape ``(n, tasks)``.
        second: Scores, shape ``(m, tasks)``, of the same tasks in the same order.
        seed: Seed of the resampling.
        resamples: Number of bootstrap resamples.
        confidence: Nominal coverage.

    Raises:
        ScoreError: The matrices are malformed or have different numbers of tasks.
    """
    x, y = score_matrix(first), score_matrix(second)
    if x.shape[1] != y.shape[1]:
        raise ScoreError(f"the first has {x.shape[1]} tasks and the second {y.shape[1]}")
    rng = np.random.default_rng(seed)
    size = x.shape[0] * y.shape[0] * x.shape[1]
    samples = np.concatenate(
        [_win_rate(_resampled(x, n, rng), _resampled(y, n, rng)) for n in blocks(resamples, size)]
    )
    low, high = percentile_interval(samples, confidence)
    return Interval(float(_win_rate(x, y)), float(low), float(high))
