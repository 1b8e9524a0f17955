"""The environments that learners of a stream play in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld

Episode = tuple[float, int]
"""Return (of all seats together) and length."""


def spaces_of(world: World | ForeignWorld) -> tuple[Any, Any, int]:
    """One agent's observation space, its action space, and how many seats there are."""
    if isinstance(world, ForeignWorld):
        env = _single(world)
        try:
            return env.observation_space, env.action_space, 1
        finally:
            env.close()
    layout, sizes = world.family.module("layout"), world.sizes()
    return layout.observation_space(sizes), layout.action_space(sizes), world.seats


def _single(world: ForeignWorld) -> gymnasium.Env[Any, Any]:
    name = world.id.partition(":")[2]
    return gymnasium.make(name, disable_env_checker=True, **world.settings)


def vector_env(world: World | ForeignWorld, num_envs: int) -> VectorEnv[Any, Any, Any]:
    """Many environments of a world side by side; an episode begins in the step in which one ends.

    Raises:
        AdaptariumError: the world has several seats.
    """
    if isinstance(world, World):
        from adaptarium.envs.core.vector import VectorEnv as Native

        return Native(num_envs, world=world, autoreset_mode=AutoresetMode.SAME_STEP)
    makers = [lambda: _single(world)] * num_envs
    return SyncVectorEnv(makers, autoreset_mode=AutoresetMode.SAME_STEP)


class LearningEnv(gymnasium.vector.VectorWrapper[Any, Any, Any]):
    """What a learner of someone else is given: so many steps, from a seed that is decided here.

    Args:
        env: The environments.
        seed: Slot ``i`` begins its first episode with ``seed + i``, whatever ``reset`` is told.
        steps: Steps of all slots together that may be taken.

    Attributes:
        steps_left: Steps that are left.
        finished: Return and length of the episodes that ended.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], seed: int, steps: int) -> None:
        super().__init__(env)
        self.steps_left, self.finished = steps, list[Episode]()
        self._seed: int | None = seed
        self._returns = np.zeros(env.num_envs)
        self._lengths = np.zeros(env.num_envs, np.int64)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes in all slots; ``seed`` is ignored, so that runs can be repeated."""
        self._returns[:], self._lengths[:] = 0, 0
        first, self._seed = self._seed, None
        return self.env.reset(seed=first, options=options)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Take a step in every slot.

        Raises:
            AgentError: no steps are left.
        """
        if self.steps_left < self.num_envs:
            raise AgentError("learn() takes more steps than it was given; see env.steps_left")
        self.steps_left -= self.num_envs
        result = self.env.step(actions)
        _, rewards, terminated, truncated, _ = result
        self._returns += rewards
        self._lengths += 1
        ended = np.flatnonzero(terminated | truncated)
        self.finished += [(float(self._returns[i]), int(self._lengths[i])) for i in ended]
        self._returns[ended], self._lengths[ended] = 0, 0
        return result


def named(observation: Any) -> Mapping[str, npt.NDArray[Any]]:
    """Observations by the names of their parts; a plain one has the empty name."""
    return observation if isinstance(observation, Mapping) else {"": np.asarray(observation)}
