"""What learns in a stream: algorithms of Stable-Baselines3, and learners of your own.

A learner of your own is an agent (:mod:`adaptarium.agents.protocol`) that can also learn::

    class MyLearner:
        def act(self, observation, info): ...
        def learn(self, env, steps): ...

``env`` is a :class:`gymnasium.vector.VectorEnv` in mode ``SameStep``. Answer ``env.observation``
first (episodes go on where the call before left them), and step it until ``env.steps_left`` is 0,
which takes ``steps / env.num_envs`` calls. Its seeds are decided by the stream. Weights are kept by
the learner between calls; nothing tells it which task it is given. Three methods are optional:

=================  ============================================================================
``seed(number)``   called once before anything else: seed what you draw from
``save(folder)``   write all that going on exactly needs into an empty folder
``load(folder)``   take it up again, in a fresh object; without these two methods a life that is
                   killed begins anew
=================  ============================================================================

An agent without ``learn`` is evaluated once.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from adaptarium.agents.loading import BUILT_IN, agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.runs import is_run
from adaptarium.agents.rl.settings import (
    ALGORITHMS,
    LIBRARY_ALGORITHMS,
    Settings,
    settings_for,
    with_network,
)
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AdaptariumError, AgentError, FactorError, unknown_name
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.evaluation.failures import described
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.streams.envs import Episode, LearningEnv, vector_env
from adaptarium.evaluation.streams.file import LearnerTable
from adaptarium.evaluation.streams.plan import Segment, Stream
from adaptarium.evaluation.versions import agent_version

LIBRARY = LIBRARY_ALGORITHMS
"""The algorithms that learn in streams: those of Stable-Baselines3."""


class Learner(Protocol):
    """What a life is made of."""

    def start(self) -> None:
        """Begin with fresh weights."""

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Learn; the episodes that ended."""

    def player(self, world: World | ForeignWorld) -> Agent:
        """An agent that plays with the present weights."""

    def save(self, folder: Path) -> bool:
        """Write all that going on needs into an empty folder; False where that is not possible."""

    def load(self, folder: Path, segment: Segment) -> None:
        """Go on from what was saved after ``segment``."""

    def close(self) -> None:
        """Release what it holds."""


def seed_at(seed: int, step: int) -> int:
    """The seed of the environments that are made ``step`` steps into a life of run ``seed``."""
    return run_seed(run_seed(seed) + step + 1)


def learner_table(stream: Stream, agent: Agent | str) -> LearnerTable | None:
    """The algorithm that a name stands for, or None for an agent."""
    if not isinstance(agent, str):
        return None
    if agent in stream.file.learner:
        table = stream.file.learner[agent]
        return table.model_copy(update={"algo": table.algo or agent})
    return LearnerTable(algo=agent) if agent in ALGORITHMS else None


def settings_of(stream: Stream, table: LearnerTable) -> Settings:
    """The hyper-parameters of an algorithm, with rollouts that the stream's segments end on.

    Raises:
        UnknownNameError, FactorError: there is no such algorithm or value.
    """
    if table.algo not in LIBRARY:
        raise unknown_name("algorithm of streams", table.algo, LIBRARY)
    world = stream.tasks[0].world
    foreign = isinstance(world, ForeignWorld)
    family, seats = ("", 1) if foreign else (world.family.name, world.seats)  # type: ignore[union-attr]
    settings = with_network(settings_for(table.algo, family, table.hyper))
    rows = stream.file.num_envs * seats
    each = stream.grid // rows
    length = max(n for n in range(1, min(settings.rollout, each) + 1) if each % n == 0)
    if length == 1 < settings.rollout:
        raise FactorError(
            f"evaluate_every and the blocks' steps have only {stream.grid} in common: expected a "
            f"multiple of a rollout, for example of {rows * settings.rollout}"
        )
    fitted = settings.model_copy(update={settings.rollout_field: length})
    return fitted.fitted(stream.grid, rows)


def make_learner(stream: Stream, agent: Agent | str, seed: int) -> Learner | None:
    """What learns, ready to start; None for an agent that does not learn."""
    table = learner_table(stream, agent)
    if table is not None:
        from adaptarium.evaluation.streams.library import LibraryLearner

        return LibraryLearner(stream, table, settings_of(stream, table), seed)
    found = load_agent(agent) if isinstance(agent, str) else copy.deepcopy(agent)
    return OwnLearner(stream, found, seed) if is_learner(found) else None


