"""The section on several worlds: aggregate scores, performance profiles and who beats whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adaptarium.evaluation.aggregates import (
    THRESHOLDS,
    AgentAggregate,
    Aggregate,
    Improvement,
    aggregate,
    fewer_runs,
)
from adaptarium.evaluation.report.curves import Chart, Series
from adaptarium.evaluation.report.formatting import Axis, axis, fixed, percent
from adaptarium.evaluation.report.tables import (
    Estimate,
    agent_label,
    estimate,
    runs_text,
    shift_text,
)
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.statistics import Floats, Interval


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """One agent over several worlds."""

    agent: str
    color: str
    runs: str
    iqm: Estimate
    median: Estimate
    mean: Estimate
    gap: Estimate


@dataclass(frozen=True, slots=True)
class ImprovementRow:
    """How likely a run of one agent beats a run of another."""

    first: str
    second: str
    probability: Estimate


@dataclass(frozen=True, slots=True)
class AggregateTable:
    """The agents that played every world under one split and shift."""

    title: str
    worlds: tuple[str, ...]
    rows: tuple[AggregateRow, ...]
    profile: Chart
    improvements: tuple[ImprovementRow, ...]


def aggregate_tables(cells: Sequence[Cell], colors: Mapping[str, str]) -> list[AggregateTable]:
    """One table for each split and shift under which some agent played two worlds or more."""
    return [_table(found, colors) for found in aggregate(cells)]


def _table(found: Aggregate, colors: Mapping[str, str]) -> AggregateTable:
    title = (f"{found.split} split", *shift_text(found.shift))
    return AggregateTable(
        title=" · ".join(title),
        worlds=found.worlds,
        rows=tuple(_row(agent, colors[agent.agent]) for agent in found.agents),
        profile=_profile(found.agents, colors),
        improvements=tuple(
            _improvement(pair, fewer_runs(found, pair)) for pair in found.improvements
        ),
    )


def _printed(found: Interval, runs: int) -> Estimate:
    """An interval over runs; without a second run there is none."""
    text = estimate(found.value, found.low, found.high, 3)
    return text if runs > 1 else Estimate(text.value, "")


def _row(agent: AgentAggregate, color: str) -> AggregateRow:
    printed = {name: _printed(found, agent.num_runs) for name, found in agent.estimates.items()}
    return AggregateRow(
        agent=agent_label(agent.agent),
        color=color,
        runs=runs_text(len(agent.members), len(agent.seeds)),
        iqm=printed["iqm"],
        median=printed["median"],
        mean=printed["mean"],
        gap=printed["optimality_gap"],
    )


def _improvement(pair: Improvement, runs: int) -> ImprovementRow:
    return ImprovementRow(
        agent_label(pair.first), agent_label(pair.second), _printed(pair.probability, runs)
    )


def _profile(agents: Sequence[AgentAggregate], colors: Mapping[str, str]) -> Chart:
    x = axis(0.0, 1.0, 5, lambda score: fixed(score, 1))
    y = axis(0.0, 1.0, 4, lambda share: percent(share, 0))
    series = []
    for agent in agents:
        value, low, high = agent.profile
        band = f"M{_points(low, x, y)}L{_points(high, x, y, back=True)}Z"
        series.append(
            Series(
                agent=agent_label(agent.agent),
                color=colors[agent.agent],
                line=f"M{_points(value, x, y)}",
                band=band if agent.num_runs > 1 else "",
                final="",
            )
        )
    return Chart("Share of runs that score above", "score", x, y, tuple(series))


def _points(shares: Floats, x: Axis, y: Axis, back: bool = False) -> str:
    points = list(zip(THRESHOLDS.tolist(), shares.tolist(), strict=True))
    ordered = reversed(points) if back else points
    return "L".join(f"{10 * x.percent(a):.1f},{1000 - 10 * y.percent(b):.1f}" for a, b in ordered)
