"""Continual World's measures (Wołczyk et al., NeurIPS 2021, arXiv:2105.10919).

Each of ``N`` tasks is learnt once, one after the other, in intervals of equal length. In the paper
the performance ``p_i(t)`` is the success rate on task ``i`` at step ``t``, so that 1 is the best
there is; scores with 1 for the reference are read the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adaptarium.envs.core.errors import ScoreError

BEST = 1.0

Curve = tuple[ArrayLike, ArrayLike]
"""Steps, rising, and values, both of shape ``(n,)``."""


@dataclass(frozen=True, slots=True)
class ContinualWorld:
    """The measures of one life.

    Attributes:
        performance: The mean over tasks of the final performance.
        forgetting: F by task.
        forward_transfer: FT by task, for those with a baseline whose area is not the whole.
    """

    performance: float
    forgetting: Mapping[str, float]
    forward_transfer: Mapping[str, float]


def average_performance(final: ArrayLike) -> float:
    """P(T): ``1 / N * sum over i of p_i(T)``, T the end of the last task."""
    return float(np.mean(np.asarray(final, np.float64)))


def forgetting(learnt: float, final: float) -> float:
    """F_i: performance at the end of the task's own block minus that at the end of all."""
    return learnt - final


def area(steps: ArrayLike, values: ArrayLike, begin: float, end: float) -> float:
    """AUC: the mean of a curve from ``begin`` to ``end``, ``1 / Δ * ∫ p(t) dt``.

    By the trapezoidal rule; beyond its first and last points the curve is continued flat.

    Args:
        steps: When the curve was measured, rising, shape ``(n,)``.
        values: What it was, shape ``(n,)``.
        begin: Where the mean begins.
        end: Where it ends.

    Raises:
        ScoreError: the curve is empty, its steps do not rise or the span is empty.
    """
    times, levels = np.asarray(steps, np.float64), np.asarray(values, np.float64)
    if times.shape != levels.shape or times.ndim != 1 or not len(times):
        raise ScoreError(f"curve of shapes {times.shape} and {levels.shape}; expected points")
    if (np.diff(times) <= 0).any() or not end > begin:
        raise ScoreError(f"area from {begin} to {end}; expected rising steps and a span above 0")
    inner = times[(times > begin) & (times < end)]
    corners = np.concatenate([[begin], inner, [end]])
    return float(np.trapezoid(np.interp(corners, times, levels), corners) / (end - begin))


def forward_transfer(own: float, baseline: float) -> float | None:
    """FT_i: ``(AUC_i - AUC_i^b) / (1 - AUC_i^b)``, both areas over the steps of learning the task.

    Args:
        own: The area under the learner's curve while it learns the task.
        baseline: That of a single-task expert.

    Returns:
        The share of what was left to gain that earlier tasks gained; ``None`` where the baseline
        leaves nothing.
    """
    return (own - baseline) / (BEST - baseline) if baseline < BEST else None


def continual_world(
    curves: Mapping[str, Curve],
    spans: Sequence[tuple[str, float, float]],
    baselines: Mapping[str, Sequence[Curve]],
) -> ContinualWorld:
    """All measures of a life.

    A task that is learnt more than once is forgotten from the end of its last block on, and what
    was transferred to it shows in its first.

    Args:
        curves: For each task the steps and values of its evaluations.
        spans: Task, first and last step of each learning block, in order.
        baselines: For some tasks the single-task experts' steps, from 0, and evaluations; of
            several the mean area counts.
    """
    last = {task: end for task, _, end in spans}
    final = {task: float(np.asarray(curves[task][1])[-1]) for task in last}
    forgotten = {
        task: forgetting(_at(curves[task], end), final[task]) for task, end in last.items()
    }
    transfer = {}
    first = {task: (begin, end) for task, begin, end in reversed(spans)}
    for task in last:
        gain = _transfer(curves[task], *first[task], baselines.get(task, ()))
        if gain is not None:
            transfer[task] = gain
    return ContinualWorld(average_performance(list(final.values())), forgotten, transfer)


def _at(curve: Curve, step: float) -> float:
    """The curve at a step, on straight lines between its points."""
    steps, values = (np.asarray(part, np.float64) for part in curve)
    return float(np.interp(step, steps, values))


def _transfer(curve: Curve, begin: float, end: float, baselines: Sequence[Curve]) -> float | None:
    if not baselines:
        return None
    areas = [area(*baseline, 0.0, end - begin) for baseline in baselines]
    return forward_transfer(area(*curve, begin, end), float(np.mean(areas)))
