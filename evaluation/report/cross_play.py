"""The section on cross-play: who earned what with whom, as matrices that can be read aloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adaptarium.evaluation.cross_play import CrossPlay, Match, Partnership, cross_play_tables
from adaptarium.evaluation.report.formatting import decimals_for
from adaptarium.evaluation.report.tables import (
    Estimate,
    agent_label,
    estimate,
    settings_text,
    shift_text,
)
from adaptarium.evaluation.statistics import Interval


@dataclass(frozen=True, slots=True)
class PayoffCell:
    """A payoff, and how deep its colour is: 0 for the least of the world, 100 for the greatest."""

    number: Estimate
    depth: int


@dataclass(frozen=True, slots=True)
class PayoffRow:
    """The payoffs of one focal agent."""

    agent: str
    color: str
    cells: tuple[PayoffCell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The payoffs at one seat."""

    title: str
    rows: tuple[PayoffRow, ...]


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """One agent with itself and with held-out partners."""

    agent: str
    color: str
    self_play: Estimate
    held_out: Estimate
    gap: Estimate
    score: Estimate


@dataclass(frozen=True, slots=True)
class CrossPlayTable:
    """The cross-play of one world under one condition."""

    title: str
    details: tuple[str, ...]
    agents: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    partners: tuple[PartnerRow, ...]
    notes: tuple[str, ...]


def cross_play_sections(
    matches: Sequence[Match], colors: Mapping[str, str]
) -> list[CrossPlayTable]:
    """One for each condition of which every seating was played."""
    return [_section(table, colors) for table in cross_play_tables(matches)]


def _section(table: CrossPlay, colors: Mapping[str, str]) -> CrossPlayTable:
    payoffs = [cell for seat in table.payoffs for row in seat for cell in row]
    places = decimals_for(edge for one in payoffs for edge in (one.value, one.low, one.high))
    low, high = min(one.value for one in payoffs), max(one.value for one in payoffs)

    def cell(found: Interval) -> PayoffCell:
        share = (found.value - low) / (high - low) if high > low else 0.0
        return PayoffCell(_printed(found, places), round(100 * share))

    details = (
        *settings_text(table.overrides),
        f"{table.split} split",
        *shift_text(table.shift),
        f"{table.episodes:,} episodes each",
    )
    return CrossPlayTable(
        title=table.world,
        details=details,
        agents=tuple(agent_label(agent) for agent in table.agents),
        matrices=tuple(
            Matrix(
                seat,
                tuple(
                    PayoffRow(agent_label(agent), colors[agent], tuple(map(cell, row)))
                    for agent, row in zip(table.agents, rows, strict=True)
                ),
            )
            for seat, rows in zip(table.seats, table.payoffs, strict=True)
        ),
        partners=tuple(_partner(one, colors, places) for one in table.partnerships),
        notes=table.notes,
    )


def _partner(one: Partnership, colors: Mapping[str, str], places: int) -> PartnerRow:
    return PartnerRow(
        agent=agent_label(one.agent),
        color=colors[one.agent],
        self_play=_printed(one.self_play, places),
        held_out=_printed(one.held_out, places),
        gap=_printed(one.gap, places),
        score=estimate(one.score.score, one.score.low, one.score.high, 3),
    )


def _printed(found: Interval, places: int) -> Estimate:
    return estimate(found.value, found.low, found.high, places)
