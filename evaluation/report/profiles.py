"""Profiles over levels: on how large a share of the levels an agent scores above each threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from adaptarium.evaluation.report.curves import Chart, Series, svg_path
from adaptarium.evaluation.report.formatting import Axis, axis, percent
from adaptarium.evaluation.report.tables import agent_label, by_condition, condition_text
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.scores import score_levels
from adaptarium.evaluation.statistics import performance_profile

THRESHOLDS = np.linspace(0.0, 1.1, 111)
MIN_LEVELS = 10
"""Fewer levels make a staircase, not a profile."""


def _series(cells: Sequence[Cell], color: str, x: Axis, y: Axis) -> Series | None:
    """The profile of one agent or group under one condition, its runs and seeds together."""
    episodes = [episode for cell in cells for episode in cell.episodes]
    references = [level for cell in cells for level in cell.references]
    scores = [score for score in score_levels(episodes, references).values() if score is not None]
    if len(scores) < MIN_LEVELS:
        return None
    # Levels are what is resampled: each is a run of one task.
    value, low, high = performance_profile(np.array(scores)[:, None], THRESHOLDS)
    there = list(zip(THRESHOLDS, high, strict=True))
    back = list(zip(THRESHOLDS[::-1], low[::-1], strict=True))
    return Series(
        agent=agent_label(cells[0].player),
        color=color,
        line=f"M{svg_path(zip(THRESHOLDS, value, strict=True), x, y)}",
        band=f"M{svg_path(there + back, x, y)}Z",
        final="",
    )


def profile_charts(cells: Sequence[Cell], colors: Mapping[str, str]) -> list[Chart]:
    """One panel a condition with a curve an agent, where there are levels enough."""
    x = axis(0.0, float(THRESHOLDS[-1]), 6)
    y = axis(0.0, 1.0, 4, lambda share: percent(share, 0))
    charts = []
    for agents in by_condition(cells).values():
        found = [_series(of_agent, colors[agent], x, y) for agent, of_agent in agents.items()]
        series = tuple(curve for curve in found if curve is not None)
        if series:
            first = next(iter(agents.values()))[0]
            title = " · ".join((first.world, *condition_text(first)))
            charts.append(Chart(title, "score of a level above", x, y, series))
    return charts
