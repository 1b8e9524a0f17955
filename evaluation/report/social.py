"""The table of measures that worlds report beside returns, such as those of a society."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adaptarium.evaluation.report.tables import (
    NO_NUMBER,
    Estimate,
    agent_label,
    by_condition,
    condition_text,
    estimate,
)
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.statistics import bootstrap_interval, mean

DECIMALS = 3


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One agent: an estimate for each measure of its table."""

    agent: str
    color: str
    cells: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """One condition of a world that reports measures."""

    world: str
    details: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[MeasureRow, ...]


def measure_tables(cells: Sequence[Cell], colors: Mapping[str, str]) -> tuple[MeasureTable, ...]:
    """A table for each condition whose episodes hold measures.

    Args:
        cells: The finished cells.
        colors: CSS class by agent.
    """
    tables = []
    for agents in by_condition(cells).values():
        played = [cell for of_agent in agents.values() for cell in of_agent]
        names = _names(played)
        if names:
            first = played[0]
            rows = tuple(
                MeasureRow(agent_label(agent), colors[agent], _estimates(of_agent, names))
                for agent, of_agent in agents.items()
            )
            tables.append(MeasureTable(first.world, condition_text(first), names, rows))
    return tuple(tables)


def _names(cells: Sequence[Cell]) -> tuple[str, ...]:
    found = (name for cell in cells for one in cell.episodes for name in one.measures or ())
    return tuple(dict.fromkeys(found))


def _estimates(cells: Sequence[Cell], names: Sequence[str]) -> tuple[Estimate, ...]:
    """Means over the episodes of all cells, with bootstrap intervals over episodes."""
    held = [one.measures or {} for cell in cells for one in cell.episodes]
    found = []
    for name in names:
        values = [[measures[name]] for measures in held if name in measures]
        if not values:
            found.append(NO_NUMBER)
            continue
        interval = bootstrap_interval(values, mean)
        found.append(estimate(interval.value, interval.low, interval.high, DECIMALS))
    return tuple(found)
