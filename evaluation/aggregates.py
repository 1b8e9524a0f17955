"""Agents over several worlds: what Agarwal et al. (2021) report, for each split and shift.

A task is a world with its overrides, a run is a seed, and an agent's matrix holds its scores under
the seeds that it played every task with. These are seeds of the evaluation: the intervals of a
trained agent say nothing of the chance in its training. Cells without a score, and agents that lack
a task, stay out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from adaptarium.evaluation import statistics
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.statistics import Floats, Interval

THRESHOLDS = np.linspace(0.0, 1.0, 41)
"""Where performance profiles are taken: from random play to the reference."""

STATISTICS: Mapping[str, statistics.Statistic] = {
    "iqm": statistics.interquartile_mean,
    "median": statistics.median,
    "mean": statistics.mean,
    "optimality_gap": statistics.optimality_gap,
}

Task = tuple[str, str]
"""World and overrides, as in a cell's key."""


@dataclass(frozen=True)
class AgentAggregate:
    """One agent over the tasks.

    Attributes:
        agent: Its name.
        seeds: The seeds that it played every task with.
        estimates: Each of ``STATISTICS`` with its stratified bootstrap interval.
        profile: The share of runs above each of ``THRESHOLDS``, and its band: ``(value, low,
            high)``.
    """

    agent: str
    seeds: tuple[int, ...]
    estimates: Mapping[str, Interval]
    profile: tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Improvement:
    """How likely a run of ``first`` beats a run of ``second``."""

    first: str
    second: str
    probability: Interval


@dataclass(frozen=True)
class Aggregate:
    """The agents that played every task under one split and shift."""

    split: str
    shift: Mapping[str, Any] | None
    worlds: tuple[str, ...]
    agents: tuple[AgentAggregate, ...]
    improvements: tuple[Improvement, ...]


def aggregate(cells: Sequence[Cell]) -> list[Aggregate]:
    """One aggregate for each split and shift under which an agent played two tasks or more.

    With a single seed the intervals have no width: read them as absent.
    """
    conditions: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.score.score is not None:
            conditions.setdefault((cell.key[3], cell.key[4]), []).append(cell)
    found = (_aggregate(members) for members in conditions.values())
    return [one for one in found if one is not None]


def _aggregate(cells: Sequence[Cell]) -> Aggregate | None:
    tasks = list(dict.fromkeys(cell.key[:2] for cell in cells))
    if len(tasks) < 2:
        return None
    matrices = {}
    for agent in dict.fromkeys(cell.agent for cell in cells):
        seeds, matrix = _scores([cell for cell in cells if cell.agent == agent], tasks)
        if seeds:
            matrices[agent] = (seeds, matrix)
    if not matrices:
        return None
    return Aggregate(
        split=cells[0].split,
        shift=cells[0].shift,
        worlds=tuple(dict.fromkeys(world for world, _ in tasks)),
        agents=tuple(
            AgentAggregate(agent, seeds, _estimates(matrix), _profile(matrix))
            for agent, (seeds, matrix) in matrices.items()
        ),
        improvements=tuple(
            Improvement(
                first,
                second,
                statistics.probability_of_improvement(matrices[first][1], matrices[second][1]),
            )
            for first, second in combinations(matrices, 2)
        ),
    )


def _scores(cells: Sequence[Cell], tasks: Sequence[Task]) -> tuple[tuple[int, ...], Floats]:
    """The seeds that every task has, and the scores ``(seeds, tasks)``."""
    by_task: dict[Task, dict[int, float]] = {task: {} for task in tasks}
    for cell in cells:
        if cell.score.score is not None:
            by_task[cell.key[:2]][cell.seed] = cell.score.score
    seeds = tuple(sorted(set.intersection(*(set(scores) for scores in by_task.values()))))
    return seeds, np.array([[by_task[task][seed] for task in tasks] for seed in seeds])


def _estimates(matrix: Floats) -> dict[str, Interval]:
    return {
        name: statistics.bootstrap_interval(matrix, statistic)
        for name, statistic in STATISTICS.items()
    }


def _profile(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    return statistics.performance_profile(matrix, THRESHOLDS)


def as_data(aggregates: Sequence[Aggregate]) -> list[dict[str, Any]]:
    """Aggregates as plain data; an interval is ``[value, low, high]``, of one seed ``[value]``."""
    return [
        {
            "split": one.split,
            "shift": None if one.shift is None else dict(one.shift),
            "worlds": list(one.worlds),
            "thresholds": THRESHOLDS.round(6).tolist(),
            "agents": [_agent_data(agent) for agent in one.agents],
            "probability_of_improvement": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "probability": _interval_data(pair.probability, _seeds(one, pair)),
                }
                for pair in one.improvements
            ],
        }
        for one in aggregates
    ]


def _seeds(one: Aggregate, pair: Improvement) -> int:
    """The seeds of the agent of a pair that has fewer."""
    return min(len(agent.seeds) for agent in one.agents if agent.agent in (pair.first, pair.second))


def _agent_data(agent: AgentAggregate) -> dict[str, Any]:
    count = len(agent.seeds)
    names = ("value", "low", "high") if count > 1 else ("value",)
    return {
        "agent": agent.agent,
        "seeds": list(agent.seeds),
        **{name: _interval_data(found, count) for name, found in agent.estimates.items()},
        "performance_profile": {
            name: curve.tolist() for name, curve in zip(names, agent.profile, strict=False)
        },
    }


def _interval_data(found: Interval, seeds: int) -> list[float]:
    return [found.value, found.low, found.high] if seeds > 1 else [found.value]
