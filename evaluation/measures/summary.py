"""Every measure of a record: by learner, with intervals over its seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.measures.continual_world import continual_world
from adaptarium.evaluation.measures.lifelong import lifelong
from adaptarium.evaluation.measures.lifetime import lifetime, preprocessed
from adaptarium.evaluation.measures.record import Record, Role, ShiftMark
from adaptarium.evaluation.measures.shift import (
    WINDOW,
    ShiftEffect,
    ShiftSummary,
    over_seeds,
    shift_effect,
    summarise_effects,
)
from adaptarium.evaluation.measures.stability import stability
from adaptarium.evaluation.statistics import Floats, Interval
from adaptarium.wrappers.spec import Success


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one learner.

    Attributes:
        learner: The learner.
        family: ``"lifelong"``, ``"stability"`` or ``"continual world"``.
        measure: Its name in that family.
        value: The mean over seeds and its interval.
        seeds: The seeds that have it.
    """

    learner: str
    family: str
    measure: str
    value: Interval
    seeds: int


@dataclass(frozen=True, slots=True)
class ShiftMeasured:
    """What one shift of one task did to one learner; ``number`` tells recurrences apart, from 0."""

    learner: str
    task: str
    shift: str
    number: int
    summary: ShiftSummary


def learners(record: Record) -> list[str]:
    """The learners of a record, in the order of their names."""
    return sorted({point.learner for point in record.evaluations if point.role == "learner"})


def seeds_of(record: Record, learner: str) -> list[int]:
    """The seeds of a learner's lives."""
    points = record.evaluations
    return sorted({p.seed for p in points if p.learner == learner and p.role == "learner"})


def curve(
    record: Record, learner: str, seed: int, task: str, role: Role = "learner"
) -> tuple[Floats, Floats]:
    """Steps and scores of a task's evaluations."""
    points = [
        (point.step, point.score)
        for point in record.evaluations
        if (point.learner, point.seed, point.task, point.role) == (learner, seed, task, role)
    ]
    steps, scores = np.array(points, np.float64).reshape(-1, 2).T
    return steps, scores


def life_measures(record: Record) -> list[Measured]:
    """The measures of whole lives; those that a record does not allow are missing.

    Lifelong-learning metrics need evaluations at the edges of blocks; RP and SE experts' training,
    PR and MTP the learner's. Those of the stability gap need evaluations of all tasks at the same
    steps, and Continual World's forward transfer experts' evaluations.
    """
    found = []
    for learner in learners(record):
        for family, measure in _FAMILIES.items():
            values: dict[str, list[float]] = {}
            for seed in seeds_of(record, learner):
                for name, value in measure(record, learner, seed).items():
                    values.setdefault(name, []).append(value)
            found += [
                Measured(learner, family, name, over_seeds(of_seeds), len(of_seeds))
                for name, of_seeds in values.items()
            ]
    return found


def _lifelong(record: Record, learner: str, seed: int) -> dict[str, float]:
    life = lifetime(record, learner, seed)
    return lifelong(preprocessed(life)).lifetime() if life.regimes else {}


def _spans(record: Record, learner: str, seed: int) -> list[tuple[str, float, float]]:
    return [
        (block.task, block.begin, block.end)
        for block in record.blocks
        if (block.learner, block.seed, block.role) == (learner, seed, "learner")
    ]


def _stability(record: Record, learner: str, seed: int) -> dict[str, float]:
    """Tasks in the order of their last blocks; one that is learnt again counts from the last."""
    last = {task: end for task, _, end in _spans(record, learner, seed)}
    tasks = sorted(last, key=lambda task: last[task])
    curves = {task: dict(zip(*curve(record, learner, seed, task), strict=True)) for task in tasks}
    shared = set.intersection(*map(set, curves.values())) if curves else set()
    steps = np.array(sorted(step for step in shared if step <= max(last.values())))
    if not len(steps) or any(end not in shared for end in last.values()):
        return {}
    found = stability(
        np.array([[curves[task][step] for step in steps] for task in tasks]),
        [int(np.searchsorted(steps, last[task])) for task in tasks],
    )
    named = {
        "min-ACC": found.minimum,
        "WC-ACC": found.worst_case,
        **{f"WF {width}": value for width, value in found.forgetting.items()},
        **{f"WP {width}": value for width, value in found.plasticity.items()},
        "ACC": found.average,
        "FORG": found.forgotten,
    }
    return {name: value for name, value in named.items() if value is not None}


