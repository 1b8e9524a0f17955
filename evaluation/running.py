"""Carrying out an evaluation: the missing cells of a results folder, by worker processes.

What the agents of a world play under one seed is prepared once; each cell is then a job of its own.
A cell is on the disk as soon as it is finished. At the end the cells of the evaluation stand in the
order of its plan, whatever finished first: killed at any moment and started again, as often as you
like, it ends with the same file, but for the times taken (``results.TIMING_FIELD``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from adaptarium.agents.language import Settings, language_agent
from adaptarium.agents.language.transcript import transcript_name
from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import MissingExtraError, ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.humans import (
    HUMAN,
    HumanGame,
    games_digest,
    games_of,
    human_cell,
)
from adaptarium.evaluation.partners import pool_names
from adaptarium.evaluation.protocol import Task, play_cell, prepare
from adaptarium.evaluation.results import Cell, CellKey, Results, cell_key
from adaptarium.evaluation.shifting import overrides_in, plan_in
from adaptarium.evaluation.versions import agent_version, own_changes, world_version
from adaptarium.evaluation.workers import Job, carry_out

NUM_PICTURES = 6
MOST_FAILURES_SHOWN = 5

Listener = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """The cells of an evaluation: every agent on every world under every seed.

    Attributes:
        worlds: The worlds.
        agents: The agents, by name or as objects.
        seeds: The seeds.
        overrides: Changes to the worlds, beside those that a world object brings along.
        shift: Changes on top, or the data of a plan of shifts.
        split: The split that is played.
        episodes: Episodes a cell.
        language: How language models are asked; their transcripts lie in ``transcripts``.
        groups: The groups of those agents, by name, that were named as members of one.
    """

    worlds: tuple[World | ForeignWorld, ...]
    agents: tuple[Agent | str, ...]
    seeds: tuple[int, ...]
    overrides: Mapping[str, Any]
    shift: Mapping[str, Any] | None
    split: str
    episodes: int
    language: Settings | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    def cell_keys(self) -> list[CellKey]:
        """The keys of the cells, in order."""
        return [
            key
            for world in self.worlds
            for seed in self.seeds
            for key in self.cells_of(world, seed)
        ]

    def cells_of(self, world: World | ForeignWorld, seed: int) -> dict[CellKey, Agent | str]:
        """The agents of one world under one seed, by the keys of their cells."""
        changes = self.overrides_of(world)
        return {
            cell_key(world.id, changes, agent_name(agent), self.split, self.shift, seed): agent
            for agent in self.agents
        }

    def overrides_of(self, world: World | ForeignWorld) -> dict[str, Any]:
        """All that differs from the registered world: what the object brings, and the plan's."""
        return {**own_changes(world), **self.overrides}


def carry_out_plan(
    plan: Plan,
    results: Results,
    *,
    workers: int = 0,
    pictures: bool = True,
    listener: Listener = lambda _: None,
    on_failure: Listener = lambda _: None,
) -> None:
    """Play the cells of a plan that the results do not hold yet.

    Args:
        plan: The cells.
        results: Where they go.
        workers: Worker processes; 0 plays in this process.
        pictures: Draw some of the levels, where pygame is installed.
        listener: Told what is being done.
        on_failure: Told of each failure at once; the others go on.

    Raises:
        ResultsError: the folder is damaged, or holds a cell that was played differently.
        EvaluationError: some cells failed; all others are finished and kept.
    """
    kept = {cell.key: cell for cell in results.cells()}
    versions = _versions(plan)
    _check_kept(plan, kept, results)
    _check_versions(versions, kept, results)
    jobs = deque(_preparations(plan, set(kept), results.folder if pictures else None))
    failures = []
    for job, outcome in carry_out(jobs, workers, listener):
        if outcome.failure is not None:
            failures.append(f"{job.label}: {outcome.failure}")
            on_failure(failures[-1])
        elif isinstance(outcome.value, Task):
            # First, so that what is prepared does not pile up.
            cells = _cell_jobs(plan, outcome.value, versions, results.folder, pictures)
            jobs.extendleft(job for key, job in reversed(cells.items()) if key not in kept)
        else:
            results.append(outcome.value)
    keys = plan.cell_keys()
    results.arrange(keys)
    if failures:
        raise EvaluationError(_failed(failures, len(set(keys) - results.done_cells()), results))


