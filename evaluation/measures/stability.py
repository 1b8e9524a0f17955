"""Measures of the stability gap: continual evaluation of every task while one is learnt.

De Lange, van de Ven and Tuytelaars, "Continual evaluation for lifelong learning: identifying the
stability gap" (ICLR 2023, arXiv:2205.13452), in which performance is accuracy; here it is whatever
score the evaluations hold. Tasks are learnt one after the other, and ``A[i, t]`` is the performance
on task ``i`` at evaluation ``t``. A task's learning ends at the last evaluation of its block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.statistics import Floats

WINDOWS = (10, 100)
"""Consecutive evaluations of the windowed measures, as in the paper."""


@dataclass(frozen=True, slots=True)
class Stability:
    """The measures of one life.

    Attributes:
        minimum: min-ACC; ``None`` before a second task is learnt.
        worst_case: WC-ACC.
        forgetting: WF by window.
        plasticity: WP by window.
        average: ACC.
        forgotten: FORG; ``None`` before a second task is learnt.
    """

    minimum: float | None
    worst_case: float
    forgetting: dict[int, float]
    plasticity: dict[int, float]
    average: float
    forgotten: float | None


def stability(performance: ArrayLike, ends: Sequence[int]) -> Stability:
    """All measures, at the last evaluation.

    Args:
        performance: ``A``, shape ``(tasks, evaluations)``, tasks in the order in which they were
            learnt.
        ends: For each task the index of the evaluation at the end of its block, rising; the last
            is the last evaluation.

    Raises:
        ScoreError: the shapes do not fit, ``ends`` does not rise or a value is not finite.
    """
    curves = _curves(performance, ends)
    past = curves[:-1], list(ends[:-1])
    return Stability(
        minimum=minimum(*past) if len(past[0]) else None,
        worst_case=worst_case(curves, ends),
        forgetting={width: windowed_forgetting(curves, width) for width in WINDOWS},
        plasticity={width: windowed_plasticity(curves, width) for width in WINDOWS},
        average=float(curves[:, -1].mean()),
        forgotten=average_forgetting(*past) if len(past[0]) else None,
    )


def _curves(performance: ArrayLike, ends: Sequence[int]) -> Floats:
    curves = np.asarray(performance, np.float64)
    if curves.ndim != 2 or curves.size == 0 or len(ends) != len(curves):
        raise ScoreError(
            f"performance has shape {curves.shape} with {len(ends)} ends; "
            "expected (tasks, evaluations), both above 0, and an end for each task"
        )
    if not np.isfinite(curves).all():
        raise ScoreError("performance holds NaN or an infinity; expected finite numbers")
    if list(ends) != sorted(set(ends)) or ends[0] < 0 or ends[-1] != curves.shape[1] - 1:
        raise ScoreError(
            f"ends {list(ends)}; expected rising indices of which the last is "
            f"{curves.shape[1] - 1}, that of the last evaluation"
        )
    return curves


def minimum(curves: Floats, ends: Sequence[int]) -> float:
    """min-ACC: the mean over tasks of the least performance since the task was learnt.

    ``1 / (k - 1) * sum over i < k of min over t > end of i of A[i, t]``. Only tasks learnt before
    the current one belong in it.

    Args:
        curves: Shape ``(tasks, evaluations)``.
        ends: For each task the evaluation at the end of its block; those after it count.
    """
    return float(np.mean([curve[end + 1 :].min() for curve, end in zip(curves, ends, strict=True)]))


def worst_case(curves: Floats, ends: Sequence[int]) -> float:
    """WC-ACC: ``A[k, t] / k + (1 - 1 / k) * min-ACC``, with task ``k`` the last learnt of ``k``."""
    share = 1.0 / len(curves)
    current = share * float(curves[-1, -1])
    if len(curves) == 1:
        return current
    return current + (1.0 - share) * minimum(curves[:-1], ends[:-1])


def windowed_forgetting(curves: ArrayLike, width: int) -> float:
    """WF: the greatest drop within ``width`` consecutive evaluations, mean over tasks.

    For a task the maximum over windows of ``A[i, m] - A[i, n]`` with ``m < n`` in the window.

    Args:
        curves: Shape ``(tasks, evaluations)``.
        width: Evaluations in a window, at least 2; more than there are: one window of all.
    """
    return float(np.mean([_greatest_drop(curve, width) for curve in np.asarray(curves)]))


def windowed_plasticity(curves: ArrayLike, width: int) -> float:
    """WP: the greatest rise within ``width`` consecutive evaluations, mean over tasks."""
    return windowed_forgetting(-np.asarray(curves, np.float64), width)


def _greatest_drop(curve: Floats, width: int) -> float:
    if width < 2:
        raise ScoreError(f"window of {width} evaluations; expected at least 2, for example 10")
    lags = range(1, min(width, len(curve)))
    return max((float((curve[:-lag] - curve[lag:]).max()) for lag in lags), default=0.0)


def average_forgetting(curves: Floats, ends: Sequence[int]) -> float:
    """FORG: the mean over earlier tasks of performance when learnt minus performance now."""
    learnt = [curve[end] for curve, end in zip(curves, ends, strict=True)]
    return float(np.mean(np.array(learnt) - curves[:, -1]))


def learning_curve_area(curve: ArrayLike, beta: int) -> float:
    """LCA: the mean performance on a task over the first ``beta`` + 1 evaluations of its block.

    Chaudhry et al., "Efficient Lifelong Learning with A-GEM" (ICLR 2019): ``1 / (beta + 1) * sum
    over b = 0 .. beta of Z_b``, with ``Z_0`` before the first update. LCA of 0 is zero-shot
    performance.

    Raises:
        ScoreError: the curve has fewer evaluations.
    """
    values = np.asarray(curve, np.float64)
    if not 0 <= beta < len(values):
        raise ScoreError(f"LCA with beta {beta} of {len(values)} evaluations; expected fewer")
    return float(values[: beta + 1].mean())