def _continual_world(record: Record, learner: str, seed: int) -> dict[str, float]:
    spans = _spans(record, learner, seed)
    tasks = list(dict.fromkeys(task for task, _, _ in spans))
    curves = {task: curve(record, learner, seed, task) for task in tasks}
    if not spans or any(not len(steps) for steps, _ in curves.values()):
        return {}
    found = continual_world(curves, spans, {t: _baselines(record, learner, t) for t in tasks})
    values = {
        "performance": [found.performance],
        "forgetting": list(found.forgetting.values()),
        "forward transfer": list(found.forward_transfer.values()),
    }
    return {name: float(np.mean(of_tasks)) for name, of_tasks in values.items() if of_tasks}


def _baselines(record: Record, learner: str, task: str) -> list[tuple[Floats, Floats]]:
    seeds = _seeds(record, learner, task, "expert")
    return [curve(record, learner, seed, task, "expert") for seed in seeds]


def _seeds(record: Record, learner: str, task: str, role: Role) -> list[int]:
    wanted = (learner, task, role)
    return sorted({p.seed for p in record.evaluations if (p.learner, p.task, p.role) == wanted})


_FAMILIES: Mapping[str, Callable[[Record, str, int], dict[str, float]]] = {
    "lifelong": _lifelong,
    "stability": _stability,
    "continual world": _continual_world,
}


def shift_measures(record: Record) -> list[ShiftMeasured]:
    """The effect of every shift of a record; without evaluations on both sides it is missing."""
    effects: dict[tuple[str, str, str, int], list[ShiftEffect]] = {}
    for mark, number in numbered(record):
        effect = effect_of(record, mark)
        if effect is not None:
            key = (mark.learner, mark.task, mark.name, number)
            effects.setdefault(key, []).append(effect)
    return [ShiftMeasured(*key, summarise_effects(found)) for key, found in effects.items()]


def numbered(record: Record) -> list[tuple[ShiftMark, int]]:
    """The learners' shifts, each with its place among those of the same name in the same life."""
    counts: dict[tuple[Any, ...], int] = {}
    found = []
    for mark in record.shifts:
        if mark.role == "learner":
            key = (mark.learner, mark.seed, mark.task, mark.name)
            counts[key] = counts.get(key, -1) + 1
            found.append((mark, counts[key]))
    return found


def effect_of(record: Record, mark: ShiftMark) -> ShiftEffect | None:
    """What one shift did to one life; ``None`` without evaluations before and under it.

    It is followed until it ends, the task is shifted again or the block that it began in is over.
    Regret is measured against the final level of the references that were retrained on the shifted
    task, where there are any.
    """
    steps, values = curve(record, mark.learner, mark.seed, mark.task)
    try:
        return shift_effect(
            (steps, values),
            mark.begin,
            followed_until(record, mark),
            success=None if mark.success is None else Success.model_validate(mark.success),
            reference=_retrained(record, mark),
        )
    except ScoreError:
        return None


def followed_until(record: Record, mark: ShiftMark) -> float | None:
    """The last step at which a shift is followed; ``None``: to the end of the record."""
    own = (mark.learner, mark.seed, mark.role)
    ends: list[float] = [] if mark.end is None else [mark.end - 1]
    ends += [
        other.begin - 1
        for other in record.shifts
        if (other.learner, other.seed, other.role) == own
        and other.task == mark.task
        and other.begin > mark.begin
    ]
    ends += [
        block.end
        for block in record.blocks
        if (block.learner, block.seed, block.role) == own and block.begin <= mark.begin < block.end
    ]
    return min(ends, default=None)


def _retrained(record: Record, mark: ShiftMark) -> tuple[list[float], list[float]] | None:
    """The level that learning the shifted task from scratch ends with."""
    finals = [
        curve(record, mark.learner, seed, mark.task, "retrained")[1][-WINDOW:].mean()
        for seed in _seeds(record, mark.learner, mark.task, "retrained")
    ]
    return ([0.0], [float(np.mean(finals))]) if finals else None
