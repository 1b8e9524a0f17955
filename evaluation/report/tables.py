"""The rows of the score tables and of the forest plot, ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from adaptarium.evaluation import statistics
from adaptarium.evaluation.report.formatting import (
    Axis,
    axis,
    count,
    decimals_for,
    fixed,
    padded,
)
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.scores import WorldScore, score_world

FOREST_LIMITS = (-1.0, 2.0)
"""Scores are not clipped, but the plot is: beyond these an arrow points outward."""

NUM_COLORS = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A printed number with its printed interval; no interval where there is none."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class ForestMark:
    """Positions in percent of the plot's width, and whether the interval goes on outside it.

    ``inside`` says that the score itself lies within the plot.
    """

    low: float
    value: float
    high: float
    beyond_low: bool
    beyond_high: bool
    inside: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One agent under one condition."""

    agent: str
    color: str
    score: Estimate
    mean_return: Estimate
    success: Estimate
    episodes: str
    seeds: str
    mark: ForestMark


@dataclass(frozen=True, slots=True)
class Group:
    """One condition: a world, its overrides, a split and a shift."""

    world: str
    details: tuple[str, ...]
    shifted: bool
    rows: tuple[Row, ...]
    levels: str
    references: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """One agent over several worlds."""

    agent: str
    color: str
    seeds: str
    iqm: Estimate
    median: Estimate
    mean: Estimate
    gap: Estimate


@dataclass(frozen=True, slots=True)
class AggregateTable:
    """The agents that played every world under one split and shift."""

    title: str
    worlds: tuple[str, ...]
    rows: tuple[AggregateRow, ...]


def agent_label(agent: str) -> str:
    """An agent's name; of an absolute path only the last two folders."""
    path = PurePath(agent)
    return "/".join(path.parts[-2:]) if path.is_absolute() else agent


def agent_colors(agents: Iterable[str]) -> dict[str, str]:
    """A CSS class for each agent: random and the reference are neutral, the others take turns."""
    colors = {"random": "c-random", "reference": "c-reference"}
    others = [agent for agent in dict.fromkeys(agents) if agent not in colors]
    return colors | {agent: f"c-{k % NUM_COLORS}" for k, agent in enumerate(others)}


