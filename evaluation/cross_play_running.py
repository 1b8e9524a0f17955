"""Carrying out a cross-play: the missing matches of a results folder, by worker processes.

As in an evaluation, what all matches of a world under one seed play is prepared once, each match is
a job of its own and on the disk as soon as it is finished, and what was killed goes on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from adaptarium.agents.language import LanguageAgent, Settings, language_agent
from adaptarium.agents.language.transcript import transcript_name
from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import AgentError, FactorError, ResultsError, ShiftError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.cross_play import Match, Matches, seatings
from adaptarium.evaluation.cross_play_teams import NamedTeam, Team, team_name
from adaptarium.evaluation.failures import EvaluationError
from adaptarium.evaluation.foreign import ForeignWorld, foreign_player, play_foreign
from adaptarium.evaluation.partners import partner_shifts
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.protocol import Task, prepare, shift_notes
from adaptarium.evaluation.results import CellKey, cell_key
from adaptarium.evaluation.running import MOST_FAILURES_SHOWN, Plan
from adaptarium.evaluation.scores import score_world
from adaptarium.evaluation.shifting import overrides_in, plan_in
from adaptarium.evaluation.versions import agent_version, world_version
from adaptarium.evaluation.workers import Job, carry_out

Listener = Callable[[str], None]


@dataclass(frozen=True)
class Seated:
    """A seating that is still to be played."""

    key: CellKey
    seating: tuple[str, ...]


def seat_names(world: World | ForeignWorld, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a world's seats.

    Raises:
        FactorError: it has one seat.
        UnknownNameError, EvaluationError: a foreign environment cannot be made.
    """
    changed = world.override(**changes)
    if isinstance(changed, ForeignWorld):
        game = changed.game()
        names = tuple(game.returns)
        game.close()
    else:
        names = tuple(f"player_{seat}" for seat in range(changed.seats))
    if len(names) < 2:
        raise FactorError(f"cross-play on {world.id}: it has one seat; expected two or more")
    return names


class CrossPlayRun:
    """A cross-play that is carried out.

    Args:
        plan: Worlds, agents, seeds and terms; groups do not count.
        folder: The results folder.
        listener: Told what is being done.
        on_failure: Told of each failure at once; the others go on.

    Raises:
        FactorError: a world has one seat.
        ShiftError: the plan swaps partners.
    """

    def __init__(
        self,
        plan: Plan,
        folder: str | Path,
        listener: Listener = lambda _: None,
        on_failure: Listener = lambda _: None,
    ) -> None:
        for shift in partner_shifts(plan_in(plan.shift)):
            raise ShiftError(
                f"shift {shift.name!r} swaps partners, and cross-play seats every agent with every "
                "other; expected evaluate without --cross-play"
            )
        self.plan, self.matches = plan, Matches(folder)
        self._listener, self._on_failure = listener, on_failure
        self._agents = {agent_name(agent): agent for agent in plan.agents}
        self._changes = {**plan.overrides, **overrides_in(plan.shift)}
        self._seats = [seat_names(world, self._changes) for world in plan.worlds]
        self._versions = {
            name: agent_version(agent, plan.language) for name, agent in self._agents.items()
        }

    def keys(self) -> list[CellKey]:
        """The keys of all matches, in order."""
        return [
            seated.key
            for number in range(len(self.plan.worlds))
            for seed in self.plan.seeds
            for seated in self._of(number, seed)
        ]

    def carry_out(self, workers: int = 0) -> list[Match]:
        """Play what is missing; all matches of the plan, in its order.

        Args:
            workers: Worker processes; 0 plays in this process.

        Raises:
            ResultsError: the file is damaged, or holds a match that was played under other terms.
            EvaluationError: some matches failed; all others are finished and kept.
        """
        kept = self.matches.read()
        self._check(kept)
        jobs = deque(self._preparations(set(kept)))
        failures: list[str] = []
        for job, outcome in carry_out(jobs, workers, self._listener):
            if outcome.failure is not None:
                failures.append(f"{job.label}: {outcome.failure}")
                self._on_failure(failures[-1])
            elif isinstance(outcome.value, Match):
                self.matches.append(outcome.value)
            else:
                number, task = outcome.value
                jobs.extendleft(reversed(self._match_jobs(number, task, set(kept))))
        self.matches.arrange(self.keys())
        if failures:
            shown = "; ".join(failures[:MOST_FAILURES_SHOWN])
            raise EvaluationError(
                f"{len(failures)} of the jobs failed: {shown}. The others are kept in "
                f"{self.matches.path}: the same command plays what is missing"
            )
        found = self.matches.read()
        return [found[key] for key in self.keys()]

    def _of(self, number: int, seed: int) -> list[Seated]:
        """The seatings of one world under one seed."""
        world, plan = self.plan.worlds[number], self.plan
        changes = plan.overrides_of(world)
        return [
            Seated(
                cell_key(world.id, changes, team_name(seating), plan.split, plan.shift, seed),
                seating,
            )
            for seating in seatings(list(self._agents), len(self._seats[number]))
        ]

    def _check(self, kept: Mapping[CellKey, Match]) -> None:
        """Refuse to count as finished what was played under other terms, or by other agents."""
        for number, world in enumerate(self.plan.worlds):
            version = world_version(world, self._changes)
            for seed in self.plan.seeds:
                for seated in self._of(number, seed):
                    match = kept.get(seated.key)
                    if match is None:
                        continue
                    agents = tuple(self._versions[name] for name in seated.seating)
                    had = (len(match.episodes), match.world_version, match.agent_versions)
                    wanted = (self.plan.episodes, version, agents)
                    if had != wanted or not _same_reference(world, match):
                        raise ResultsError(
                            f"{self.matches.path} holds {world.id}, {team_name(seated.seating)}, "
                            f"seed {seed} of {had[0]} episodes from before something was changed; "
                            f"expected {self.plan.episodes} episodes, the same world, reference "
                            "return and agents, or another folder"
                        )

    def _preparations(self, done: set[CellKey]) -> Iterator[Job]:
        plan = self.plan
        for number, world in enumerate(plan.worlds):
            for seed in plan.seeds:
                if done.issuperset(seated.key for seated in self._of(number, seed)):
                    continue
                terms = {
                    "overrides": plan.overrides_of(world),
                    "shift": plan.shift,
                    "split": plan.split,
                    "episodes": plan.episodes,
                    "seed": seed,
                }
                yield Job(f"{world.id}, seed {seed}", partial(_prepared, number, world, terms))

    def _match_jobs(self, number: int, task: Task, done: set[CellKey]) -> list[Job]:
        version = world_version(task.world, self._changes)
        jobs = []
        for seated in self._of(number, task.seed):
            if seated.key in done:
                continue
            agents = {name: self._agents[name] for name in dict.fromkeys(seated.seating)}
            asks = any(language_agent(a, self.plan.language) is not None for a in agents.values())
            match = _Unplayed(
                key=seated.key,
                folder=self.matches.path.parent,
                task=task,
                agents=agents,
                seating=seated.seating,
                seats=self._seats[number],
                language=self.plan.language,
                world_version=version,
                agent_versions=tuple(self._versions[name] for name in seated.seating),
            )
            label = f"{task.world.id}, {team_name(seated.seating)}, seed {task.seed}"
            jobs.append(Job(label, match.play, lane="language models" if asks else ""))
        return jobs


