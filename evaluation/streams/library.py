"""Learners of Stable-Baselines3 in a stream: the weights are kept from block to block.

On the CPU with one thread going on is exact, as in :mod:`adaptarium.agents.rl.train`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.algorithms import make_learner
from adaptarium.agents.rl.checkpoint import capture, restore
from adaptarium.agents.rl.policy import PolicyAgent
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import Settings
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import RunError, missing_extra
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.streams.envs import Episode, named, spaces_of, vector_env
from adaptarium.evaluation.streams.file import LearnerTable
from adaptarium.evaluation.streams.learners import seed_at
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
        table: The algorithm.
        settings: Its hyper-parameters; the stream's segments are whole rollouts of them.
        seed: The seed of its life.
    """

    def __init__(self, stream: Stream, table: LearnerTable, settings: Settings, seed: int) -> None:
        self._stream, self._table, self._settings = stream, table, settings
        self._seed = seed
        self._block = -1
        self._env: Any = None
        self._learner: Any = None

    def start(self) -> None:
        """Make the learner, in the environments of the first block."""
        torch.set_num_threads(1)
        self._enter(self._stream.segments()[0])
        seed = run_seed(self._seed) % 2**32
        set_random_seed(seed)
        self._env.action_space.seed(seed)
        self._learner = make_learner(self._table.algo, self._settings, self._env, "cpu")
        self._learner.set_logger(Logger(None, []))

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Play whole rollouts, and learn from them."""
        foreign = isinstance(self._stream.tasks[segment.task].world, ForeignWorld)
        # Environments of others cannot be saved: they begin anew after every evaluation, so that a
        # life that was interrupted is the same as one that was not.
        if segment.block != self._block or foreign:
            if segment.block != self._block and self._table.replay == "cleared":
                self._forget()
            self._enter(segment)
            self._learner.set_env(self._env)
        steps = segment.end - segment.begin
        if isinstance(self._env, VectorVecEnv):
            self._env.env.steps_left = steps
        self._learner.learn(steps, reset_num_timesteps=False, log_interval=None)
        seats = getattr(self._env, "seats", 1)  # a batch reports the mean over them
        episodes = [(one[0] * seats, one[1]) for one in self._env.finished]
        self._env.finished.clear()
        return episodes

    def _forget(self) -> None:
        replay = getattr(self._learner, "replay_buffer", None)
        if replay is not None:
            replay.reset()

    def _enter(self, segment: Segment) -> None:
        """Take the environments of a segment's task."""
        self.close()
        task = self._stream.tasks[segment.task]
        world = task.learnt
        count, seed = self._stream.file.num_envs, seed_at(self._seed, segment.begin)
        encoding = self._settings.encoding
        if isinstance(world, World) and task.plan is None:
            self._env = BatchVecEnv([world], count, seed=seed, encoding=encoding)
        else:
            inner, saved = vector_env(world, count, task.plan), isinstance(world, World)
            self._env = VectorVecEnv(inner, seed, saved, encoding)
        self._block = segment.block

    def player(self, world: World | ForeignWorld) -> Agent:
        """The policy as an agent, with the weights as they are."""
        space = spaces_of(world)[0]
        policy = PolicyAgent(self._table.algo, self._learner.policy, self._env.encoding, space)
        return policy if isinstance(world, World) else _OneAtATime(policy)

    def save(self, folder: Path) -> bool:
        """Write a checkpoint."""
        RunFolder(folder).save_checkpoint(capture(self._learner, self._env))
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
        self._enter(segment)
        self._learner.set_env(self._env)
        try:
            restore(self._learner, self._env, state)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as bad:
            first = (str(bad) or type(bad).__name__).splitlines()[0]
            raise RunError(f"{folder}: the checkpoint does not fit: {first[:120]}") from None

    def close(self) -> None:
        """Stop the environments."""
        if self._env is not None:
            self._env.close()


class _OneAtATime:
    """A policy in environments of others, which show one observation at a time."""

    def __init__(self, policy: PolicyAgent) -> None:
        self._policy = policy

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        """The action for an observation."""
        batch = {name: np.asarray(part)[None] for name, part in named(observation).items()}
        each = {name: np.array([info[name]]) for name in ("first", "step", "seed")}
        if "mask" in info:
            each["mask"] = np.asarray(info["mask"])[None]
        return int(self._policy.act(batch, each)[0])