def add_humans(
    plan: Plan, games: Sequence[HumanGame], results: Results, listener: Listener = lambda _: None
) -> list[CellKey]:
    """Add what people got on the worlds of a plan; the keys of their cells.

    Raises:
        ResultsError: a world has no such game, one does not replay, or the folder holds others.
    """
    kept, found = {cell.key: cell for cell in results.cells()}, []
    for world in plan.worlds if games else ():
        if isinstance(world, ForeignWorld):
            continue
        changes = plan.overrides_of(world)
        key = cell_key(world.id, changes, HUMAN, plan.split, None, plan.seeds[0])
        found.append(key)
        if key in kept:
            _check_games(kept[key], games_of(world.override(**changes), games, plan.split), results)
            continue
        cell = human_cell(
            world,
            games,
            overrides=changes,
            split=plan.split,
            seed=plan.seeds[0],
            listener=listener,
        )
        results.append(replace(cell, world_version=world_version(world, plan.overrides)))
    return found


def _check_games(cell: Cell, games: Sequence[HumanGame], results: Results) -> None:
    if cell.agent_version != games_digest(games):
        raise ResultsError(
            f"{results.folder} holds other games of people on {cell.world}; expected the same, or "
            "another folder"
        )


Versions = Mapping[CellKey, Mapping[str, str]]


def _versions(plan: Plan) -> Versions:
    """What each cell will say of its world and agent, before agents that learn have changed."""
    agents = {agent_name(agent): agent_version(agent, plan.language) for agent in plan.agents}
    found = {}
    for world in plan.worlds:
        changes = {**plan.overrides, **overrides_in(plan.shift)}
        version = world_version(world, changes, pool_names(plan_in(plan.shift)))
        for seed in plan.seeds:
            for key, agent in plan.cells_of(world, seed).items():
                name = agent_name(agent)
                found[key] = {
                    "world_version": version,
                    "agent_version": agents[name],
                    "group": plan.groups.get(name, ""),
                }
    return found


def _check_versions(versions: Versions, kept: Mapping[CellKey, Cell], results: Results) -> None:
    """Refuse to count as finished what was played by another agent, or in another world."""
    for key, now in versions.items():
        if key not in kept:
            continue
        cell = kept[key]
        for name, what in (("world_version", cell.world), ("agent_version", cell.agent)):
            had = getattr(cell, name)
            if had and had != now[name]:
                raise ResultsError(
                    f"{results.folder} holds {cell.world}, agent {cell.agent}, seed {cell.seed} "
                    f"from before {what} was changed; expected it as it was, or another folder"
                )
        if cell.group != now["group"]:
            raise ResultsError(
                f"{results.folder} holds {cell.world}, agent {cell.agent}, seed {cell.seed} "
                f"{_as_member(cell.group)}, not {_as_member(now['group'])}; expected the same, or "
                "another folder"
            )


def _as_member(group: str) -> str:
    return f"as a member of {group!r}" if group else "as an agent by itself"


def _check_kept(plan: Plan, kept: Mapping[CellKey, Cell], results: Results) -> None:
    """Refuse to count as finished what was played under other terms than the plan's."""
    references = {
        world.id: world.reference_return for world in plan.worlds if isinstance(world, ForeignWorld)
    }
    for key in plan.cell_keys():
        cell = kept.get(key)
        if cell is None:
            continue
        terms: list[tuple[str, float | None, float | None]] = [
            ("episodes", len(cell.episodes), plan.episodes)
        ]
        if cell.world in references:
            known = cell.references[0].reference_return
            terms.append(("reference return", known, references[cell.world]))
        for name, had, wanted in terms:
            if had != wanted:
                raise ResultsError(
                    f"{results.folder} holds {cell.world}, agent {cell.agent}, seed {cell.seed} "
                    f"with {name} {had}, not {wanted}; expected {had}, or another folder"
                )


