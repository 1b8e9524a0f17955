"""The rows of the score tables and of the forest plot, ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from adaptarium.evaluation.report.formatting import (
    Axis,
    axis,
    count,
    decimals_for,
    fixed,
    padded,
)
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.scores import LevelReference, WorldScore, score_runs, score_world
from adaptarium.evaluation.shifting import plan_in

FOREST_LIMITS = (-1.0, 2.0)
"""Scores are not clipped, but the plot is: beyond these an arrow points outward."""

NUM_COLORS = 6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A printed number with its printed interval; no interval where there is none."""

    value: str
    interval: str


NO_NUMBER = Estimate("\N{EN DASH}", "")


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
    """One agent under one condition; without a score there is no mark."""

    agent: str
    color: str
    score: Estimate
    mean_return: Estimate
    true_return: Estimate
    success: Estimate
    episodes: str
    runs: str
    mark: ForestMark | None


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

    @property
    def true(self) -> bool:
        """Whether its world tells true returns apart from what it pays."""
        return any(row.true_return != NO_NUMBER for row in self.rows)

    @property
    def scored(self) -> bool:
        """Whether the forest plot has anything to show of it."""
        return any(row.mark is not None for row in self.rows)


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


def shift_text(shift: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Changes as they are typed after ``--shift``; of a plan, what each shift changes and when."""
    plan = plan_in(shift)
    if plan is None:
        return settings_text(shift or {})
    return tuple(f"shift {one.name} ({one.what.kind}, {one.when.kind})" for one in plan)


def condition_text(cell: Cell) -> tuple[str, ...]:
    """What a cell was played under, apart from its world: overrides, split and shift."""
    shift = shift_text(cell.shift)
    return (*settings_text(cell.overrides), f"{cell.split} split", *shift)


Condition = tuple[str, str, str, str]


def by_condition(cells: Sequence[Cell]) -> dict[Condition, dict[str, list[Cell]]]:
    """Cells by condition and agent or group, in the order of first appearance."""
    found: dict[Condition, dict[str, list[Cell]]] = {}
    for cell in cells:
        world, overrides, _, split, shift, _ = cell.key
        of_condition = found.setdefault((world, overrides, split, shift), {})
        of_condition.setdefault(cell.player, []).append(cell)
    return found


def members_of(cells: Sequence[Cell]) -> dict[str, list[str]]:
    """The groups of two training runs or more, with their members."""
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        if cell.group:
            found.setdefault(cell.group, {})[cell.agent] = None
    return {name: list(members) for name, members in found.items() if len(members) > 1}


def runs_text(members: int, seeds: int) -> str:
    """What an interval is over: the training runs of a group, or the seeds of the evaluation."""
    if members < 2:
        return count(seeds, "seed")
    return f"{count(members, 'training run')}, {count(seeds, 'seed')} each"


def pooled_score(cells: Sequence[Cell]) -> WorldScore:
    """The score over the episodes of every seed together; of a group, over its training runs."""
    by_member: dict[str, list[Cell]] = {}
    for cell in cells:
        by_member.setdefault(cell.agent, []).append(cell)
    pooled = [_of_one(of_member) for of_member in by_member.values()]
    return pooled[0] if len(pooled) == 1 else score_runs(pooled)


def _of_one(cells: Sequence[Cell]) -> WorldScore:
    if len(cells) == 1:
        return cells[0].score
    episodes = [episode for cell in cells for episode in cell.episodes]
    return score_world(episodes, [level for cell in cells for level in cell.references])


def estimate(
    value: float | None, low: float | None, high: float | None, decimals: int, unit: float = 1.0
) -> Estimate:
    """A number in units of ``1 / unit`` with its interval; a dash where there is none."""
    if value is None or low is None or high is None:
        return NO_NUMBER
    value, low, high = unit * value, unit * low, unit * high
    return Estimate(fixed(value, decimals), f"[{fixed(low, decimals)}, {fixed(high, decimals)}]")


def forest_axis(scores: Sequence[WorldScore]) -> Axis:
    """An axis that shows 0 (random), 1 (reference) and every interval, within limits."""
    low = min((score.low for score in scores if score.low is not None), default=0.0)
    high = max((score.high for score in scores if score.high is not None), default=1.0)
    low, high = min(0.0, low), max(1.0, high)
    least, most = FOREST_LIMITS
    return axis(*padded(max(low, least), min(high, most)), pieces=7)


def _mark(score: WorldScore, scale: Axis) -> ForestMark | None:
    if score.score is None or score.low is None or score.high is None:
        return None
    return ForestMark(
        low=scale.percent(score.low),
        value=scale.percent(score.score),
        high=scale.percent(score.high),
        beyond_low=score.low < scale.low,
        beyond_high=score.high > scale.high,
        inside=scale.low <= score.score <= scale.high,
    )


def _runs(cells: Sequence[Cell]) -> tuple[int, int]:
    return len({cell.agent for cell in cells}), len({cell.seed for cell in cells})


def _row(cells: Sequence[Cell], score: WorldScore, scale: Axis, places: int, color: str) -> Row:
    return Row(
        agent=agent_label(cells[0].player),
        color=color,
        score=estimate(score.score, score.low, score.high, 3),
        mean_return=estimate(score.mean_return, score.return_low, score.return_high, places),
        true_return=estimate(score.true_return, score.true_low, score.true_high, places),
        success=estimate(score.success_rate, score.success_low, score.success_high, 1, 100.0),
        episodes=f"{score.num_episodes:,}",
        runs=runs_text(*_runs(cells)),
        mark=_mark(score, scale),
    )


def _references_text(cells: Sequence[Cell], scores: Sequence[WorldScore]) -> str:
    levels = {level.level_hash: level for cell in cells for level in cell.references}
    methods = [level.method for level in levels.values()]
    if not {"given", "none"}.isdisjoint(methods):
        return _foreign_references_text(next(iter(levels.values())))
    parts = [f"{methods.count(name):,} {name}" for name in dict.fromkeys(methods)]
    unscored = max(score.num_unscored_levels for score in scores)
    extra = f"; {count(unscored, 'level')} too close to random to be scored alone"
    return ", ".join(parts) + (extra if unscored else "")


def _foreign_references_text(level: LevelReference) -> str:
    """The same for every level, since what a seed changes is not known."""
    best = level.reference_return
    places = decimals_for([level.random_return])
    given = "none" if best is None else f"a return of {fixed(best, places)} as given"
    return (
        f"{given}; random play returns {fixed(level.random_return, places)} "
        f"(standard error {fixed(level.random_stderr, places)}, "
        f"{count(level.n_random, 'episode')})"
    )


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
