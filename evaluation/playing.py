"""Playing episodes: an agent, a world, chosen levels, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import Agent, concurrency, is_batched
from adaptarium.agents.text import EpisodeTexts
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.truth import TRUE_RETURN, has_truth
from adaptarium.envs.core.world import World
from adaptarium.evaluation.failures import shown
from adaptarium.evaluation.in_flight import play_in_flight
from adaptarium.evaluation.partners import MOST_SLOTS, Partnered, partner_shifts
from adaptarium.evaluation.place import note
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.stage import Stage
from adaptarium.wrappers.spec import ShiftPlan

MOST_AT_ONCE = MOST_SLOTS
"""Episodes that a batched agent plays side by side at most."""

Listener = Callable[[int], None]
SeatListener = Callable[[int, Sequence[float]], None]
"""Told an episode's seed and the return of each seat once it is over."""


def level_name(content: int) -> str:
    """A level's canonical content hash as files write it: 16 hexadecimal digits."""
    return f"{int(content):016x}"


def play_episodes(
    world: World,
    agent: Agent,
    seeds: Sequence[int],
    listener: Listener = lambda _done: None,
    on_seats: SeatListener = lambda _seed, _returns: None,
    shift: ShiftPlan | None = None,
) -> list[EpisodeResult]:
    """Play one episode for each seed.

    Results do not depend on how many episodes are played side by side.

    Args:
        world: The world; the seed decides its level as in ``reset(seed=...)``.
        agent: The agent. One that is not batched plays the episodes one after the other, or, with
            a ``concurrency``, a thread each.
        seeds: The seeds of the episodes.
        listener: Called with the number of episodes that are finished.
        on_seats: Called with the seed of each finished episode and the returns of its seats.
        shift: Shifts that every episode follows, counted from its beginning.

    Raises:
        AgentError: the agent raises, or answers with actions that the world does not have.
        AdaptariumError: the shifts do not fit the world, in its several kinds.
        UnfinishedError: an agent with a ``concurrency`` gave up some of the episodes.
    """
    if shift is not None and partner_shifts(shift):
        agent = Partnered(agent, world, shift)
    if concurrency(agent):
        play_one = partial(_play_one, world, on_seats)
        return play_in_flight(
            world.id, agent, seeds, partial(Stage, world, 1, shift), play_one, listener
        )
    at_once = min(MOST_AT_ONCE, len(seeds)) if is_batched(agent) else 1
    stage = Stage(world, at_once, shift)
    done: list[EpisodeResult] = []
    try:
        while len(done) < len(seeds):
            part = list(seeds[len(done) : len(done) + at_once])
            done += _Round(world, stage, agent, part, on_seats).play()
            listener(len(done))
    finally:
        stage.close()
    return done


def _play_one(
    world: World, on_seats: SeatListener, stage: Stage, agent: Agent, seed: int
) -> EpisodeResult:
    # Whoever plays several in flight knows the seed and the step of each.
    return _Round(world, stage, agent, [seed], on_seats, located=False).play()[0]


