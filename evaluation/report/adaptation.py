"""The section on adaptation: curves with the shifts marked, what each did, and every measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from adaptarium.evaluation.measures.record import Record, ShiftMark
from adaptarium.evaluation.measures.shift import ShiftSummary, over_seeds
from adaptarium.evaluation.measures.summary import (
    Measured,
    ShiftMeasured,
    curve,
    learners,
    life_measures,
    numbered,
    seeds_of,
    shift_measures,
)
from adaptarium.evaluation.report.curves import MAX_POINTS, Chart, Series, svg_path
from adaptarium.evaluation.report.formatting import Axis, axis, compact, padded
from adaptarium.evaluation.report.tables import NO_NUMBER, Estimate, agent_label, estimate
from adaptarium.evaluation.statistics import Floats, Interval

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
class Mark:
    """A shift on a chart: where it begins, and how far it reaches, in percent of the width."""

    name: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Bracket:
    """The drop and the recovery of one learner, in percent of the chart.

    ``level`` and ``bottom`` are heights from above; ``right`` is where it recovered, or was last
    looked at.
    """

    color: str
    left: float
    right: float
    level: float
    bottom: float
    recovered: bool
    text: str


@dataclass(frozen=True, slots=True)
class TaskChart:
    """The curves of one task, with its shifts and the spans in which it was learnt."""

    chart: Chart
    marks: tuple[Mark, ...]
    spans: tuple[tuple[float, float], ...]
    brackets: tuple[Bracket, ...]


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
    """The learners under one shift of one task."""

    title: str
    task: str
    rows: tuple[ShiftRow, ...]


@dataclass(frozen=True, slots=True)
class MeasureGroup:
    """The measures of one family: name, meaning, and an estimate a learner."""

    title: str
    rows: tuple[tuple[str, str, tuple[Estimate, ...]], ...]


@dataclass(frozen=True, slots=True)
class Adaptation:
    """The whole section."""

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
    charts = [_task_chart(record, task, shifts, colors) for task in tasks]
    return Adaptation(
        learners=tuple((agent_label(name), colors[name]) for name in names),
        seeds=max(len(seeds_of(record, name)) for name in names),
        charts=tuple(charts),
        shifts=_shift_groups(shifts, colors),
        measures=_measure_groups(life_measures(record), names),
    )


def _task_chart(
    record: Record, task: str, shifts: Sequence[ShiftMeasured], colors: Mapping[str, str]
) -> TaskChart:
    found = {name: _mean_curve(record, name, task) for name in learners(record)}
    shown = {name: points for name, points in found.items() if len(points)}
    every = np.concatenate(list(shown.values()))
    last = max(float(every[:, 0].max()), _last_step(record))
    x = axis(0.0, 1.01 * max(last, 1.0), 7, compact)
    low, high = min(0.0, float(every[:, 1:].min())), float(every[:, 1:].max())
    y = axis(*padded(low, high), pieces=6)
    series = tuple(_series(name, points, colors[name], x, y) for name, points in shown.items())
    marks = _marks_of(record, task)
    return TaskChart(
        chart=Chart(task, "learning steps", x, y, series),
        marks=tuple(_mark(mark, last, x) for mark in marks.values()),
        spans=_spans(record, task, x),
        brackets=tuple(
            _bracket(one, marks[one.shift, one.number], colors[one.learner], x, y)
            for one in shifts
            if one.task == task
        ),
    )


def _last_step(record: Record) -> float:
    return max((float(block.end) for block in record.blocks if block.role == "learner"), default=0)


def _mean_curve(record: Record, learner: str, task: str) -> Floats:
    """Step, mean over seeds, and its interval: shape ``(n, 4)``, steps that every seed has."""
    curves = [
        dict(zip(*curve(record, learner, seed, task), strict=True))
        for seed in seeds_of(record, learner)
    ]
    steps = sorted(set.intersection(*(set(one) for one in curves)))
    stride = max(1, -(-len(steps) // MAX_POINTS))
    kept = sorted({*steps[::stride], *steps[-1:]})
    rows = []
    for step in kept:
        at = over_seeds([one[step] for one in curves])
        rows.append((step, at.value, at.low, at.high))
    return np.array(rows, np.float64).reshape(-1, 4)


def _series(learner: str, points: Floats, color: str, x: Axis, y: Axis) -> Series:
    line = points[:, :2] if len(points) > 1 else np.repeat(points[:, :2], 2, axis=0)
    there, back = points[:, [0, 3]], points[::-1, [0, 2]]
    wide = bool((points[:, 3] > points[:, 2]).any())
    return Series(
        agent=agent_label(learner),
        color=color,
        line=f"M{svg_path(_pairs(line), x, y)}",
        band=f"M{svg_path(_pairs(np.concatenate([there, back])), x, y)}Z" if wide else "",
        final=f"{points[-1, 1]:.3g}",
    )


def _pairs(points: Floats) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in points]


def _marks_of(record: Record, task: str) -> dict[tuple[str, int], ShiftMark]:
    """The shifts of a task, each once: of lives that were shifted at other steps the first."""
    found: dict[tuple[str, int], ShiftMark] = {}
    for mark, number in numbered(record):
        if mark.task == task:
            found.setdefault((mark.name, number), mark)
    return found


def _mark(mark: ShiftMark, last: float, x: Axis) -> Mark:
    left = x.percent(mark.begin)
    return Mark(mark.name, left, x.percent(last if mark.end is None else mark.end) - left)


def _spans(record: Record, task: str, x: Axis) -> tuple[tuple[float, float], ...]:
    """Left and width of the blocks in which the task was learnt."""
    blocks = [b for b in record.blocks if b.task == task and b.role == "learner"]
    edges = dict.fromkeys((x.percent(b.begin), x.percent(b.end)) for b in blocks)
    return tuple((begin, round(end - begin, 3)) for begin, end in edges)


def _bracket(found: ShiftMeasured, mark: ShiftMark, color: str, x: Axis, y: Axis) -> Bracket:
    summary = found.summary
    level, drop = summary.level.value, summary.drop.value
    recovered = summary.recovered.value == 1
    time = compact(float(f"{summary.recovery_time.value:.3g}"))
    if summary.recovered.value == 0:
        outcome = f"not recovered in {time} steps"
    elif recovered:
        outcome = f"recovered in {time} steps"
    else:
        outcome = f"{summary.recovered.value:.0%} of seeds recovered"
    place = f"{mark.name}" if not found.number else f"{mark.name}, time {found.number + 1}"
    return Bracket(
        color=color,
        left=x.percent(mark.begin),
        right=x.percent(mark.begin + summary.recovery_time.value),
        level=round(100 - y.percent(level), 3),
        bottom=round(100 - y.percent(level - drop), 3),
        recovered=recovered,
        text=f"{agent_label(found.learner)}, {place}: drop {drop:.3g}, {outcome}",
    )


def _shift_groups(
    shifts: Sequence[ShiftMeasured], colors: Mapping[str, str]
) -> tuple[ShiftGroup, ...]:
    def which(one: ShiftMeasured) -> tuple[str, str, int]:
        return one.task, one.shift, one.number

    groups = []
    for (task, name, number), members in groupby(sorted(shifts, key=which), key=which):
        title = name if not number else f"{name}, time {number + 1}"
        rows = tuple(_shift_row(one.learner, one.summary, colors) for one in members)
        groups.append(ShiftGroup(title, task, rows))
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