def _preparations(plan: Plan, done: set[CellKey], folder: Path | None) -> Iterator[Job]:
    settings = {
        "shift": plan.shift,
        "split": plan.split,
        "episodes": plan.episodes,
    }
    for world in plan.worlds:
        for seed in plan.seeds:
            if not done.issuperset(plan.cells_of(world, seed)):
                own = {"overrides": plan.overrides_of(world), "seed": seed}
                call = partial(_prepared, world, folder, {**settings, **own})
                yield Job(f"{world.id}, seed {seed}", call)


def _prepared(
    world: World | ForeignWorld,
    folder: Path | None,
    settings: Mapping[str, Any],
    listener: Listener,
) -> Task:
    task = prepare(world, listener=listener, **settings)
    if folder is not None and isinstance(task.levels.world, World):
        _draw(folder / "pictures" / world.id, task, task.levels.world)
    return task


def _cell_jobs(
    plan: Plan, task: Task, versions: Versions, folder: Path, pictures: bool
) -> dict[CellKey, Job]:
    """The cells of a task; those of language models take turns, see ``Settings.concurrency``."""
    found = {}
    for key, agent in plan.cells_of(task.world, task.seed).items():
        asks = language_agent(agent, plan.language) is not None
        found[key] = Job(
            f"{task.world.id}, agent {agent_name(agent)}, seed {task.seed}",
            partial(_played, task, key, agent, plan.language, folder, pictures, versions[key]),
            lane="language models" if asks else "",
        )
    return found


def _played(
    task: Task,
    key: CellKey,
    agent: Agent | str,
    language: Settings | None,
    folder: Path,
    pictures: bool,
    versions: Mapping[str, Any],
    listener: Listener,
) -> Cell:
    """A cell; a language model's with a transcript, and with what was asked in its notes."""
    model = language_agent(agent, language)
    if model is None:
        cell = play_cell(task, agent, listener, folder if pictures else None)
        return replace(cell, **versions)
    name = transcript_name(*key, len(task.seeds))
    player = model.recorded(folder / "transcripts" / name)
    cell = play_cell(task, player, listener)
    return replace(cell, notes=(*cell.notes, player.finish()), **versions)


def _failed(failures: list[str], count: int, results: Results) -> str:
    shown = "; ".join(failures[:MOST_FAILURES_SHOWN])
    more = len(failures) - MOST_FAILURES_SHOWN
    return (
        f"{count} {'cell' if count == 1 else 'cells'} failed: {shown}"
        f"{f'; and {more} more' if more > 0 else ''}. The others are kept in {results.folder}: "
        "the same command plays what is missing"
    )


def _draw(folder: Path, task: Task, world: World) -> None:
    """Pictures of the first levels, where the means to draw are installed."""
    from adaptarium.envs.core.rendering import level_picture

    folder.mkdir(parents=True, exist_ok=True)
    known = {level.level_hash: level for level in task.references}
    for number, name in enumerate(task.levels.names[:NUM_PICTURES]):
        path = folder / f"{task.split}_{name}.png"
        if path.exists():
            continue
        try:
            write_atomically(path, level_picture(world, number))
        except MissingExtraError:
            return
        level = known[name]
        caption = (
            f"{task.split} level {name[:8]}: reference {level.reference_return:.3f} "
            f"({level.method}), random {level.random_return:.3f}"
        )
        write_atomically(path.with_suffix(".json"), dumps({"caption": caption}) + "\n")
