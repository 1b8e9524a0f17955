"""Adaptation curves: a task over a whole life, and around one shift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adaptarium.evaluation.measures.record import Record, ShiftMark
from adaptarium.evaluation.measures.shift import over_seeds
from adaptarium.evaluation.measures.summary import (
    ShiftMeasured,
    curve,
    followed_until,
    learners,
    numbered,
    seeds_of,
)
from adaptarium.evaluation.report.curves import MAX_POINTS, Chart, Series, svg_path
from adaptarium.evaluation.report.formatting import MINUS, Axis, axis, compact, fixed, padded
from adaptarium.evaluation.report.tables import agent_label
from adaptarium.evaluation.statistics import Floats

SHOWN_BEFORE = 0.3
"""How much of a shift's chart lies before it, of what lies under it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A shift on a chart: where it begins, in percent of the width."""

    name: str
    left: float


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


def task_chart(record: Record, task: str, colors: Mapping[str, str]) -> TaskChart | None:
    """The curves of a task over the whole life; ``None`` where no learner's seeds share a step."""
    found = {}
    for name in learners(record):
        points = _mean_curve([curve(record, name, seed, task) for seed in seeds_of(record, name)])
        if len(points):
            found[name] = points
    if not found:
        return None
    ends = [block.end for block in record.blocks if block.role == "learner"]
    last = max([1.0, *ends, *(float(points[-1, 0]) for points in found.values())])
    learning = {block.learner for block in record.blocks}
    for name, points in found.items():
        if name not in learning:  # it plays on as it is
            found[name] = np.concatenate([points, [[last, *points[-1, 1:]]]])
    chart = _chart(task, "learning steps", found, colors, (0.0, last))
    marks: dict[tuple[str, int], Mark] = {}
    for mark, number in numbered(record):
        if mark.task == task:  # of lives that were shifted at other steps the first
            marks.setdefault((mark.name, number), Mark(mark.name, chart.x.percent(mark.begin)))
    return TaskChart(chart, tuple(marks.values()), _spans(record, task, chart.x), ())


def shift_chart(
    record: Record, title: str, found: Sequence[ShiftMeasured], colors: Mapping[str, str]
) -> TaskChart | None:
    """The curves around one shift, over steps since it; ``None`` where seeds share no step.

    Args:
        record: The record.
        title: The chart's title.
        found: What the shift did to each learner.
        colors: A CSS class for each learner.
    """
    marks = {
        one.learner: [mark for mark, number in numbered(record) if _is_of(mark, number, one)]
        for one in found
    }
    reach = max(_reach(record, mark) for of_learner in marks.values() for mark in of_learner)
    first = -SHOWN_BEFORE * max(reach, 1.0)
    curves = {}
    for name, of_learner in marks.items():
        points = _mean_curve([_around(record, mark, first, reach) for mark in of_learner])
        if len(points):
            curves[name] = points
    if not curves:
        return None
    chart = _chart(title, "learning steps since the shift", curves, colors, (first, reach))
    return TaskChart(
        chart=chart,
        marks=(Mark(found[0].shift, chart.x.percent(0.0)),),
        spans=(),
        brackets=tuple(_bracket(one, colors[one.learner], chart.x, chart.y) for one in found),
    )


def _is_of(mark: ShiftMark, number: int, one: ShiftMeasured) -> bool:
    return (mark.learner, mark.task, mark.name, number) == (
        one.learner,
        one.task,
        one.shift,
        one.number,
    )


def _reach(record: Record, mark: ShiftMark) -> float:
    """For how many steps a shift is followed."""
    steps, _ = curve(record, mark.learner, mark.seed, mark.task)
    until = followed_until(record, mark)
    return (float(steps[-1]) if until is None else until) - mark.begin


def _around(record: Record, mark: ShiftMark, first: float, last: float) -> tuple[Floats, Floats]:
    """The curve of one life, over steps since the shift."""
    steps, values = curve(record, mark.learner, mark.seed, mark.task)
    since = steps - mark.begin
    shown = (since >= first) & (since <= last)
    return since[shown], values[shown]


def _mean_curve(curves: Sequence[tuple[Floats, Floats]]) -> Floats:
    """Step, mean over seeds, and its interval: shape ``(n, 4)``, at the steps that all have."""
    found = [dict(zip(steps.tolist(), values.tolist(), strict=True)) for steps, values in curves]
    steps = sorted(set.intersection(*(set(one) for one in found)))
    stride = max(1, -(-len(steps) // MAX_POINTS))
    rows = []
    for step in sorted({*steps[::stride], *steps[-1:]}):
        at = over_seeds([one[step] for one in found])
        rows.append((step, at.value, at.low, at.high))
    return np.array(rows, np.float64).reshape(-1, 4)


def _chart(
    title: str,
    xtitle: str,
    curves: Mapping[str, Floats],
    colors: Mapping[str, str],
    span: tuple[float, float],
) -> Chart:
    first, last = span
    every = np.concatenate(list(curves.values()))[:, 1:]
    # One percent more, so that a life that stops just short of a round number shows its tick.
    x = axis(first, last + 0.01 * (last - first), 7, compact)
    y = axis(*padded(min(0.0, float(every.min())), float(every.max())), pieces=6)
    series = tuple(_series(name, points, colors[name], x, y) for name, points in curves.items())
    return Chart(title, xtitle, x, y, series)


def _series(learner: str, points: Floats, color: str, x: Axis, y: Axis) -> Series:
    # A single point is drawn as a line of no length, which a round cap turns into a dot.
    line = points[:, :2] if len(points) > 1 else np.repeat(points[:, :2], 2, axis=0)
    there, back = points[:, [0, 3]], points[::-1, [0, 2]]
    wide = bool((points[:, 3] > points[:, 2]).any())
    return Series(
        agent=agent_label(learner),
        color=color,
        line=f"M{svg_path(_pairs(line), x, y)}",
        band=f"M{svg_path(_pairs(np.concatenate([there, back])), x, y)}Z" if wide else "",
        final=f"{points[-1, 1]:.3g}".replace("-", MINUS),
    )


def _pairs(points: Floats) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in points]


def _spans(record: Record, task: str, x: Axis) -> tuple[tuple[float, float], ...]:
    """Left and width of the blocks in which the task was learnt."""
    blocks = [b for b in record.blocks if b.task == task and b.role == "learner"]
    edges = dict.fromkeys((x.percent(b.begin), x.percent(b.end)) for b in blocks)
    return tuple((begin, round(end - begin, 3)) for begin, end in edges)


def _bracket(found: ShiftMeasured, color: str, x: Axis, y: Axis) -> Bracket:
    summary = found.summary
    level, drop = summary.level.value, summary.drop.value
    time = compact(float(f"{summary.recovery_time.value:.3g}"))
    if summary.recovered.value == 1:
        outcome = f"recovered in {time} steps"
    elif summary.recovered.value == 0:
        outcome = f"not recovered in {time} steps"
    else:
        outcome = f"{summary.recovered.value:.0%} of the seeds recovered"
    return Bracket(
        color=color,
        left=x.percent(0.0),
        right=x.percent(summary.recovery_time.value),
        level=round(100 - y.percent(level), 3),
        bottom=round(100 - y.percent(level - drop), 3),
        recovered=summary.recovered.value == 1,
        text=f"{agent_label(found.learner)}: drop {fixed(drop, 3)}, {outcome}",
    )
