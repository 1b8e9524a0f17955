"""Stable-Baselines3 in the environments of a stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Discrete

from adaptarium.agents.rl.encoding import Encoding
from adaptarium.envs.core.errors import FactorError, missing_extra
from adaptarium.evaluation.streams.learning_env import LearningEnv, named

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError:
    raise missing_extra("stable-baselines3", "train") from None

Observations = npt.NDArray[Any]


class VectorVecEnv(VecEnv):
    """The environments of a stream as a ``VecEnv`` with flat observations.

    Args:
        env: The environments, with discrete actions; a row of theirs is a row of this.
        encoding: How observations are made flat, see :class:`Encoding`.

    Raises:
        FactorError: the actions are not discrete.
    """

    def __init__(self, env: LearningEnv, encoding: str = "one_hot") -> None:
        if not isinstance(env.single_action_space, Discrete):
            raise FactorError(f"actions {env.single_action_space}: expected discrete actions")
        self.env = env
        self.encoding = Encoding(env.single_observation_space, encoding)
        super().__init__(env.num_envs, self.encoding.space, env.single_action_space)

    def reset(self) -> Observations:
        """Begin new episodes; (num_envs, size) observations."""
        observation, _ = self.env.reset()
        return self.encoding(named(observation))

    def step_async(self, actions: npt.NDArray[Any]) -> None:
        """Remember the (num_envs,) actions."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[Observations, npt.NDArray[np.float32], npt.NDArray[np.bool_], list[dict[str, Any]]]:
        """Advance; observations, rewards, ends and infos of every row."""
        observation, rewards, terminated, truncated, info = self.env.step(self._actions)
        ended = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(ended):
            last = named(info["final_obs"][i])
            final = {name: np.asarray(part)[None] for name, part in last.items()}
            infos[i]["terminal_observation"] = self.encoding(final)[0]
            infos[i]["TimeLimit.truncated"] = bool(truncated[i] and not terminated[i])
        vectors = self.encoding(named(observation))
        return vectors, rewards.astype(np.float32), ended, infos

    def save_state(self) -> bytes:
        """A mark alone: the grounds of the life save the environments."""
        return b"-"

    def restore_state(self, data: bytes) -> Observations:
        """The (num_envs, size) observations of the environments as they are."""
        return self.encoding(named(self.env.observation))

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(num_envs, actions) bool: which actions are valid now."""
        masks = self.env.action_masks().reshape(self.num_envs, -1)
        # A seat that is out has no valid action; what it does is without effect.
        return masks | ~masks.any(axis=1, keepdims=True)

    def close(self) -> None:
        """Close the environments."""
        self.env.close()

    # ---- what else the library's interface asks for ----

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The masks for sb3-contrib; there is nothing else to look at a row, and no render mode."""
        if attr_name == "action_masks" and self.env.has_masks:
            return [self.action_masks for _ in self._get_indices(indices)]
        if attr_name != "render_mode":
            raise AttributeError(attr_name)
        return [None for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused."""
        raise AttributeError(f"cannot set {attr_name!r}")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """The masks for ``action_masks``; nothing else exists a row."""
        if method_name != "action_masks":
            raise AttributeError(f"no method {method_name!r}")
        masks = self.action_masks()
        return [masks[row] for row in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Never."""
        return [False for _ in self._get_indices(indices)]
