"""The environments that learners of a stream play in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from adaptarium.envs.core.errors import AgentError, ShiftError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.wrappers.spec import ShiftPlan

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


def vector_env(
    world: World | ForeignWorld, num_envs: int, plan: ShiftPlan | None = None
) -> VectorEnv[Any, Any, Any]:
    """Many environments of a world side by side; an episode begins in the step in which one ends.

    Args:
        world: The world.
        num_envs: How many.
        plan: Shifts that they follow.

    Raises:
        AdaptariumError: the world has several seats, or the plan does not fit it.
    """
    mode = AutoresetMode.SAME_STEP
    if isinstance(world, World) and plan is not None:
        from adaptarium.wrappers.apply import apply

        if world.seats > 1:
            raise ShiftError(f"{world.id} has {world.seats} seats; a stream shifts worlds of one")
        shifted: VectorEnv[Any, Any, Any] = apply(
            world, plan, face="vec", num_envs=num_envs, autoreset_mode=mode
        )
        return shifted
    if plan is not None:
        raise ShiftError("environments of others are not shifted in streams; expected no shift")
    if isinstance(world, World):
        from adaptarium.envs.core.vector import VectorEnv as Native

        return Native(num_envs, world=world, autoreset_mode=mode)
    makers = [lambda: _single(world)] * num_envs
    return SyncVectorEnv(makers, autoreset_mode=mode)


class LearningEnv(gymnasium.vector.VectorWrapper[Any, Any, Any, Any, Any]):
    """What a learner of someone else is given: so many steps, from a seed that is decided here.

    Args:
        env: The environments.
        seed: Slot ``i`` begins its first episode with ``seed + i``, whatever ``reset`` is told.

    Attributes:
        steps_left: Steps of all slots together that may be taken.
        finished: Return and length of the episodes that ended.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], seed: int) -> None:
        super().__init__(env)
        self.steps_left, self.finished = 0, list[Episode]()
        self._seed: int | None = seed
        self._observation: Any = None
        self._returns = np.zeros(env.num_envs)
        self._lengths = np.zeros(env.num_envs, np.int64)

    @property
    def observation(self) -> Any:
        """What the next actions answer; the first episodes begin when it is looked at."""
        if self._observation is None:
            self.reset()
        return self._observation

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes in all slots; ``seed`` is ignored, so that runs can be repeated."""
        self._returns[:], self._lengths[:] = 0, 0
        first, self._seed = self._seed, None
        result = self.env.reset(seed=first, options=options)
        self._observation = result[0]
        return result

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Take a step in every slot.

        Raises:
            AgentError: no steps are left.
        """
        if self.steps_left < self.num_envs:
            raise AgentError("learn() takes more steps than it was given; see env.steps_left")
        if self._observation is None:
            self.reset()
        self.steps_left -= self.num_envs
        result = self.env.step(actions)
        self._observation, rewards, terminated, truncated, _ = result
        self._returns += rewards
        self._lengths += 1
        ended = np.flatnonzero(terminated | truncated)
        self.finished += [(float(self._returns[i]), int(self._lengths[i])) for i in ended]
        self._returns[ended], self._lengths[ended] = 0, 0
        return result

    def state(self) -> bytes:
        """The state of environments of our own, as an archive of arrays."""
        parts: dict[str, Any] = {
            f"observation.{name}": part for name, part in named(self.observation).items()
        }
        state = np.frombuffer(self.env.unwrapped.save_state(), np.uint8)  # type: ignore[attr-defined]
        buffer = io.BytesIO()
        np.savez(buffer, state=state, returns=self._returns, lengths=self._lengths, **parts)
        return buffer.getvalue()

    def restore(self, data: bytes) -> None:
        """Go on from a state.

        Raises:
            SnapshotError: it is damaged or of another environment.
        """
        self.reset()
        with np.load(io.BytesIO(data), allow_pickle=False) as saved:
            self.env.unwrapped.restore_state(saved["state"].tobytes())  # type: ignore[attr-defined]
            self._returns, self._lengths = saved["returns"], saved["lengths"]
            parts = {name: saved[f"observation.{name}"] for name in named(self._observation)}
            self._observation = parts if isinstance(self._observation, Mapping) else parts[""]


def named(observation: Any) -> Mapping[str, npt.NDArray[Any]]:
    """Observations by the names of their parts; a plain one has the empty name."""
    return observation if isinstance(observation, Mapping) else {"": np.asarray(observation)}
