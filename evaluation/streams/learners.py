"""What learns in a stream: the algorithms of ``train``, and learners of your own.

A learner of your own is an agent (:mod:`adaptarium.agents.protocol`) that can also learn::

    class MyLearner:
        def act(self, observation, info): ...
        def learn(self, env, steps): ...

``env`` is a :class:`gymnasium.vector.VectorEnv` in mode ``SameStep``; in worlds of several seats
each seat is a row, those of a slot together, and ``env.alive`` tells who plays. Answer
``env.observation`` first (episodes go on where the call before left them), and step it until
``env.steps_left`` is 0, which takes ``steps / env.num_envs`` calls. Its seeds are decided by the
stream. Weights are kept by the learner between calls; nothing tells it which task it is given.
Three methods are optional:

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

from gymnasium.spaces import Discrete

from adaptarium.agents.loading import BUILT_IN, agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.encoding import Encoding
from adaptarium.agents.rl.runs import is_run
from adaptarium.agents.rl.settings import (
    ALGORITHMS,
    LIBRARY_ALGORITHMS,
    FastPPOSettings,
    Settings,
    settings_for,
    with_network,
)
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AdaptariumError, AgentError, FactorError, unknown_name
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.evaluation.failures import described
from adaptarium.evaluation.foreign import ForeignWorld, foreign_player
from adaptarium.evaluation.streams.file import LearnerTable
from adaptarium.evaluation.streams.grounds import Grounds
from adaptarium.evaluation.streams.learning_env import Episode
from adaptarium.evaluation.streams.plan import Segment, Stream
from adaptarium.evaluation.versions import agent_version

LEARNERS = (*LIBRARY_ALGORITHMS, "fast-ppo")
"""The algorithms that learn in streams."""


class Learner(Protocol):
    """What a life is made of.

    Attributes:
        grounds: The environments that it meets.
    """

    grounds: Grounds

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
    world = stream.tasks[0].world
    if table.algo in ALGORITHMS and table.algo not in LEARNERS:
        raise unknown_name("algorithm of streams", table.algo, LEARNERS)
    family = world.family.name if isinstance(world, World) else ""
    settings = with_network(settings_for(table.algo, family, table.hyper))
    rows = stream.rows
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
    grounds = Grounds(stream, seed)
    if table is None:
        found = load_agent(agent) if isinstance(agent, str) else copy.deepcopy(agent)
        return OwnLearner(grounds, found, seed) if is_learner(found) else None
    settings = settings_of(stream, table)
    if isinstance(settings, FastPPOSettings):
        from adaptarium.evaluation.streams.fast import FastLearner

        return FastLearner(stream, grounds, settings, seed)
    from adaptarium.evaluation.streams.library import LibraryLearner

    return LibraryLearner(stream, grounds, table, settings, seed)


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
            _check_algorithm(stream, table)
        except AdaptariumError as problem:
            raise FactorError(f"learner {agent}: {problem}") from None
        return
    if isinstance(agent, str) and agent not in BUILT_IN and ":" not in agent and not is_run(agent):
        raise unknown_name("agent", agent, [*stream.file.learner, *ALGORITHMS, *BUILT_IN])
    found = load_agent(agent)
    for task in stream.tasks:
        if isinstance(task.world, ForeignWorld):
            foreign_player(task.world, found)


def _check_algorithm(stream: Stream, table: LearnerTable) -> None:
    """Make what the algorithm needs for the stream's spaces.

    Raises:
        UnknownNameError, FactorError: it cannot learn them.
    """
    settings = settings_of(stream, table)
    if isinstance(settings, FastPPOSettings):
        from adaptarium.agents.rl.fast.train import make_network

        make_network(
            stream.spaces.observations, stream.spaces.actions, settings, stream.spaces.seats
        )
        return
    Encoding(stream.spaces.observations, settings.encoding)
    if not isinstance(stream.spaces.actions, Discrete):
        raise FactorError(
            f"actions {stream.spaces.actions}: {table.algo} learns discrete ones; expected fast-ppo"
        )
    foreign = [task.world.id for task in stream.tasks if isinstance(task.world, ForeignWorld)]
    if table.algo == "maskable-ppo" and foreign:
        raise FactorError(f"{foreign[0]} has no masks of valid actions; expected ppo")


def learner_version(stream: Stream, agent: Agent | str) -> str:
    """What is known of a learner beside its name, as one line."""
    table = learner_table(stream, agent)
    if table is None:
        return agent_version(agent, None)
    return dumps([table.algo, table.replay, settings_of(stream, table).model_dump(mode="json")])


class OwnLearner:
    """A learner of someone else.

    Args:
        grounds: The environments.
        agent: An agent with ``learn``.
        seed: The seed of its life.
    """

    def __init__(self, grounds: Grounds, agent: Any, seed: int) -> None:
        self.grounds, self._agent, self._seed = grounds, agent, seed

    def start(self) -> None:
        """Seed it, where it can be seeded."""
        if callable(getattr(self._agent, "seed", None)):
            self._call("seed", run_seed(self._seed) % 2**32)

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Let it take the segment's steps.

        Raises:
            AgentError: it fails, or does not take them all.
        """
        env, steps = self.grounds.enter(segment), segment.end - segment.begin
        env.steps_left = steps
        self._call("learn", env, steps)
        if env.steps_left:
            raise AgentError(
                f"agent {agent_name(self._agent)}: learn() took {steps - env.steps_left} of "
                f"{steps} steps; expected all, until env.steps_left is 0"
            )
        return env.take_finished()

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
        self.grounds.save(folder)
        return True

    def load(self, folder: Path, segment: Segment) -> None:
        """Let it load what it saved, and take up the environments."""
        self._call("load", folder / "agent")
        self.grounds.load(folder, segment)

    def close(self) -> None:
        """Close the environments."""
        self.grounds.close()

    def _call(self, method: str, *arguments: Any) -> None:
        try:
            getattr(self._agent, method)(*arguments)
        except AdaptariumError:
            raise
        except Exception as problem:  # a stranger's agent may raise anything
            name = agent_name(self._agent)
            raise AgentError(f"agent {name}: {method}(): {described(problem)}") from problem
