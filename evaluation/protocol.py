"""The evaluation protocol: held-out levels, their references, episodes, and a score for each cell.

A cell is a world, an agent, a split, a shift and a seed. All agents of a cell's world play the same
episodes: the split's distinct levels, all of them where the split is small, in the same order and
under the same seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent, concurrency
from adaptarium.envs.core.banks import generate_levels, read_records
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import ScoreError, SplitError, unknown_name
from adaptarium.envs.core.world import SPLITS, World
from adaptarium.evaluation.foreign import (
    ForeignWorld,
    foreign_seeds,
    play_foreign,
    random_episodes,
)
from adaptarium.evaluation.partners import partner_shifts
from adaptarium.evaluation.playing import level_name, play_episodes
from adaptarium.evaluation.report.strips import Camera
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world
from adaptarium.evaluation.shifting import as_begun, never_in_force, overrides_in, plan_in
from adaptarium.evaluation.statistics import Interval, bootstrap_interval, mean
from adaptarium.wrappers.spec import ShiftPlan

CHUNK = 4096
MAX_CHUNKS = 64
RANDOM_EPISODES = 200
"""Random episodes behind a level's random return."""

Listener = Callable[[str], None]


@dataclass(frozen=True)
class LevelSet:
    """The levels of an evaluation.

    Attributes:
        world: The world with these levels as its explicit records, in order; or a foreign
            environment, which has none.
        names: Their content hashes; of a foreign environment the episodes' seeds, as hexadecimal.
        complete: Whether they are all levels of the split that the generator was seen to make.
    """

    world: World | ForeignWorld
    names: tuple[str, ...]
    complete: bool


def held_out_levels(world: World, split: str, count: int, seed: int = 0) -> LevelSet:
    """Up to ``count`` distinct levels of a split: all of them where there are fewer.

    Args:
        world: The world; explicit levels are taken as they are.
        split: ``"all"``, ``"train"``, ``"validation"`` or ``"test"``.
        count: How many levels are wanted.
        seed: Which levels, where there are more.

    Raises:
        UnknownNameError: there is no such split.
        SplitError: the split holds no level.
    """
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    if world.levels.records:
        return _explicit(world, split, count)
    source = world.override(split=split, num_levels=0)
    level = world.family.module("level")
    found: dict[str, Any] = {}
    first, chunk = run_seed(seed), min(CHUNK, max(256, 2 * count))
    for _ in range(MAX_CHUNKS):
        bank, before = generate_levels(source, first, chunk), len(found)
        for k, content in enumerate(bank.info["content"]):
            name = level_name(content)
            if name not in found and len(found) < count:
                found[name] = level.read(bank, k)
        if len(found) >= count or (chunk == CHUNK and len(found) == before):
            break
        first, chunk = first + chunk, CHUNK
    chosen = source.override(records=tuple(found.values()))
    return LevelSet(chosen, tuple(found), len(found) < count)


def _explicit(world: World, split: str, count: int) -> LevelSet:
    """The explicit levels of a world that lie in ``split``; few levels are not split."""
    bank = read_records(world)
    wanted = SPLITS.index(split) if world.is_split() else 0
    found: dict[str, Any] = {}
    for k, record in enumerate(world.levels.records):
        if wanted in (0, int(bank.info["split"][k])) and len(found) < count:
            found.setdefault(level_name(bank.info["content"][k]), record)
    if not found:
        raise SplitError(f"{world.id}: none of its levels is of split {split!r}")
    return LevelSet(world.override(records=tuple(found.values())), tuple(found), True)


def level_references(levels: LevelSet, listener: Listener = lambda _: None) -> list[LevelReference]:
    """The reference and random returns of every level, under the rules of the set's world.

    The random figures are drawn with seeds of their own, apart from those of any evaluation.
    """
    if isinstance(levels.world, ForeignWorld):
        return _foreign_references(levels.world, levels.names, listener)
    return _references(levels.world, levels.names, listener)


