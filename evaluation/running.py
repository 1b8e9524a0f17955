"""Carrying out an evaluation: the missing cells of a results folder, by worker processes.

What the agents of a world play under one seed is prepared once; each cell is then a job of its own.
A cell is on the disk as soon as it is finished. At the end the cells of the evaluation stand in the
order of its plan, whatever finished first: killed at any moment and started again, as often as you
like, it ends with the same file, but for the times taken (``results.TIMING_FIELD``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from adaptarium.evaluation.protocol import Task, play_cell, prepare
from adaptarium.evaluation.results import Cell, CellKey, Results, cell_key
from adaptarium.evaluation.versions import agent_version, world_version
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
        overrides: Changes to the worlds.
        shift: Changes on top.
        split: The split that is played.
        episodes: Episodes a cell.
        language: How language models are asked; their transcripts lie in ``transcripts``.
    """

    worlds: tuple[World | ForeignWorld, ...]
    agents: tuple[Agent | str, ...]
    seeds: tuple[int, ...]
    overrides: Mapping[str, Any]
    shift: Mapping[str, Any] | None
    split: str
    episodes: int
    language: Settings | None = None

    def cell_keys(self) -> list[CellKey]:
        """The keys of the cells, in order."""
        return [
            key
            for world in self.worlds
            for seed in self.seeds
            for key in self.cells_of(world.id, seed)
        ]

    def cells_of(self, world: str, seed: int) -> dict[CellKey, Agent | str]:
        """The agents of one world under one seed, by the keys of their cells."""
        return {
            cell_key(world, self.overrides, agent_name(agent), self.split, self.shift, seed): agent
            for agent in self.agents
        }


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
    _check_kept(plan, kept, results)
    _check_versions(plan, kept, results)
    jobs = deque(_preparations(plan, set(kept), results.folder if pictures else None))
    failures = []
    for job, outcome in carry_out(jobs, workers, listener):
        if outcome.failure is not None:
            failures.append(f"{job.label}: {outcome.failure}")
            on_failure(failures[-1])
        elif isinstance(outcome.value, Task):
            # First, so that what is prepared does not pile up.
            jobs.extendleft(
                reversed(_cell_jobs(plan, outcome.value, set(kept), results.folder, pictures))
            )
        else:
            results.append(outcome.value)
    keys = plan.cell_keys()
    results.arrange(keys)
    if failures:
        raise EvaluationError(_failed(failures, len(set(keys) - results.done_cells()), results))


def _versions(plan: Plan, world: World | ForeignWorld, agent: Agent | str) -> dict[str, Any]:
    changes = {**plan.overrides, **(plan.shift or {})}
    return {
        "world_version": world_version(world, changes),
        "agent_version": agent_version(agent, plan.language),
    }


def _check_versions(plan: Plan, kept: Mapping[CellKey, Cell], results: Results) -> None:
    """Refuse to count as finished what was played by another agent, or in another world."""
    for world in plan.worlds:
        for seed in plan.seeds:
            for key, agent in plan.cells_of(world.id, seed).items():
                if key not in kept:
                    continue
                for name, version in _versions(plan, world, agent).items():
                    had = getattr(kept[key], name)
                    if had and had != version:
                        what = world.id if name == "world_version" else agent_name(agent)
                        raise ResultsError(
                            f"{results.folder} holds {world.id}, agent {agent_name(agent)}, seed "
                            f"{seed} from before {what} was changed; expected it as it was, or "
                            "another folder"
                        )


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
        "overrides": plan.overrides,
        "shift": plan.shift,
        "split": plan.split,
        "episodes": plan.episodes,
    }
    for world in dict.fromkeys(world.id for world in plan.worlds):
        for seed in plan.seeds:
            if not done.issuperset(plan.cells_of(world, seed)):
                found = next(one for one in plan.worlds if one.id == world)
                call = partial(_prepared, found, folder, {**settings, "seed": seed})
                yield Job(f"{world}, seed {seed}", call)


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
    plan: Plan, task: Task, done: set[CellKey], folder: Path, pictures: bool
) -> list[Job]:
    cells = plan.cells_of(task.world.id, task.seed)
    versions = {key: _versions(plan, task.world, agent) for key, agent in cells.items()}
    return [
        Job(
            f"{task.world.id}, agent {agent_name(agent)}, seed {task.seed}",
            partial(_played, task, key, agent, plan.language, folder, pictures, versions[key]),
        )
        for key, agent in cells.items()
        if key not in done
    ]


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