class _Round:
    """Episodes played side by side in the first slots of a batch.

    With ``located`` an agent's error says in which episode and step it came.
    """

    def __init__(
        self,
        world: World,
        stage: Stage,
        agent: Agent,
        seeds: list[int],
        on_seats: SeatListener,
        located: bool = True,
    ) -> None:
        self.world, self.stage, self.agent = world, stage, agent
        self.batch = stage.batch
        self.located, self.on_seats = located, on_seats
        self.seeds = np.array(seeds, np.int64)
        self.n = len(seeds)
        self.steps = np.zeros(self.n, np.int64)
        self.level = np.zeros(self.n, np.uint64)
        self.terminated = np.zeros(self.n, np.bool_)

    def play(self) -> list[EpisodeResult]:
        """Play until every episode is over."""
        batch = self.batch
        # Slots beyond the last episode repeat its seed and are never looked at.
        padded = np.concatenate([self.seeds, np.full(batch.num_envs - self.n, self.seeds[-1])])
        self.stage.reset(padded.tolist())
        self.level[:] = batch.w.info["content"][batch.w.core["level"][: self.n]]
        running = np.arange(self.n)
        while len(running):
            self._step(running)
            self.terminated[running] = batch.w.terminated[running].any(axis=1)
            running = np.flatnonzero(~batch.w.core["ended"][: self.n].astype(np.bool_))
        return [self._result(i) for i in range(self.n)]

    def _step(self, running: npt.NDArray[np.int64]) -> None:
        note(int(self.seeds[running[0]]), int(self.steps[running[0]]))
        try:
            actions = self._actions(running)
        except AgentError as problem:
            if not self.located:
                raise
            first = running[0]
            where = f"episode seed {self.seeds[first]}, step {self.steps[first]}"
            raise AgentError(f"{where}: {problem}") from problem
        self.stage.step(running, actions)
        self.steps[running] += 1

    def _actions(self, running: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """(running, A, ...) actions of the agent, checked."""
        observation, info = self._given(running)
        if not is_batched(self.agent):
            observation = {name: part[0] for name, part in observation.items()}
            info = {name: part[0] if name in _PER_EPISODE else part for name, part in info.items()}
        try:
            answer = self.agent.act(observation, info)
        except AgentError:
            raise
        except Exception as problem:  # a stranger's agent may raise anything
            name = agent_name(self.agent)
            raise AgentError(f"agent {name}: {type(problem).__name__}: {problem}") from problem
        return self._checked(answer, len(running))

    def _given(self, running: npt.NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, Any]]:
        parts, mask = self.stage.observation(running), self.stage.mask(running)
        info: dict[str, Any] = {
            "first": self.steps[running] == 0,
            "step": self.steps[running],
            "seed": self.seeds[running],
            "mask": mask,
            "reward": self.stage.reward(running),
            "action_space": self.batch.action_space,
            "mission": self.world.mission,
            "world": self.world,
            "batch": self.batch,
            "slots": running,
        }
        if self.stage.tells:
            steps = self.steps[running].tolist()
            info["text"] = EpisodeTexts(self.world, self.batch, running.tolist(), steps)
        return parts, info

    def _checked(self, answer: Any, count: int) -> npt.NDArray[Any]:
        """The answer as an array of the batch's actions.

        Raises:
            AgentError: it has another shape or type, or is out of range.
        """
        target = self.batch.w.actions
        name = agent_name(self.agent)
        shape = (count, *target.shape[1:])
        try:
            actions = np.asarray(answer)
            actions = actions.reshape(shape)
        except (TypeError, ValueError):
            raise AgentError(f"agent {name} gave {shown(answer)}; expected {shape}") from None
        if np.issubdtype(target.dtype, np.integer):
            count = self.batch.w.mask.shape[2]
            whole = np.issubdtype(actions.dtype, np.integer)
            if not whole or actions.min() < 0 or actions.max() >= count:
                raise AgentError(
                    f"agent {name} gave the action {shown(answer)}; "
                    f"expected integers from 0 to {count - 1}"
                )
        elif not np.isfinite(actions).all():
            raise AgentError(f"agent {name} gave the action {shown(answer)}; expected numbers")
        return actions

    def _result(self, i: int) -> EpisodeResult:
        w = self.batch.w
        self.on_seats(int(self.seeds[i]), w.final_returns[i].tolist())
        return EpisodeResult(
            level_hash=level_name(self.level[i]),
            seed=int(self.seeds[i]),
            episode_return=float(w.final_returns[i].sum()),
            length=int(w.out["length"][i]),
            terminated=bool(self.terminated[i]),
            solved=bool(w.final_metrics["success"][i]),
            told_return=float(self.stage.told[i].sum()) if self.stage.pays else None,
            measures=self._measures(i),
            true_return=float(w.final_metrics[TRUE_RETURN][i]) if has_truth(self.world) else None,
        )

    def _measures(self, i: int) -> dict[str, float] | None:
        """What the family reports of the last inner episode."""
        layout, w = self.world.family.module("layout"), self.batch.w
        reported = getattr(layout, "reported", None)
        names: Sequence[str] = reported(self.batch.rules[i]) if reported else ()
        found = {name: float(w.final_metrics[i][name]) for name in names}
        judged = getattr(layout, "judged", None)
        return {**found, **(judged(w, i) if judged else {})} or None


_PER_EPISODE = ("first", "step", "seed", "mask", "reward", "text", "slots")