def settings_text(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Overrides as they are typed after ``--set``."""
    return tuple(f"{key}={settings[key]}" for key in sorted(settings))


def condition_text(cell: Cell) -> tuple[str, ...]:
    """What a cell was played under, apart from its world: overrides, split and shift."""
    shift = settings_text(cell.shift or {})
    return (*settings_text(cell.overrides), f"{cell.split} split", *shift)


Condition = tuple[str, str, str, str]


def by_condition(cells: Sequence[Cell]) -> dict[Condition, dict[str, list[Cell]]]:
    """Cells by condition and agent, in the order of first appearance; one entry a seed."""
    found: dict[Condition, dict[str, list[Cell]]] = {}
    for cell in cells:
        world, overrides, agent, split, shift, _ = cell.key
        found.setdefault((world, overrides, split, shift), {}).setdefault(agent, []).append(cell)
    return found


def pooled_score(cells: Sequence[Cell]) -> WorldScore:
    """The score over the episodes of every seed together."""
    if len(cells) == 1:
        return cells[0].score
    episodes = [episode for cell in cells for episode in cell.episodes]
    return score_world(episodes, [level for cell in cells for level in cell.references])


def _estimate(value: float, low: float, high: float, decimals: int) -> Estimate:
    return Estimate(fixed(value, decimals), f"[{fixed(low, decimals)}, {fixed(high, decimals)}]")


def _percentages(value: float, low: float, high: float) -> Estimate:
    return _estimate(100 * value, 100 * low, 100 * high, 1)


def forest_axis(scores: Sequence[WorldScore]) -> Axis:
    """An axis that shows 0 (random), 1 (reference) and every interval, within limits."""
    low = min(0.0, *(score.low for score in scores))
    high = max(1.0, *(score.high for score in scores))
    least, most = FOREST_LIMITS
    return axis(*padded(max(low, least), min(high, most)), pieces=7)


def _mark(score: WorldScore, scale: Axis) -> ForestMark:
    return ForestMark(
        low=scale.percent(score.low),
        value=scale.percent(score.score),
        high=scale.percent(score.high),
        beyond_low=score.low < scale.low,
        beyond_high=score.high > scale.high,
        inside=scale.low <= score.score <= scale.high,
    )


def _row(cells: Sequence[Cell], score: WorldScore, scale: Axis, places: int, color: str) -> Row:
    return Row(
        agent=agent_label(cells[0].agent),
        color=color,
        score=_estimate(score.score, score.low, score.high, 3),
        mean_return=_estimate(score.mean_return, score.return_low, score.return_high, places),
        success=_percentages(score.success_rate, score.success_low, score.success_high),
        episodes=f"{score.num_episodes:,}",
        seeds=f"{len(cells)}",
        mark=_mark(score, scale),
    )


def _references_text(cells: Sequence[Cell], scores: Sequence[WorldScore]) -> str:
    levels = {level.level_hash: level for cell in cells for level in cell.references}
    methods = [level.method for level in levels.values()]
    parts = [f"{methods.count(name):,} {name}" for name in dict.fromkeys(methods)]
    unscored = max(score.num_unscored_levels for score in scores)
    extra = f"; {count(unscored, 'level')} too close to random to be scored alone"
    return ", ".join(parts) + (extra if unscored else "")


def _levels_text(scores: Sequence[WorldScore]) -> str:
    numbers = sorted({score.num_levels for score in scores})
    if len(numbers) == 1:
        return count(numbers[0], "level")
    return f"{numbers[0]:,} to {numbers[-1]:,} levels"


def _group(agents: Mapping[str, list[Cell]], scale: Axis, colors: Mapping[str, str]) -> Group:
    cells = [cell for of_agent in agents.values() for cell in of_agent]
    scores = {agent: pooled_score(of_agent) for agent, of_agent in agents.items()}
    edges = [edge for s in scores.values() for edge in (s.mean_return, s.return_low, s.return_high)]
    places = decimals_for(edges)
    first = cells[0]
    return Group(
        world=first.world,
        details=condition_text(first),
        shifted=first.shift is not None,
        rows=tuple(
            _row(of_agent, scores[agent], scale, places, colors[agent])
            for agent, of_agent in agents.items()
        ),
        levels=_levels_text(list(scores.values())),
        references=_references_text(cells, list(scores.values())),
        notes=tuple(dict.fromkeys(note for cell in cells for note in cell.notes)),
    )


def score_groups(cells: Sequence[Cell], colors: Mapping[str, str]) -> tuple[Axis, list[Group]]:
    """The forest plot's axis and one group a condition."""
    conditions = by_condition(cells)
    pooled = [
        pooled_score(of_agent) for agents in conditions.values() for of_agent in agents.values()
    ]
    scale = forest_axis(pooled)
    return scale, [_group(agents, scale, colors) for agents in conditions.values()]


def _aggregate_row(agent: str, matrix: np.ndarray, color: str) -> AggregateRow:
    def estimate(statistic: statistics.Statistic) -> Estimate:
        found = statistics.bootstrap_interval(matrix, statistic)
        text = _estimate(found.value, found.low, found.high, 3)
        return text if len(matrix) > 1 else Estimate(text.value, "")

    return AggregateRow(
        agent=agent_label(agent),
        color=color,
        seeds=f"{len(matrix)}",
        iqm=estimate(statistics.interquartile_mean),
        median=estimate(statistics.median),
        mean=estimate(statistics.mean),
        gap=estimate(statistics.optimality_gap),
    )


def _score_matrix(tasks: Sequence[Sequence[Cell]]) -> np.ndarray | None:
    """Scores ``(seeds, tasks)`` over the seeds that every task has; ``None`` without one."""
    seeds = sorted(set.intersection(*({cell.seed for cell in cells} for cells in tasks)))
    by_seed = [{cell.seed: cell.score.score for cell in cells} for cells in tasks]
    return np.array([[task[seed] for task in by_seed] for seed in seeds]) if seeds else None


def aggregate_tables(cells: Sequence[Cell], colors: Mapping[str, str]) -> list[AggregateTable]:
    """One table for each split and shift under which some agent played two worlds or more."""
    conditions: dict[tuple[str, str], dict[Condition, dict[str, list[Cell]]]] = {}
    for condition, agents in by_condition(cells).items():
        conditions.setdefault(condition[2:], {})[condition] = agents
    tables = []
    for tasks in conditions.values():
        rows = []
        for agent in dict.fromkeys(agent for agents in tasks.values() for agent in agents):
            played = [agents[agent] for agents in tasks.values() if agent in agents]
            matrix = _score_matrix(played) if 1 < len(played) == len(tasks) else None
            if matrix is not None:
                rows.append(_aggregate_row(agent, matrix, colors[agent]))
        if rows:
            first = next(iter(next(iter(tasks.values())).values()))[0]
            title = (f"{first.split} split", *settings_text(first.shift or {}))
            worlds = tuple(dict.fromkeys(condition[0] for condition in tasks))
            tables.append(AggregateTable(" · ".join(title), worlds, tuple(rows)))
    return tables
