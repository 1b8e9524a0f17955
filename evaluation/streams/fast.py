"""The compact PPO in a stream: the weights are kept from block to block.

On the CPU with one thread going on is exact, as in :mod:`adaptarium.agents.rl.fast.train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium.spaces import Discrete

from adaptarium.agents.protocol import Agent
from adaptarium.agents.rl.fast.learner import PPO
from adaptarium.agents.rl.fast.player import FastAgent
from adaptarium.agents.rl.fast.rollout import Collector
from adaptarium.agents.rl.fast.train import make_network
from adaptarium.agents.rl.running import NotFiniteError
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.settings import FastPPOSettings
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import DivergenceError, FactorError, RunError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.streams.grounds import Grounds
from adaptarium.evaluation.streams.learning_env import Episode, LearningEnv, named
from adaptarium.evaluation.streams.one_at_a_time import OneAtATime
from adaptarium.evaluation.streams.plan import Segment, Stream


class FastLearner:
    """The compact PPO through all blocks of a stream.

    Args:
        stream: The stream.
        grounds: The environments.
        settings: The hyper-parameters; the stream's segments are whole rollouts of them.
        seed: The seed of its life.

    Raises:
        FactorError: seats are to have networks of their own, or past selves to hold some.
    """

    def __init__(
        self, stream: Stream, grounds: Grounds, settings: FastPPOSettings, seed: int
    ) -> None:
        if settings.independent or settings.pool_size:
            raise FactorError(
                f"hyper-parameters independent = {settings.independent}, pool_size = "
                f"{settings.pool_size}: one network plays all seats in a stream; expected false, 0"
            )
        self.grounds = grounds
        self._stream, self._settings, self._seed = stream, settings, run_seed(seed)
        self._collector: Collector | None = None
        self._env: LearningEnv | None = None

    def start(self) -> None:
        """Make the network and what updates it."""
        torch.set_num_threads(1)
        spaces = self._stream.spaces
        with torch.random.fork_rng(devices=[]):  # nobody else's numbers move
            torch.manual_seed(self._seed)
            network = make_network(
                spaces.observations, spaces.actions, self._settings, spaces.seats
            )
        self._random = torch.Generator()
        self._random.manual_seed(self._seed)
        self._ppo = PPO(network, self._settings, self._random)

    def learn(self, segment: Segment) -> Sequence[Episode]:
        """Play whole rollouts, and learn from them.

        Raises:
            DivergenceError: a loss or a gradient is no longer finite.
        """
        env = self.grounds.enter(segment)
        collector = self._collector
        if collector is None or env is not self._env:
            collector = self._collect(env, segment.begin)
        env.steps_left = segment.end - segment.begin
        while env.steps_left:
            rollout = collector.collect()
            try:
                self._ppo.update(rollout, collector.total)
            except NotFiniteError as problem:
                raise DivergenceError(
                    f"learning diverged at step {collector.total:,}: {problem} became NaN or "
                    "infinite; expected for example a smaller learning_rate"
                ) from None
        collector.finished.clear()
        return env.take_finished()

    def _collect(self, env: LearningEnv, total: int) -> Collector:
        """Who plays in new environments, ``total`` steps into the life."""
        view: Any = _Slots(env)
        collector = Collector(
            view,
            self._ppo.network,
            steps=self._settings.n_steps,
            gamma=self._settings.gamma,
            credit=self._settings.credit,
            finite_horizon=self._settings.finite_horizon,
            seed=0,  # the environments have theirs
            random=self._random,
            masked=env.has_masks and isinstance(env.single_action_space, Discrete),
        )
        collector.total = total
        self._env, self._collector = env, collector
        return collector

    def player(self, world: World | ForeignWorld) -> Agent:
        """The policy as an agent, with the weights as they are."""
        agent = FastAgent([self._ppo.network], self._stream.spaces.observations)
        return agent if isinstance(world, World) else OneAtATime(agent)

    def save(self, folder: Path) -> bool:
        """Write a checkpoint."""
        collector = self._collector
        if collector is None:
            return False
        state = {
            "policy": self._ppo.network.state_dict(),
            "optimizer": self._ppo.optimizer.state_dict(),
            "updates": self._ppo.updates,
            "random": self._random.get_state(),
            "memory": collector.memory.clone(),
            "starts": collector.starts.clone(),
        }
        RunFolder(folder).save_checkpoint(state)
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
        collector = self._collect(self.grounds.load(folder, segment), segment.end)
        try:
            self._ppo.network.load_state_dict(state["policy"])
            self._ppo.optimizer.load_state_dict(state["optimizer"])
            self._ppo.updates = int(state["updates"])
            collector.memory, collector.starts = state["memory"], state["starts"]
            self._random.set_state(state["random"])
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as bad:
            first = (str(bad) or type(bad).__name__).splitlines()[0]
            raise RunError(f"{folder}: the checkpoint does not fit: {first[:120]}") from None

    def close(self) -> None:
        """Stop the environments."""
        self.grounds.close()


class _Slots:
    """The environments of a stream as the view of a batch that a collector plays.

    Rows are given the axes of slots and seats again. Whether an episode was a success is not known
    here, and not asked for: the record has the returns.
    """

    def __init__(self, env: LearningEnv) -> None:
        self._env = env
        self.num_envs = env.num_envs // env.seats
        self._lead = (self.num_envs, env.seats)
        self.batch = self  # ends and measures are in `w`, as a batch has them
        self.obs = self._parts(env.observation)
        self.final_obs = {name: np.zeros_like(part) for name, part in self.obs.items()}
        self.reward = np.zeros(self._lead)
        actions = env.single_action_space
        width = int(actions.n) if isinstance(actions, Discrete) else 0
        self.w = SimpleNamespace(
            terminated=np.zeros(self._lead, np.bool_),
            truncated=np.zeros(self._lead, np.bool_),
            alive=np.zeros(self._lead, np.bool_),
            mask=np.zeros((*self._lead, width), np.bool_),
            out={
                "final": np.zeros(self.num_envs, np.bool_),
                "inner_end": np.zeros(self.num_envs, np.bool_),
                "length": np.zeros(self.num_envs, np.int64),
            },
            final_returns=np.zeros(self._lead),
            final_metrics={"success": np.zeros(self.num_envs, np.bool_)},
        )
        self.w.alive[:] = env.alive.reshape(self._lead)

    def _parts(self, observation: Any) -> dict[str, npt.NDArray[Any]]:
        return {
            name: part.reshape(*self._lead, *part.shape[1:])
            for name, part in named(observation).items()
        }

    def reset(self, seed: int) -> None:
        """Nothing: the environments are where they are."""

    def masks(self) -> npt.NDArray[np.bool_]:
        """(slots, seats, actions) bool: which actions are valid now."""
        return self._env.action_masks().reshape(*self._lead, -1)

    def step(self, actions: npt.NDArray[Any]) -> None:
        """Play one step with the actions of all rows."""
        w, env = self.w, self._env
        space = env.single_action_space
        given = np.asarray(actions, space.dtype).reshape(env.num_envs, *(space.shape or ()))
        observation, reward, terminated, truncated, infos = env.step(given)
        self.obs = self._parts(observation)
        self.reward = np.asarray(reward, np.float64).reshape(self._lead)
        w.terminated[:] = terminated.reshape(self._lead)
        w.truncated[:] = truncated.reshape(self._lead)
        w.alive[:] = env.alive.reshape(self._lead)
        w.out["final"][:], w.out["inner_end"][:] = env.over, env.inner_end
        for row in np.flatnonzero(terminated | truncated).tolist():
            slot, seat = divmod(row, env.seats)
            for name, part in named(infos["final_obs"][row]).items():
                self.final_obs[name][slot, seat] = part