def _references(world: World, names: tuple[str, ...], listener: Listener) -> list[LevelReference]:
    from adaptarium.envs.core.reference import random_returns

    bank = read_records(world)
    rows = np.arange(len(names))
    listener(f"{world.id}: random play on {len(rows)} levels")
    means, errors, n = random_returns(world, bank, rows, RANDOM_EPISODES, run_seed(2**32))
    listener(f"{world.id}: references of {len(rows)} levels")
    found = world.family.module("reference").solve_many(world, bank, range(len(rows)))
    return [
        LevelReference(
            level_hash=name,
            reference_return=float(best.return_),
            method=best.method,
            random_return=float(means[k]),
            random_stderr=float(errors[k]),
            n_random=n,
        )
        for k, (name, best) in enumerate(zip(names, found, strict=True))
    ]


def _foreign_references(
    world: ForeignWorld, names: tuple[str, ...], listener: Listener
) -> list[LevelReference]:
    """One measurement of random play for every level: what a seed changes is not known.

    Raises:
        ScoreError: the return that was given as reference is not above random play.
    """
    listener(f"{world.id}: random play")
    returns = np.array([episode.episode_return for episode in random_episodes(world)])
    mean = float(returns.mean())
    best = world.reference_return
    if best is not None and not best > mean:
        raise ScoreError(
            f"reference return {best:.6g} of {world.id}: uniformly random play reaches {mean:.6g}; "
            "expected more than that"
        )
    stderr = float(returns.std(ddof=1) / np.sqrt(len(returns)))
    method: Literal["none", "given"] = "none" if best is None else "given"
    return [LevelReference(name, best, method, mean, stderr, len(returns)) for name in names]


def episode_seeds(levels: LevelSet, episodes: int, seed: int) -> list[int]:
    """Seeds under which episode ``e`` plays level ``e`` modulo the number of levels."""
    if isinstance(levels.world, ForeignWorld):
        return foreign_seeds(episodes, seed)
    count = len(levels.names)
    first = run_seed(seed) // count * count
    return [first + episode for episode in range(episodes)]


@dataclass(frozen=True)
class Task:
    """What the agents of some cells play: levels, references, seeds.

    Attributes:
        world: The world as it was asked for.
        overrides: Changes to the registered world.
        shift: Changes on top, which agents were not trained under, or the data of a plan of shifts
            that every episode follows (:mod:`adaptarium.evaluation.shifting`).
        split: The split.
        seed: The seed.
        levels: The levels.
        references: Their references.
        seeds: One an episode.
        notes: What a reader of the score must know.
    """

    world: World | ForeignWorld
    overrides: Mapping[str, Any]
    shift: Mapping[str, Any] | None
    split: str
    seed: int
    levels: LevelSet
    references: tuple[LevelReference, ...]
    seeds: tuple[int, ...]
    notes: tuple[str, ...]


def prepare(
    world: World | ForeignWorld,
    *,
    overrides: Mapping[str, Any] | None = None,
    shift: Mapping[str, Any] | None = None,
    split: str = "test",
    episodes: int = 200,
    seed: int = 0,
    listener: Listener = lambda _: None,
) -> Task:
    """Choose the levels of an evaluation and find what they are worth.

    Args:
        world: The world before any change.
        overrides: Knobs and factors that differ from it.
        shift: Knobs and factors on top of those, or the data of a plan of shifts.
        split: The split that is played.
        episodes: Episodes to play, each on a level of its own where there are enough.
        seed: Decides levels and chance.
        listener: Told what is being done.

    Raises:
        UnknownNameError, FactorError: a name or value does not exist.
        SplitError: the split holds no level.
        LevelError: a level has no reference.
        ScoreError: a reference that was given is not above random play.
        EvaluationError: a foreign environment cannot be made or played.
    """
    played = world.override(**{**(overrides or {}), **overrides_in(shift)})
    listener(f"{world.id}: levels of split {split}")
    if isinstance(played, ForeignWorld):
        names = tuple(level_name(number) for number in foreign_seeds(episodes, seed))
        levels, notes = LevelSet(played, names, False), _foreign_notes(played)
    else:
        played = as_begun(played, plan_in(shift))
        levels = held_out_levels(played, split, episodes, seed)
        notes = _notes(played, levels, split)
    return Task(
        world=world,
        overrides=dict(overrides or {}),
        shift=dict(shift) if shift else None,
        split=split,
        seed=seed,
        levels=levels,
        references=tuple(level_references(levels, listener)),
        seeds=tuple(episode_seeds(levels, episodes, seed)),
        notes=notes,
    )


