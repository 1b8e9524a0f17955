"""Lifelong-learning metrics, as l2metrics 3.1.0 computes them (New et al., arXiv:2201.08278).

All are functions of a :class:`~adaptarium.evaluation.measures.lifetime.Lifetime`; l2metrics'
figures are those of a preprocessed one. In the formulas TP is the terminal performance of a regime.
The lifetime's figure of a metric is the mean over its tasks, or pairs of tasks, that have one. Two
things differ, and only where l2metrics depends on its log: the slope in SE is taken over learning
steps, not over a count that includes evaluations; and where several blocks lie between two
evaluations of a task, transfer is given for each of them, not for the last alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from adaptarium.evaluation.measures.lifetime import Lifetime, Regime, smooth
from adaptarium.evaluation.statistics import Floats

TERMINAL_SHARE = 0.1
"""The last share of a learning block that its terminal performance is the mean of."""

LEAST_SATURATION = 0.2
"""A learner that saturates below this share of the expert has a sample efficiency of 0."""

Pair = tuple[str, str]
"""The task that was learnt, and the task that was evaluated."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer between pairs of tasks, a value a learning block that counts.

    Attributes:
        ratio: TP after / TP before; without pairs whose TP before is 0.
        contrast: (after - before) / (after + before); without pairs whose sum is 0.
    """

    ratio: Mapping[Pair, tuple[float, ...]]
    contrast: Mapping[Pair, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Lifelong:
    """The metrics of a lifetime, each by task (transfer: by pair); a task without one is missing.

    Attributes:
        maintenance: PM against the most recent evaluation after learning (MRLEP).
        maintenance_terminal: PM against the most recent terminal learning performance (MRTLP).
        forward: FT.
        backward: BT.
        relative: RP.
        efficiency: SE.
        recovery: PR.
        evaluation: MEP.
        training: MTP.
    """

    maintenance: Mapping[str, float]
    maintenance_terminal: Mapping[str, float]
    forward: Transfer
    backward: Transfer
    relative: Mapping[str, float]
    efficiency: Mapping[str, float]
    recovery: Mapping[str, float]
    evaluation: Mapping[str, float]
    training: Mapping[str, float]

    def lifetime(self) -> dict[str, float]:
        """The figure of each metric over the lifetime; of a pair of tasks the first value counts.

        Metrics that no task has are missing.
        """
        by_task: dict[str, Mapping[str, float]] = {
            "PM": self.maintenance,
            "PM terminal": self.maintenance_terminal,
            "RP": self.relative,
            "SE": self.efficiency,
            "PR": self.recovery,
            "MEP": self.evaluation,
            "MTP": self.training,
        }
        values = {name: list(found.values()) for name, found in by_task.items()}
        for name, transfer in (("FT", self.forward), ("BT", self.backward)):
            values[f"{name} ratio"] = [found[0] for found in transfer.ratio.values()]
            values[f"{name} contrast"] = [found[0] for found in transfer.contrast.values()]
        return {name: float(np.mean(found)) for name, found in values.items() if found}


def lifelong(life: Lifetime) -> Lifelong:
    """All metrics of a life."""
    return Lifelong(
        maintenance=performance_maintenance(life),
        maintenance_terminal=performance_maintenance(life, "terminal"),
        forward=forward_transfer(life),
        backward=backward_transfer(life),
        relative=relative_performance(life),
        efficiency=sample_efficiency(life),
        recovery=performance_recovery(life),
        evaluation=_mean_performance(life, "evaluation"),
        training=_mean_performance(life, "learning"),
    )


def terminal_performance(regime: Regime) -> float:
    """TP: the mean of the last tenth of a learning block's values, or of all of an evaluation's.

    The tenth begins at index ``floor(0.9 n)``.
    """
    if regime.kind == "evaluation":
        return float(regime.values.mean())
    return float(regime.values[int((1 - TERMINAL_SHARE) * len(regime.values)) :].mean())


def saturation(curve: ArrayLike) -> tuple[float, int]:
    """The maximum of the smoothed curve, and the index at which it is first reached."""
    smoothed = smooth(curve)
    place = int(np.argmax(smoothed))
    return float(smoothed[place]), place


def performance_maintenance(
    life: Lifetime, reference: Literal["evaluation", "terminal"] = "evaluation"
) -> dict[str, float]:
    """PM: the mean over a task's later evaluations of TP minus the reference.

    The reference is the TP of the first evaluation after the most recent block in which the task
    was learnt (``"evaluation"``, MRLEP), or that block's own (``"terminal"``, MRTLP). Those first
    evaluations themselves do not count. 0: nothing is forgotten; negative: forgetting.
    """
    found = {}
    for task in life.tasks:
        learnt = life.places(task, "learning")
        evaluated = life.places(task, "evaluation")
        firsts = [next((e for e in evaluated if e > block), None) for block in learnt]
        known = [first for first in firsts if first is not None]
        changes = []
        for place in evaluated:
            if place in known or not any(first < place for first in known):
                continue
            past = known if reference == "evaluation" else learnt
            before = [earlier for earlier in past if earlier < place][-1]
            if len(life.regimes[before].values):
                changes.append(_tp(life, place) - _tp(life, before))
        if changes:
            found[task] = float(np.mean(changes))
    return found


def forward_transfer(life: Lifetime) -> Transfer:
    """FT: how learning one task changes another that has not been learnt yet."""
    return _transfer(life, forward=True)


def backward_transfer(life: Lifetime) -> Transfer:
    """BT: how learning one task changes another that was learnt before."""
    return _transfer(life, forward=False)


def _transfer(life: Lifetime, forward: bool) -> Transfer:
    ratio: dict[Pair, list[float]] = {}
    contrast: dict[Pair, list[float]] = {}
    for learnt in life.tasks:
        for other in life.tasks:
            if other == learnt:
                continue
            for before, after in _across(life, learnt, other, forward):
                if before != 0:
                    ratio.setdefault((learnt, other), []).append(after / before)
                if before + after != 0:
                    change = (after - before) / (after + before)
                    contrast.setdefault((learnt, other), []).append(change)
    return Transfer(
        {pair: tuple(values) for pair, values in ratio.items()},
        {pair: tuple(values) for pair, values in contrast.items()},
    )


def _across(life: Lifetime, learnt: str, other: str, forward: bool) -> list[tuple[float, float]]:
    """TP of ``other`` before and after each block of ``learnt`` that counts."""
    own = life.places(other, "learning")
    first = own[0] if own else len(life.regimes)
    evaluated = life.places(other, "evaluation")
    return [
        (_tp(life, before), _tp(life, after))
        for block in life.places(learnt, "learning")
        if (block < first) == forward
        for before, after in pairwise(evaluated)
        if before < block < after
    ]


def relative_performance(life: Lifetime) -> dict[str, float]:
    """RP: the area under a task's learning curve over that of the single-task expert.

    The curves of all blocks of the task are joined; both areas are sums over the first ``n``
    experiences, ``n`` the lesser number. With several experts the mean of their ratios.
    """
    found = {}
    for task, experts in life.experts.items():
        curve, _ = _joined(life, task)
        if len(curve):
            ratios = [_area(curve, expert) / _area(expert, curve) for expert in experts]
            found[task] = float(np.mean(ratios))
    return found


def _area(curve: Floats, other: Floats) -> float:
    return float(curve[: len(other)].sum())


def sample_efficiency(life: Lifetime) -> dict[str, float]:
    """SE: (saturation / the expert's) * (the expert's experiences to saturation / the learner's).

    0 where the saturation is below a fifth of the expert's, or the learning curve falls over its
    steps. A learner or an expert that is best at its first experience has none. With several
    experts the mean.
    """
    found = {}
    for task, experts in life.experts.items():
        curve, steps = _joined(life, task)
        if not len(curve):
            continue
        best, time = saturation(curve)
        falls = len(curve) > 1 and bool(np.polyfit(steps, curve, 1)[0] < 0)
        values = []
        for expert in experts:
            expert_best, expert_time = saturation(expert)
            if time == 0 or expert_time == 0:
                continue
            poor = falls or best < LEAST_SATURATION * expert_best
            values.append(0.0 if poor else best / expert_best * (expert_time / time))
        if values:
            found[task] = float(np.mean(values))
    return found


def recovery_times(life: Lifetime, task: str) -> list[int]:
    """For each block but the first: experiences until it reaches the TP of the one before.

    One more than the block has experiences where it does not.
    """
    blocks = _told(life, task, "learning")
    times = []
    for before, block in pairwise(blocks):
        values = life.regimes[block].values
        there = np.flatnonzero(values >= _tp(life, before))
        times.append(int(there[0]) if len(there) else len(values) + 1)
    return times


def performance_recovery(life: Lifetime) -> dict[str, float]:
    """PR: minus the Theil-Sen slope of a task's recovery times; it needs two of them.

    Positive: the task is regained faster and faster.
    """
    times = {task: recovery_times(life, task) for task in life.tasks}
    return {
        task: float(-stats.theilslopes(found)[0]) for task, found in times.items() if len(found) > 1
    }


def _mean_performance(life: Lifetime, kind: Literal["learning", "evaluation"]) -> dict[str, float]:
    """MTP or MEP: the mean over a task's regimes of their mean performance."""
    places = {task: _told(life, task, kind) for task in life.tasks}
    return {
        task: float(np.mean([life.regimes[place].values.mean() for place in found]))
        for task, found in places.items()
        if found
    }


def _told(life: Lifetime, task: str, kind: Literal["learning", "evaluation"]) -> list[int]:
    """The places of a task's regimes whose performance is known."""
    return [place for place in life.places(task, kind) if len(life.regimes[place].values)]


def _tp(life: Lifetime, place: int) -> float:
    return terminal_performance(life.regimes[place])


def _joined(life: Lifetime, task: str) -> tuple[Floats, Floats]:
    """The learning curves of all blocks of a task as one, and their steps."""
    blocks = [life.regimes[place] for place in life.places(task, "learning")]
    if not blocks:
        return np.zeros(0), np.zeros(0)
    values = np.concatenate([block.values for block in blocks])
    return values, np.concatenate([block.steps for block in blocks])
