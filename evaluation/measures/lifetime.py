"""A learner's life as l2metrics sees it, and its preprocessing.

l2metrics (Johns Hopkins APL, version 3.1.0; New et al., "Lifelong Learning Metrics",
arXiv:2201.08278) measures a sequence of *regimes*: a learning block of one task, or the evaluation
of one task between two learning blocks. A learning experience is what one point of a learning
block's curve stands for. Single-task experts learnt one task each, from scratch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.measures.record import Block, Evaluation, Record, Training
from adaptarium.evaluation.statistics import Floats

SMOOTHED_SHARE = 0.2
LONGEST_WINDOW = 100
CLAMPED = (0.1, 0.9)
SCALE, OFFSET = 100.0, 1.0


@dataclass(frozen=True, slots=True)
class Regime:
    """One task during one block.

    Attributes:
        task: The task.
        kind: Whether it was learnt or evaluated.
        values: Its performance, one a learning experience or evaluation; none where the learner
            did not tell how it did while it learnt.
        steps: The learning steps at which each was reached.
    """

    task: str
    kind: Literal["learning", "evaluation"]
    values: Floats
    steps: Floats


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The regimes of a life in order, and the single-task experts' curves by task."""

    regimes: tuple[Regime, ...]
    experts: Mapping[str, tuple[Floats, ...]]

    @property
    def tasks(self) -> list[str]:
        """Every task that was learnt or evaluated, in the order of first appearance."""
        return list(dict.fromkeys(regime.task for regime in self.regimes))

    def places(self, task: str, kind: Literal["learning", "evaluation"]) -> list[int]:
        """Where the regimes of a task are."""
        return [
            place
            for place, regime in enumerate(self.regimes)
            if regime.task == task and regime.kind == kind
        ]


def lifetime(record: Record, learner: str, seed: int) -> Lifetime:
    """The life of one learner under one seed.

    The evaluations that count are those at the beginning of the first block and at the end of each;
    those within a block are left out. Every expert of the same learner is taken, whatever its seed.
    """
    blocks = [b for b in record.blocks if _is_of(b, learner, seed)]
    regimes = _evaluations(record, learner, seed, blocks[0].begin) if blocks else []
    for block in blocks:
        points = [
            point
            for point in record.trainings
            if _is_of(point, learner, seed)
            and point.task == block.task
            and block.begin < point.step <= block.end
        ]
        regimes.append(_regime(block.task, "learning", points))
        regimes += _evaluations(record, learner, seed, block.end)
    tasks = {regime.task for regime in regimes}
    return Lifetime(tuple(regimes), _experts(record, learner, tasks))


def _is_of(line: Block | Evaluation | Training, learner: str, seed: int) -> bool:
    return line.role == "learner" and line.learner == learner and line.seed == seed


def _evaluations(record: Record, learner: str, seed: int, step: int) -> list[Regime]:
    found: dict[str, list[Evaluation]] = {}
    for point in record.evaluations:
        if _is_of(point, learner, seed) and point.step == step:
            found.setdefault(point.task, []).append(point)
    return [_regime(task, "evaluation", points) for task, points in found.items()]


def _regime(
    task: str,
    kind: Literal["learning", "evaluation"],
    points: Sequence[Evaluation] | Sequence[Training],
) -> Regime:
    values = np.array([point.score for point in points], np.float64)
    return Regime(task, kind, values, np.array([point.step for point in points], np.float64))


def _experts(record: Record, learner: str, tasks: set[str]) -> dict[str, tuple[Floats, ...]]:
    curves: dict[str, dict[int, list[float]]] = {}
    for point in record.trainings:
        if point.role == "expert" and point.learner == learner and point.task in tasks:
            curves.setdefault(point.task, {}).setdefault(point.seed, []).append(point.score)
    return {
        task: tuple(np.array(curve, np.float64) for _, curve in sorted(of_task.items()))
        for task, of_task in curves.items()
    }


def smooth(values: ArrayLike) -> Floats:
    """The moving average over a flat window, of the same length as ``values``.

    The window holds a fifth of the points, at most 100; below 3 nothing is smoothed. The ends are
    padded by reflection. As in l2metrics the average at a point covers ``(window - 2) // 2`` points
    after it; the others of the window are the point itself and those before it.

    Args:
        values: A curve, shape ``(n,)``.
    """
    curve = np.asarray(values, np.float64)
    window = min(int(len(curve) * SMOOTHED_SHARE), LONGEST_WINDOW)
    if window < 3:
        return curve
    padded = np.pad(curve, window - 1, mode="reflect")
    averages = np.convolve(np.full(window, 1.0 / window), padded, mode="valid")
    first = (window - 2) // 2
    return averages[first : first + len(curve)]


def preprocessed(life: Lifetime) -> Lifetime:
    """A life with its curves smoothed, its outliers clamped and its tasks on one scale.

    As l2metrics with ``clamp_outliers`` (its ``docs/data_preprocessing.md``), for each task:

    1. Every learning curve, the experts' too, is smoothed (:func:`smooth`); evaluations are not.
    2. All values are clamped to the 10th and 90th percentiles of the task's values, experts
       included.
    3. They are mapped linearly so that the least is 1 and the greatest 101: ratios do not explode.
       A task whose values are all equal becomes 1.
    """
    regimes = [
        replace(regime, values=smooth(regime.values)) if regime.kind == "learning" else regime
        for regime in life.regimes
    ]
    experts = {task: [smooth(curve) for curve in curves] for task, curves in life.experts.items()}
    scales = {
        task: _Scale.of(
            [regime.values for regime in regimes if regime.task == task] + experts.get(task, [])
        )
        for task in life.tasks
    }
    return Lifetime(
        tuple(replace(r, values=scales[r.task].apply(r.values)) for r in regimes),
        {task: tuple(map(scales[task].apply, curves)) for task, curves in experts.items()},
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def of(cls, curves: Sequence[Floats]) -> _Scale:
        low, high = np.quantile(np.concatenate(curves), CLAMPED)
        if not np.isfinite([low, high]).all():
            raise ScoreError("performance holds NaN or an infinity; expected finite numbers")
        return cls(float(low), float(high))

    def apply(self, values: Floats) -> Floats:
        if self.low == self.high:
            return np.full(len(values), OFFSET)
        clamped = np.clip(values, self.low, self.high)
        return (clamped - self.low) / (self.high - self.low) * SCALE + OFFSET
