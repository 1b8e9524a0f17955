"""Several episodes at once, each by a thread: for agents that mostly wait for others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import Agent, EpisodeError, concurrency
from adaptarium.envs.core.errors import AgentError
from adaptarium.evaluation.scores import EpisodeResult
from adaptarium.evaluation.stage import Stage

GIVE_UP_AFTER = 3
"""After so many failed episodes in a row no new one is begun: what they need is gone."""

PlayOne = Callable[[Stage, Agent, int], EpisodeResult]
Listener = Callable[[int], None]


@dataclass(frozen=True)
class FailedEpisode:
    """An episode that its agent gave up."""

    seed: int
    step: int
    reason: str


class UnfinishedError(AgentError):
    """Some episodes of an evaluation failed; the others were played.

    Attributes:
        failed: The episodes that were given up, in the order of their seeds.
        not_begun: How many more were not tried.
    """

    def __init__(
        self, world_id: str, failed: Sequence[FailedEpisode], not_begun: int, total: int
    ) -> None:
        self.failed, self.not_begun = tuple(failed), not_begun
        first = self.failed[0]
        super().__init__(
            f"{world_id}: {len(failed)} of {total} episodes failed, {not_begun} were not begun; "
            f"the first failed one has seed {first.seed}, at step {first.step}: {first.reason}"
        )


class _StoppedError(AgentError):
    """The evaluation ends before this episode does."""


class _Outcome(NamedTuple):
    place: int
    step: int
    result: EpisodeResult | None
    problem: BaseException | None


class _Watched:
    """An agent whose steps are seen, and which can be stopped between two of them."""

    def __init__(self, agent: Agent, stop: threading.Event) -> None:
        self._agent, self._stop = agent, stop
        self.name = agent_name(agent)
        self.step = 0

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Any:
        """The agent's action."""
        if self._stop.is_set():
            raise _StoppedError("stopped")
        self.step = int(info["step"])
        return self._agent.act(observation, info)


def play_in_flight(
    world_id: str,
    agent: Agent,
    seeds: Sequence[int],
    stage: Callable[[], Stage],
    play_one: PlayOne,
    listener: Listener,
) -> list[EpisodeResult]:
    """Play one episode for each seed, as many at once as the agent's ``concurrency`` says.

    Raises:
        UnfinishedError: the agent gave up some episodes; the others are over.
        AgentError: the agent failed in another way.
    """
    return _Flight(world_id, agent, seeds, play_one).run(stage, listener)


class _Flight:
    """Threads that take seeds from one queue and tell of finished episodes in another."""

    def __init__(
        self, world_id: str, agent: Agent, seeds: Sequence[int], play_one: PlayOne
    ) -> None:
        self.world_id, self.agent, self.seeds, self.play_one = world_id, agent, seeds, play_one
        self.waiting: SimpleQueue[int] = SimpleQueue()
        self.finished: SimpleQueue[int | None] = SimpleQueue()  # how many; None: a thread ended
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.results: dict[int, EpisodeResult] = {}
        self.failed: dict[int, FailedEpisode] = {}
        self.in_a_row = 0
        self.fatal: BaseException | None = None
        for place in range(len(seeds)):
            self.waiting.put(place)

    def run(self, stage: Callable[[], Stage], listener: Listener) -> list[EpisodeResult]:
        """Play them all; the results in the order of the seeds."""
        stages = [stage() for _ in range(min(concurrency(self.agent), len(self.seeds)))]
        # Daemons: an interrupted evaluation does not wait for answers that may never come.
        threads = [threading.Thread(target=self._work, args=(one,), daemon=True) for one in stages]
        for thread in threads:
            thread.start()
        try:
            self._gather(len(threads), listener)
        finally:
            self.stop.set()
        for thread, one in zip(threads, stages, strict=True):
            thread.join()
            one.close()
        return self._all()

    def _work(self, stage: Stage) -> None:
        """One thread: an episode after the other."""
        try:
            while not self.stop.is_set():
                outcome = self._play(stage, self.waiting.get_nowait())
                with self.lock:
                    self._take(outcome)
        except (Empty, _StoppedError):
            pass
        finally:
            self.finished.put(None)

    def _play(self, stage: Stage, place: int) -> _Outcome:
        watched = _Watched(self.agent, self.stop)
        try:
            result = self.play_one(stage, watched, self.seeds[place])
        except _StoppedError:
            raise
        except BaseException as problem:  # raised again by the thread that waits for this one
            return _Outcome(place, watched.step, None, problem)
        return _Outcome(place, watched.step, result, None)

    def _gather(self, running: int, listener: Listener) -> None:
        while running:
            done = self.finished.get()
            if done is None:
                running -= 1
            else:
                listener(done)

    def _take(self, outcome: _Outcome) -> None:
        """Keep a result or a failure; one that is not the episode's own ends the evaluation."""
        if outcome.result is not None:
            self.results[outcome.place] = outcome.result
            self.in_a_row = 0
            self.finished.put(len(self.results))
            return
        if not isinstance(outcome.problem, EpisodeError):
            self.fatal = self.fatal or outcome.problem
            self.stop.set()
            return
        seed, reason = self.seeds[outcome.place], str(outcome.problem)
        self.failed[outcome.place] = FailedEpisode(seed, outcome.step, reason)
        self.in_a_row += 1
        if self.in_a_row >= GIVE_UP_AFTER:
            self._call_off()

    def _call_off(self) -> None:
        """Begin no more episodes; those that are running go on."""
        try:
            while True:
                self.waiting.get_nowait()
        except Empty:
            pass

    def _all(self) -> list[EpisodeResult]:
        if self.fatal is not None:
            raise self.fatal
        total = len(self.seeds)
        if self.failed:
            failed = [self.failed[place] for place in sorted(self.failed)]
            not_begun = total - len(self.results) - len(failed)
            raise UnfinishedError(self.world_id, failed, not_begun, total)
        return [self.results[place] for place in range(total)]