def _same_reference(world: World | ForeignWorld, match: Match) -> bool:
    """Whether a foreign environment's reference is what it was; our own worlds have theirs."""
    return (
        not isinstance(world, ForeignWorld)
        or match.references[0].reference_return == world.reference_return
    )


def _prepared(
    number: int, world: World | ForeignWorld, terms: Mapping[str, Any], listener: Listener
) -> tuple[int, Task]:
    return number, prepare(world, listener=listener, **terms)


@dataclass(frozen=True)
class _Unplayed:
    """A match before it is played; ``folder`` is that of the results."""

    key: CellKey
    folder: Path
    task: Task
    agents: Mapping[str, Agent | str]
    seating: tuple[str, ...]
    seats: tuple[str, ...]
    language: Settings | None
    world_version: str
    agent_versions: tuple[str, ...]

    def play(self, listener: Listener) -> Match:
        """The match."""
        begun, task = time.perf_counter(), self.task
        label = f"{task.world.id}: {team_name(self.seating)}"
        returns: dict[int, tuple[float, ...]] = {}

        def on_seats(seed: int, of_seats: Any) -> None:
            returns[seed] = tuple(map(float, of_seats))

        def report(done: int) -> None:
            listener(f"{label}, {done} of {len(task.seeds)} episodes")

        models = self._models()
        members = {
            name: models.get(name) or load_agent(agent, self.language)
            for name, agent in self.agents.items()
        }
        world, plan = task.levels.world, plan_in(task.shift)
        if isinstance(world, ForeignWorld):
            players = {name: foreign_player(world, member) for name, member in members.items()}
            named = NamedTeam(players, self.seating, self.seats)
            episodes = play_foreign(world, named, task.seeds, report, on_seats, plan)
        else:
            team = Team(members, self.seating)
            episodes = play_episodes(world, team, task.seeds, report, on_seats, plan)
        if any(len(row) != len(self.seats) for row in returns.values()):
            raise AgentError(f"{task.world.id}: its seats change; expected {list(self.seats)}")
        used = {episode.level_hash for episode in episodes}
        references = tuple(level for level in task.references if level.level_hash in used)
        return Match(
            world=task.world.id,
            overrides=dict(task.overrides),
            seating=self.seating,
            seats=self.seats,
            split=task.split,
            shift=None if task.shift is None else dict(task.shift),
            seed=task.seed,
            episodes=tuple(episodes),
            seat_returns=tuple(returns[episode.seed] for episode in episodes),
            references=references,
            score=score_world(episodes, references),
            wall_seconds=time.perf_counter() - begun,
            notes=(
                *task.notes,
                *shift_notes(plan, episodes),
                *(model.finish() for model in models.values()),
            ),
            world_version=self.world_version,
            agent_versions=self.agent_versions,
        )

    def _models(self) -> dict[str, LanguageAgent]:
        """The language models at the seats by name, each with a transcript of this match."""
        folder, found = self.folder / "transcripts", {}
        for name, agent in self.agents.items():
            model = language_agent(agent, self.language)
            if model is not None:
                path = folder / transcript_name(*self.key, name, len(self.task.seeds))
                found[name] = model.recorded(path)
        return found