def is_learner(agent: Agent) -> bool:
    """Whether an agent can learn."""
    return callable(getattr(agent, "learn", None))


def learns(stream: Stream, agent: Agent | str) -> bool:
    """Whether a name or an object stands for something that learns."""
    return learner_table(stream, agent) is not None or is_learner(load_agent(agent))


def check_learner(stream: Stream, agent: Agent | str) -> None:
    """Refuse what cannot learn or play, before anything is run.

    Raises:
        UnknownNameError, FactorError, AgentError, RunError: as its parts.
    """
    table = learner_table(stream, agent)
    if table is not None:
        try:
            settings_of(stream, table)
        except AdaptariumError as problem:
            raise FactorError(f"learner {agent}: {problem}") from None
        return
    if isinstance(agent, str) and agent not in BUILT_IN and ":" not in agent and not is_run(agent):
        raise unknown_name("agent", agent, [*stream.file.learner, *LIBRARY, *BUILT_IN])
    found = load_agent(agent)
    worlds = [task.world for task in stream.tasks]
    if is_learner(found) and any(isinstance(one, World) and one.seats > 1 for one in worlds):
        raise AgentError(
            f"agent {agent_name(agent)} learns in Gymnasium environments, which have one seat; "
            "expected worlds of one seat"
        )


def learner_version(stream: Stream, agent: Agent | str) -> str:
    """What is known of a learner beside its name, as one line."""
    table = learner_table(stream, agent)
    if table is None:
        return agent_version(agent, None)
    return dumps([table.algo, table.replay, settings_of(stream, table).model_dump(mode="json")])


class OwnLearner:
    """A learner of someone else.

    Args:
        stream: The stream.
        agent: An agent with ``learn``.
        seed: The seed of its life.
    """

    def __init__(self, stream: Stream, agent: Any, seed: int) -> None:
        self._stream, self._agent, self._seed = stream, agent, seed
        self._env: Any = None  # a LearningEnv, from the first block on
        self._block, self._foreign = -1, False

    def start(self) -> None:
        """Seed it, where it can be seeded."""
        if callable(getattr(self._agent, "seed", None)):
            self._call("seed", run_seed(self._seed) % 2**32)

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Let it take the segment's steps.

        Raises:
            AgentError: it fails, or does not take them all.
        """
        # Environments of others cannot be saved: they begin anew after every evaluation, so that a
        # life that was interrupted is the same as one that was not.
        if self._env is None or segment.block != self._block or self._foreign:
            self._enter(segment)
        env, steps = self._env, segment.end - segment.begin
        env.steps_left = steps
        self._call("learn", env, steps)
        if env.steps_left:
            raise AgentError(
                f"agent {agent_name(self._agent)}: learn() took {steps - env.steps_left} of "
                f"{steps} steps; expected all, until env.steps_left is 0"
            )
        finished: list[Episode] = env.finished
        env.finished = []
        return finished

    def _enter(self, segment: Segment) -> None:
        """Take the environments of a segment's task."""
        self.close()
        task = self._stream.tasks[segment.task]
        world = task.learnt
        self._foreign = isinstance(world, ForeignWorld)
        inner = vector_env(world, self._stream.file.num_envs, task.plan)
        self._env = LearningEnv(inner, seed_at(self._seed, segment.begin))
        self._block = segment.block

    def player(self, world: World | ForeignWorld) -> Agent:
        """The learner itself."""
        player: Agent = self._agent
        return player

    def save(self, folder: Path) -> bool:
        """Let it save itself, where it can."""
        if not all(callable(getattr(self._agent, name, None)) for name in ("save", "load")):
            return False
        (folder / "agent").mkdir()
        self._call("save", folder / "agent")
        if not self._foreign:
            write_atomically(folder / "env.npz", self._env.state())
        return True

    def load(self, folder: Path, segment: Segment) -> None:
        """Let it load what it saved, and take up the environments."""
        self._call("load", folder / "agent")
        self._enter(segment)
        if not self._foreign:
            self._env.restore((folder / "env.npz").read_bytes())

    def close(self) -> None:
        """Close the environments."""
        if self._env is not None:
            self._env.close()
            self._env = None

    def _call(self, method: str, *arguments: Any) -> None:
        try:
            getattr(self._agent, method)(*arguments)
        except AdaptariumError:
            raise
        except Exception as problem:  # a stranger's agent may raise anything
            name = agent_name(self._agent)
            raise AgentError(f"agent {name}: {method}(): {described(problem)}") from problem
