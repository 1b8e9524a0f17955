"""Agents over several worlds: what Agarwal et al. (2021) report, for each split and shift.

A task is a world with its overrides. What a run is depends on the agent:

- of a group of two or more training runs it is a training run, and its score on a task is the mean
  over the seeds of the evaluation: intervals cover the chance in training;
- of an agent by itself it is a seed of the evaluation: the intervals of a trained agent say nothing
  of the chance in its training.

Only seeds count that every task was played with. Cells without a score, and agents that lack a
task, stay out.
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
    """One agent, or one group, over the tasks.

    Attributes:
        agent: Its name.
        seeds: The seeds that it played every task with.
        members: The training runs of a group, which are its runs; empty where seeds are the runs.
        estimates: Each of ``STATISTICS`` with its stratified bootstrap interval.
        profile: The share of runs above each of ``THRESHOLDS``, and its band: ``(value, low,
            high)``.
    """

    agent: str
    seeds: tuple[int, ...]
    members: tuple[str, ...]
    estimates: Mapping[str, Interval]
    profile: tuple[Floats, Floats, Floats]

    @property
    def num_runs(self) -> int:
        """Rows of its matrix; a single one has no interval."""
        return len(self.members) or len(self.seeds)


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

    With a single run the intervals have no width: read them as absent.
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
    found = {}
    for player in dict.fromkeys(cell.player for cell in cells):
        runs = _runs([cell for cell in cells if cell.player == player], tasks)
        if runs is not None:
            found[player] = runs
    if not found:
        return None
    return Aggregate(
        split=cells[0].split,
        shift=cells[0].shift,
        worlds=tuple(dict.fromkeys(world for world, _ in tasks)),
        agents=tuple(
            AgentAggregate(
                player, runs.seeds, runs.members, _estimates(runs.matrix), _profile(runs.matrix)
            )
            for player, runs in found.items()
        ),
        improvements=tuple(
            Improvement(
                first,
                second,
                statistics.probability_of_improvement(found[first].matrix, found[second].matrix),
            )
            for first, second in combinations(found, 2)
        ),
    )


@dataclass(frozen=True)
class _Runs:
    """What one agent or group has: ``matrix`` is ``(runs, tasks)``."""

    seeds: tuple[int, ...]
    members: tuple[str, ...]
    matrix: Floats


def _runs(cells: Sequence[Cell], tasks: Sequence[Task]) -> _Runs | None:
    """The runs that played every task; None where there are none."""
    scores: dict[str, dict[Task, dict[int, float]]] = {}
    for cell in cells:
        if cell.score.score is not None:
            of_task = scores.setdefault(cell.agent, {}).setdefault(cell.key[:2], {})
            of_task[cell.seed] = cell.score.score
    whole = {name: by_task for name, by_task in scores.items() if len(by_task) == len(tasks)}
    played = [set(of_task) for by_task in whole.values() for of_task in by_task.values()]
    seeds = tuple(sorted(set.intersection(*played))) if played else ()
    if not seeds:
        return None
    cube = np.array(
        [[[by_task[task][seed] for task in tasks] for seed in seeds] for by_task in whole.values()]
    )
    if len(whole) > 1:
        return _Runs(seeds, tuple(whole), cube.mean(axis=1))
    return _Runs(seeds, (), cube[0])


def _estimates(matrix: Floats) -> dict[str, Interval]:
    return {
        name: statistics.bootstrap_interval(matrix, statistic)
        for name, statistic in STATISTICS.items()
    }


def _profile(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    return statistics.performance_profile(matrix, THRESHOLDS)


def as_data(aggregates: Sequence[Aggregate]) -> list[dict[str, Any]]:
    """Aggregates as plain data; an interval is ``[value, low, high]``, of one run ``[value]``."""
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
                    "probability": _interval_data(pair.probability, fewer_runs(one, pair)),
                }
                for pair in one.improvements
            ],
        }
        for one in aggregates
    ]


def fewer_runs(one: Aggregate, pair: Improvement) -> int:
    """The runs of the agent of a pair that has fewer."""
    return min(agent.num_runs for agent in one.agents if agent.agent in (pair.first, pair.second))


def _agent_data(agent: AgentAggregate) -> dict[str, Any]:
    count = agent.num_runs
    names = ("value", "low", "high") if count > 1 else ("value",)
    return {
        "agent": agent.agent,
        "run_is": "training run" if agent.members else "seed of the evaluation",
        "members": list(agent.members),
        "seeds": list(agent.seeds),
        **{name: _interval_data(found, count) for name, found in agent.estimates.items()},
        "performance_profile": {
            name: curve.tolist() for name, curve in zip(names, agent.profile, strict=False)
        },
    }


def _interval_data(found: Interval, runs: int) -> list[float]:
    return [found.value, found.low, found.high] if runs > 1 else [found.value]
