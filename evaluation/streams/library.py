"""Learners of Stable-Baselines3 in a stream: the weights are kept from block to block.

On the CPU with one thread going on is exact, as in :mod:`adaptarium.agents.rl.train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.algorithms import make_learner
from adaptarium.agents.rl.checkpoint import capture, restore
from adaptarium.agents.rl.policy import PolicyAgent
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import Settings
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import RunError, missing_extra
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.streams.file import LearnerTable
from adaptarium.evaluation.streams.grounds import Grounds
from adaptarium.evaluation.streams.learning_env import Episode, LearningEnv
from adaptarium.evaluation.streams.one_at_a_time import OneAtATime
from adaptarium.evaluation.streams.plan import Segment, Stream
from adaptarium.evaluation.streams.vec_env import VectorVecEnv

try:
    import torch
    from stable_baselines3.common.logger import Logger
    from stable_baselines3.common.utils import set_random_seed
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None


class LibraryLearner:
    """A learner of the library through all blocks of a stream.

    Args:
        stream: The stream.
        grounds: The environments.
        table: The algorithm.
        settings: Its hyper-parameters; the stream's segments are whole rollouts of them.
        seed: The seed of its life.
    """

    def __init__(
        self, stream: Stream, grounds: Grounds, table: LearnerTable, settings: Settings, seed: int
    ) -> None:
        self._stream, self.grounds = stream, grounds
        self._table, self._settings, self._seed = table, settings, seed
        self._block = -1
        self._env: Any = None
        self._learner: Any = None

    def start(self) -> None:
        """Make the learner, in the environments of the first block."""
        torch.set_num_threads(1)
        first = self._stream.segments()[0]
        self._take(self.grounds.enter(first))
        self._block = first.block
        seed = run_seed(self._seed) % 2**32
        set_random_seed(seed)
        self._env.action_space.seed(seed)
        self._learner = make_learner(self._table.algo, self._settings, self._env, "cpu")
        self._learner.set_logger(Logger(None, []))

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Play whole rollouts, and learn from them."""
        if segment.block != self._block and self._table.replay == "cleared":
            self._forget()
        self._block = segment.block
        env = self.grounds.enter(segment)
        if env is not self._env.env:
            self._take(env)
            self._learner.set_env(self._env)
        env.steps_left = segment.end - segment.begin
        self._learner.learn(env.steps_left, reset_num_timesteps=False, log_interval=None)
        return env.take_finished()

    def _forget(self) -> None:
        replay = getattr(self._learner, "replay_buffer", None)
        if replay is not None:
            replay.reset()

    def _take(self, env: LearningEnv) -> None:
        self._env = VectorVecEnv(env, self._settings.encoding)

    def player(self, world: World | ForeignWorld) -> Agent:
        """The policy as an agent, with the weights as they are."""
        space = self._stream.spaces.observations
        policy = PolicyAgent(self._table.algo, self._learner.policy, self._env.encoding, space)
        return policy if isinstance(world, World) else OneAtATime(policy)

    def save(self, folder: Path) -> bool:
        """Write a checkpoint."""
        RunFolder(folder).save_checkpoint(capture(self._learner, self._env))
        self.grounds.save(folder)
        return True

    def load(self, folder: Path, segment: Segment) -> None:
        """Go on from a checkpoint.

        Raises:
            RunError: it is damaged.
        """
        state = RunFolder(folder).load_checkpoint()
        if state is None:
            raise RunError(f"{folder}: expected a checkpoint")
        self.start()
        self._take(self.grounds.load(folder, segment))
        self._block = segment.block
        self._learner.set_env(self._env)
        try:
            restore(self._learner, self._env, state)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as bad:
            first = (str(bad) or type(bad).__name__).splitlines()[0]
            raise RunError(f"{folder}: the checkpoint does not fit: {first[:120]}") from None

    def close(self) -> None:
        """Stop the environments."""
        self.grounds.close()