def _notes(world: World, levels: LevelSet, split: str) -> tuple[str, ...]:
    notes = []
    if split != "all" and not world.is_split():
        notes.append(f"{world.id} has too few levels to be split: every split is the whole set.")
    elif levels.complete and not world.levels.records:
        notes.append(f"{world.id}: the {split} split has {len(levels.names)} distinct levels.")
    return tuple(notes)


def _foreign_notes(world: ForeignWorld) -> tuple[str, ...]:
    notes = [f"{world.id} has no levels and no splits: the seed of an episode is its level."]
    if world.reference_return is None:
        notes.append(
            f"{world.id} has no reference: returns are given as they are, without a score."
        )
    return tuple(notes)


def play_cell(
    task: Task,
    agent: str | Agent,
    listener: Listener = lambda _: None,
    pictures: Path | None = None,
) -> Cell:
    """Let an agent play a task's episodes and score them.

    Args:
        task: The episodes.
        agent: The agent.
        listener: Told how far it is.
        pictures: A results folder in which to keep pictures of the first episode, where the agent
            plays one after the other or all together.

    Raises:
        UnknownNameError, AgentError, RunError: the agent cannot be loaded or cannot play.
        ScoreError: the references do not exceed random play.
    """
    begun = time.perf_counter()
    name = agent_name(agent)
    label = f"{task.world.id}: {name}"

    player = load_agent(agent)
    pictured = isinstance(task.levels.world, World) and not concurrency(player)
    camera = Camera(player) if pictures is not None and pictured else None

    def report(done: int) -> None:
        if camera is not None:
            camera.finish()
        listener(f"{label}, {done} of {len(task.seeds)} episodes")

    episodes = _play(task, camera or player, report)
    used = {episode.level_hash for episode in episodes}
    references = tuple(level for level in task.references if level.level_hash in used)
    cell = Cell(
        world=task.world.id,
        overrides=dict(task.overrides),
        agent=name,
        split=task.split,
        shift=None if task.shift is None else dict(task.shift),
        seed=task.seed,
        episodes=tuple(episodes),
        references=references,
        score=score_world(episodes, references),
        wall_seconds=time.perf_counter() - begun,
        notes=(
            *task.notes,
            *shift_notes(plan_in(task.shift), episodes),
            *_told_notes(name, episodes),
            *_cut_notes(task.world.id, episodes),
        ),
    )
    if camera is not None and pictures is not None:
        camera.save(pictures, cell.key)
    return cell


def shift_notes(plan: ShiftPlan | None, episodes: Sequence[EpisodeResult]) -> list[str]:
    """The shifts that were never in force in these episodes, and who played beside the agent."""
    idle = never_in_force(plan, max(episode.length for episode in episodes))
    return [
        f"Shift {name!r} was never in force: its schedule counts from each episode's beginning."
        for name in idle
    ] + [
        f"Shift {shift.name!r} gave seats to partners; returns are of all seats together."
        for shift in partner_shifts(plan)
    ]


def _told_notes(agent: str, episodes: Sequence[EpisodeResult]) -> list[str]:
    told = told_return(episodes)
    if told is None:
        return []
    true = float(np.mean([episode.episode_return for episode in episodes]))
    return [
        f"Shifts changed the rewards that agents were told: {agent} was told {told.value:.4g} "
        f"[{told.low:.4g}, {told.high:.4g}] an episode and earned {true:.4g}, which is what counts."
    ]


def told_return(episodes: Sequence[EpisodeResult]) -> Interval | None:
    """The mean return that an agent was told, with a 95 % interval; None where it is the true one.

    The interval resamples episodes.
    """
    told = [episode.told_return for episode in episodes if episode.told_return is not None]
    return bootstrap_interval(np.array(told), mean) if told else None


def _cut_notes(world_id: str, episodes: Sequence[EpisodeResult]) -> list[str]:
    cut = [episode.length for episode in episodes if episode.cut]
    if not cut:
        return []
    return [
        f"{world_id}: {len(cut)} of {len(episodes)} episodes went on for {cut[0]:,} steps and were "
        "cut there by the evaluator (--max-steps); their returns count as far as they came."
    ]


def _play(task: Task, agent: Agent, report: Callable[[int], None]) -> list[EpisodeResult]:
    world, plan = task.levels.world, plan_in(task.shift)
    if isinstance(world, ForeignWorld):
        return play_foreign(world, agent, task.seeds, report, shift=plan)
    return play_episodes(world, agent, task.seeds, report, shift=plan)
