"""Playing a stream's tasks: always the same held-out levels, under the same seeds, for everyone.

Scores keep the scale of the unshifted task, but under shifts of its levels: whoever plays other
levels is judged by what those are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import StreamError
from adaptarium.evaluation.foreign import ForeignWorld, play_foreign
from adaptarium.evaluation.measures.record import Evaluation, Role
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.protocol import Listener, Task, prepare
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.streams.plan import Stream
from adaptarium.evaluation.streams.shifts import groups
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.spec import LevelChange, ShiftPlan

EVALUATION_SEED = 0
"""One for all learners and seeds: what differs between two lives is never luck with levels."""

Played = list[tuple[Task, list[EpisodeResult]]]
"""The episodes, by the levels that they were played on."""


@dataclass(frozen=True)
class EvaluatedTask:
    """A task with the levels that it is evaluated on.

    Attributes:
        name: The task's name.
        task: Levels, their references and the episodes' seeds.
    """

    name: str
    task: Task
    _others: dict[str, Task] = field(default_factory=dict, compare=False)

    def score(self, mean_return: float) -> float:
        """A mean return of the unshifted task as a score, see :func:`score_of`."""
        return score_of(self.task, mean_return)

    def evaluate(self, agent: Agent, clock: Clock) -> Played:
        """Play every episode.

        Args:
            agent: Who plays.
            clock: Where the task's shifts stand.

        Raises:
            AgentError: the agent cannot play.
            StreamError: the levels are worth nothing as they are shifted.
        """
        found: Played = []
        for plan, numbers in groups(clock, len(self.task.seeds)):
            task = self._task_under(plan)
            seeds = [task.seeds[number] for number in numbers]
            found.append((task, _play(task, agent, seeds, plan)))
        return found

    def _task_under(self, plan: ShiftPlan | None) -> Task:
        """The levels under a plan that is held, with what they are worth."""
        levels = tuple(shift for shift in plan or () if isinstance(shift.what, LevelChange))
        if not levels:
            return self.task
        data = ShiftPlan(shift=levels).to_data()
        key = repr(data)
        if key not in self._others:
            task = self.task
            found = prepare(
                task.world,
                shift=data,
                split=task.split,
                episodes=len(task.seeds),
                seed=EVALUATION_SEED,
            )
            self._others[key] = _worth(self.name, found)
        return self._others[key]

    def line(self, played: Played, *, learner: str, seed: int, role: Role, step: int) -> Evaluation:
        """The episodes as a line of a record."""
        every = [episode for _, episodes in played for episode in episodes]
        solved = [episode.solved for episode in every]
        means = np.array([_over_levels(episodes) for _, episodes in played])
        scores = [score_of(task, m) for (task, _), m in zip(played, means.tolist(), strict=True)]
        shares = np.array([len(episodes) for _, episodes in played]) / len(every)
        return Evaluation(
            learner=learner,
            seed=seed,
            task=self.name,
            role=role,
            step=step,
            score=float(shares @ scores),
            episodes=len(every),
            mean_return=float(shares @ means),
            success_rate=None if None in solved else float(np.mean(solved)),  # type: ignore[arg-type]
        )


def random_return(task: Task) -> float:
    """Mean return of random play on the levels."""
    return float(np.mean([level.random_return for level in task.references]))


def reference_return(task: Task) -> float | None:
    """Mean return of the reference on the levels; None where nobody knows one."""
    known = [level.reference_return for level in task.references]
    return None if None in known else float(np.mean(known))  # type: ignore[arg-type]


def score_of(task: Task, mean_return: float) -> float:
    """0 for random play's mean return, 1 for the reference's; else the return itself."""
    best, least = reference_return(task), random_return(task)
    return mean_return if best is None else (mean_return - least) / (best - least)


def _play(
    task: Task, agent: Agent, seeds: Sequence[int], plan: ShiftPlan | None
) -> list[EpisodeResult]:
    world = task.levels.world
    if isinstance(world, ForeignWorld):
        return play_foreign(world, agent, seeds, shift=plan)
    return play_episodes(world, agent, seeds, shift=plan)


def _over_levels(episodes: Sequence[EpisodeResult]) -> float:
    """The mean over levels of each level's mean return, so that references weigh alike."""
    levels: dict[str, list[float]] = {}
    for episode in episodes:
        levels.setdefault(episode.level_hash, []).append(episode.episode_return)
    return float(np.mean([np.mean(returns) for returns in levels.values()]))


def _worth(name: str, task: Task) -> Task:
    """The task, on whose levels there is something to be reached.

    Raises:
        StreamError: the reference is not above random play.
    """
    best, least = reference_return(task), random_return(task)
    if best is not None and not best > least:
        raise StreamError(
            f"task {name!r}: its reference return {best:.6g} is not above random play's "
            f"{least:.6g}, so no score is defined"
        )
    return task


def prepare_task(stream: Stream, place: int, listener: Listener) -> EvaluatedTask:
    """Choose the levels that a task is evaluated on, and find what they are worth.

    Raises:
        SplitError: the split holds no level.
        StreamError: the reference is not above random play.
    """
    task = stream.tasks[place]
    found = prepare(
        task.world,
        split=stream.file.evaluation_split,
        episodes=stream.file.episodes,
        seed=EVALUATION_SEED,
        listener=listener,
    )
    return EvaluatedTask(task.name, _worth(task.name, found))
