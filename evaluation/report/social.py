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
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.statistics import Interval, bootstrap_interval, mean

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
    found = measure_means([one for cell in cells for one in cell.episodes])
    return tuple(
        estimate(found[name].value, found[name].low, found[name].high, DECIMALS)
        if name in found
        else NO_NUMBER
        for name in names
    )


def measure_means(episodes: Sequence[EpisodeResult]) -> dict[str, Interval]:
    """The mean of each measure that some of the episodes hold, with a 95 % interval over them."""
    held = [one.measures or {} for one in episodes]
    names = dict.fromkeys(name for measures in held for name in measures)
    return {
        name: bootstrap_interval([[one[name]] for one in held if name in one], mean)
        for name in names
    }
