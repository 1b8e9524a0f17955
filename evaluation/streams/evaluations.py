"""Playing a stream's tasks: always the same held-out levels, under the same seeds, for everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import StreamError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld, play_foreign
from adaptarium.evaluation.measures.record import Evaluation, Role
from adaptarium.evaluation.playing import play_episodes
from adaptarium.evaluation.protocol import Listener, Task, prepare
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.streams.plan import Stream
from adaptarium.evaluation.streams.shifts import Positions, shifted_world
from adaptarium.wrappers.spec import ShiftPlan

EVALUATION_SEED = 0
"""One for all learners and seeds: what differs between two lives is never luck with levels."""


@dataclass(frozen=True)
class EvaluatedTask:
    """A task with the levels that it is evaluated on.

    Attributes:
        name: The task's name.
        task: Levels, their references and the episodes' seeds.
    """

    name: str
    task: Task

    @property
    def random_return(self) -> float:
        """Mean return of random play on the levels."""
        return float(np.mean([level.random_return for level in self.task.references]))

    @property
    def reference_return(self) -> float | None:
        """Mean return of the reference on the levels; None where nobody knows one."""
        known = [level.reference_return for level in self.task.references]
        return None if None in known else float(np.mean(known))  # type: ignore[arg-type]

    def score(self, mean_return: float) -> float:
        """0 for random play's mean return, 1 for the reference's; else the return itself."""
        best = self.reference_return
        if best is None:
            return mean_return
        return (mean_return - self.random_return) / (best - self.random_return)

    def evaluate(
        self, agent: Agent, plan: ShiftPlan | None = None, positions: Positions | None = None
    ) -> list[EpisodeResult]:
        """Play every episode.

        Args:
            agent: Who plays.
            plan: The task's shifts.
            positions: Where they stand.

        Raises:
            AgentError: the agent cannot play.
        """
        world = self.task.levels.world
        if plan is not None and isinstance(world, World):
            world = shifted_world(world, plan, positions or {})
        if isinstance(world, ForeignWorld):
            return play_foreign(world, agent, self.task.seeds)
        return play_episodes(world, agent, self.task.seeds)

    def line(
        self,
        episodes: Sequence[EpisodeResult],
        *,
        learner: str,
        seed: int,
        role: Role,
        step: int,
    ) -> Evaluation:
        """The episodes as a line of a record."""
        solved = [episode.solved for episode in episodes]
        mean = _over_levels(episodes)
        return Evaluation(
            learner=learner,
            seed=seed,
            task=self.name,
            role=role,
            step=step,
            score=self.score(mean),
            episodes=len(episodes),
            mean_return=mean,
            success_rate=None if None in solved else float(np.mean(solved)),  # type: ignore[arg-type]
        )


def _over_levels(episodes: Sequence[EpisodeResult]) -> float:
    """The mean over levels of each level's mean return, so that references weigh alike."""
    levels: dict[str, list[float]] = {}
    for episode in episodes:
        levels.setdefault(episode.level_hash, []).append(episode.episode_return)
    return float(np.mean([np.mean(returns) for returns in levels.values()]))


def prepare_task(stream: Stream, place: int, listener: Listener) -> EvaluatedTask:
    """Choose the levels that a task is evaluated on, and find what they are worth.

    Raises:
        SplitError: the split holds no level.
        StreamError: the reference is not above random play.
    """
    task = stream.tasks[place]
    found = EvaluatedTask(
        task.name,
        prepare(
            task.world,
            split=stream.file.evaluation_split,
            episodes=stream.file.episodes,
            seed=EVALUATION_SEED,
            listener=listener,
        ),
    )
    best = found.reference_return
    if best is not None and not best > found.random_return:
        raise StreamError(
            f"task {task.name!r}: its reference return {best:.6g} is not above random play's "
            f"{found.random_return:.6g}, so no score is defined"
        )
    return found
