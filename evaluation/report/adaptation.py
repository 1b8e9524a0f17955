"""The section on adaptation: curves with the shifts marked, what each did, and every measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from adaptarium.evaluation.measures.record import Record
from adaptarium.evaluation.measures.shift import ShiftSummary
from adaptarium.evaluation.measures.summary import (
    Measured,
    ShiftMeasured,
    learners,
    life_measures,
    seeds_of,
    shift_measures,
)
from adaptarium.evaluation.report.adaptation_charts import TaskChart, shift_chart, task_chart
from adaptarium.evaluation.report.tables import NO_NUMBER, Estimate, agent_label, estimate
from adaptarium.evaluation.statistics import Interval

MAX_SHIFT_CHARTS = 12
"""A shift that recurs a hundred times is told in the table; the first few are drawn."""

FAMILIES = {
    "lifelong": "Lifelong learning",
    "stability": "Stability gap",
    "continual world": "Continual World",
}
MEASURES = {
    "PM": "maintenance after learning, ↑",
    "PM terminal": "maintenance, from the end of learning, ↑",
    "FT ratio": "forward transfer, ratio, ↑",
    "FT contrast": "forward transfer, contrast, ↑",
    "BT ratio": "backward transfer, ratio, ↑",
    "BT contrast": "backward transfer, contrast, ↑",
    "RP": "performance relative to experts, ↑",
    "SE": "sample efficiency, ↑",
    "PR": "performance recovery, ↑",
    "MEP": "mean performance evaluated, ↑",
    "MTP": "mean performance in training, ↑",
    "min-ACC": "worst since learnt, earlier tasks, ↑",
    "WC-ACC": "worst case over all tasks, ↑",
    "WF 10": "greatest drop in 10 evaluations, ↓",
    "WF 100": "greatest drop in 100 evaluations, ↓",
    "WP 10": "greatest rise in 10 evaluations, ↑",
    "WP 100": "greatest rise in 100 evaluations, ↑",
    "ACC": "final average, ↑",
    "FORG": "average forgetting, ↓",
    "performance": "final average, ↑",
    "forgetting": "since the end of learning, ↓",
    "forward transfer": "of what experts leave to gain, ↑",
}


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """What one shift did to one learner."""

    learner: str
    color: str
    level: Estimate
    first_drop: Estimate
    drop: Estimate
    recovery: Estimate
    recovered: Estimate
    area: Estimate
    regret: Estimate
    success: Estimate
    seeds: int


@dataclass(frozen=True, slots=True)
class ShiftGroup:
    """The learners under one shift of one task, and their curves around it."""

    title: str
    task: str
    chart: TaskChart | None
    rows: tuple[ShiftRow, ...]


@dataclass(frozen=True, slots=True)
class MeasureGroup:
    """The measures of one family: name, meaning, and an estimate a learner."""

    title: str
    rows: tuple[tuple[str, str, tuple[Estimate, ...]], ...]


@dataclass(frozen=True, slots=True)
class Adaptation:
    """The whole section; ``learners`` are those with measures, and their colours."""

    learners: tuple[tuple[str, str], ...]
    seeds: int
    charts: tuple[TaskChart, ...]
    shifts: tuple[ShiftGroup, ...]
    measures: tuple[MeasureGroup, ...]


def adaptation(record: Record, colors: Mapping[str, str]) -> Adaptation | None:
    """The section of a record; ``None`` where nothing was evaluated.

    Args:
        record: The record of a results folder.
        colors: A CSS class for each learner.
    """
    names = learners(record)
    if not names:
        return None
    shifts = shift_measures(record)
    tasks = list(dict.fromkeys(p.task for p in record.evaluations if p.role == "learner"))
    charts = [task_chart(record, task, colors) for task in tasks]
    measures = life_measures(record)
    measured = [name for name in names if any(one.learner == name for one in measures)]
    return Adaptation(
        learners=tuple((agent_label(name), colors[name]) for name in measured),
        seeds=max(len(seeds_of(record, name)) for name in names),
        charts=tuple(chart for chart in charts if chart is not None),
        shifts=_shift_groups(record, shifts, colors),
        measures=_measure_groups(measures, measured),
    )


def _shift_groups(
    record: Record, shifts: Sequence[ShiftMeasured], colors: Mapping[str, str]
) -> tuple[ShiftGroup, ...]:
    def which(one: ShiftMeasured) -> tuple[str, str, int]:
        return one.task, one.shift, one.number

    groups: list[ShiftGroup] = []
    for (task, name, number), found in groupby(sorted(shifts, key=which), key=which):
        members = list(found)
        title = name if not number else f"{name}, time {number + 1}"
        rows = tuple(_shift_row(one.learner, one.summary, colors) for one in members)
        drawn = len(groups) < MAX_SHIFT_CHARTS
        chart = shift_chart(record, f"{title} in {task}", members, colors) if drawn else None
        groups.append(ShiftGroup(title, task, chart, rows))
    return tuple(groups)


def _shift_row(learner: str, found: ShiftSummary, colors: Mapping[str, str]) -> ShiftRow:
    def printed(value: Interval | None, decimals: int, unit: float = 1.0) -> Estimate:
        return _printed(value, found.seeds, decimals, unit)

    time = printed(found.recovery_time, 0)
    if found.recovered.value < 1:  # censored: at least as long
        time = Estimate(f"≥ {time.value}", time.interval)
    return ShiftRow(
        learner=agent_label(learner),
        color=colors[learner],
        level=printed(found.level, 3),
        first_drop=printed(found.first_drop, 3),
        drop=printed(found.drop, 3),
        recovery=time,
        recovered=printed(found.recovered, 0, 100.0),
        area=printed(found.area_lost, 0),
        regret=printed(found.regret, 0),
        success=printed(found.success, 0, 100.0),
        seeds=found.seeds,
    )


def _measure_groups(found: Sequence[Measured], names: Sequence[str]) -> tuple[MeasureGroup, ...]:
    by_place = {(one.family, one.measure, one.learner): one for one in found}
    groups = []
    for family, title in FAMILIES.items():
        known = {measure for of_family, measure, _ in by_place if of_family == family}
        rows = []
        for measure in (name for name in MEASURES if name in known):
            of_learners = [by_place.get((family, measure, name)) for name in names]
            cells = tuple(
                NO_NUMBER if one is None else _printed(one.value, one.seeds, 3)
                for one in of_learners
            )
            rows.append((measure, MEASURES[measure], cells))
        if rows:
            groups.append(MeasureGroup(title, tuple(rows)))
    return tuple(groups)


def _printed(found: Interval | None, seeds: int, decimals: int, unit: float = 1.0) -> Estimate:
    """An interval over seeds; without a second seed there is none."""
    if found is None:
        return NO_NUMBER
    text = estimate(found.value, found.low, found.high, decimals, unit)
    return text if seeds > 1 else Estimate(text.value, "")
