"""One face over a Gymnasium and a PettingZoo environment while an episode is played."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import gymnasium
import numpy as np
from pettingzoo.utils.wrappers import BaseParallelWrapper

from adaptarium.evaluation.failures import shown


class Game(Protocol):
    """An environment in the middle of an episode.

    Attributes:
        observation: What the environment showed last.
        action_space: Where the next action comes from.
        mask: The environment's ``action_mask``; ``None`` where it gives none.
        over: Whether the episode has ended.
        terminated: Whether it ended by the rules, not by a time limit.
        solved: The environment's own ``is_success``; ``None`` where it says nothing.
        time_limit: Steps after which the environment ends an episode, where it says so.
        returns: What each agent has earned in the episode, by name; empty where there is but one.
        reward: What those who act next are told that they earned; 0 at first.
        told: What the last step told all agents together that they earned.
    """

    observation: Any
    action_space: Any
    mask: Any
    over: bool
    terminated: bool
    solved: bool | None
    time_limit: int | None
    returns: dict[str, float]
    reward: Any
    told: float

    def reset(self, seed: int) -> None:
        """Begin an episode."""

    def step(self, action: Any) -> float:
        """Take a step; the reward, of all agents together."""

    def fitting(self, action: Any) -> Any:
        """The action as the environment takes it.

        Raises:
            ValueError: it is none; the message says what was given and expected.
        """

    def close(self) -> None:
        """Release what the environment holds."""


class Purse(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Keeps what an environment paid, for whoever wraps it with other rewards.

    Attributes:
        paid: The reward of the last step.
    """

    paid = 0.0

    def step(self, action: Any) -> Any:
        """Take a step."""
        result = super().step(action)
        self.paid = float(result[1])
        return result


class TeamPurse(BaseParallelWrapper[str, Any, Any]):
    """The same of a PettingZoo environment whose agents act at once.

    Attributes:
        rewards: What each agent was paid in the last step.
    """

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.metadata = env.metadata
        self.rewards: dict[str, float] = {}

    def step(self, actions: Any) -> Any:
        """Take a step of all agents."""
        result = super().step(actions)
        self.rewards = {name: float(reward) for name, reward in result[1].items()}
        return result


class SingleGame:
    """A Gymnasium environment.

    Args:
        env: The environment.
        purse: Within it, what pays, where the environment tells other rewards.
    """

    def __init__(self, env: Any, purse: Purse | None = None) -> None:
        self._env, self._purse = env, purse
        self.reward = self.told = 0.0
        self.action_space = env.action_space
        self.observation: Any = None
        self.mask: Any = None
        self.over, self.terminated = True, False
        self.solved: bool | None = None
        self.time_limit: int | None = env.spec.max_episode_steps if env.spec is not None else None
        self.returns: dict[str, float] = {}

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self.observation, info = self._env.reset(seed=seed)
        self.over, self.terminated = False, False
        self.reward = 0.0
        self._note(info)

    def step(self, action: Any) -> float:
        """Take a step."""
        self.observation, reward, terminated, truncated, info = self._env.step(action)
        self.terminated = bool(terminated)
        self.over = self.terminated or bool(truncated)
        self._note(info)
        self.reward = self.told = float(reward)
        return self.told if self._purse is None else self._purse.paid

    def _note(self, info: Mapping[str, Any]) -> None:
        self.mask = _mask(self.observation, info)
        success = info.get("is_success")
        self.solved = None if success is None else bool(success)

    def fitting(self, action: Any) -> Any:
        """The action in the type of the space."""
        return _fitting(self.action_space, action)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()


class _TeamGame:
    """What games of several agents have in common: everything is a dict by agent.

    Args:
        env: The environment.
        purse: Within it, what has the ``rewards`` that count, where the environment tells others.
    """

    def __init__(self, env: Any, purse: Any = None) -> None:
        self._env, self._purse = env, purse
        self.reward: dict[str, float] = {}
        self.told = 0.0
        self.action_space: dict[str, Any] = {}
        self.observation: dict[str, Any] = {}
        self.mask: dict[str, Any] | None = None
        self.over, self.terminated = True, False
        self.solved: bool | None = None  # PettingZoo has no word for either
        self.time_limit: int | None = None
        self.returns = dict.fromkeys(getattr(env, "possible_agents", ()), 0.0)

    def fitting(self, action: Any) -> dict[str, Any]:
        """One action for each agent in the game."""
        return _fitting_all(self.action_space, action)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()


class ParallelGame(_TeamGame):
    """A PettingZoo environment whose agents act at once; everything is a dict by agent."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        observations, infos = self._env.reset(seed=seed)
        self.terminated = False
        self.returns = dict.fromkeys(self.returns, 0.0)
        self._note(observations, infos, {})

    def step(self, action: Any) -> float:
        """Take a step of all agents."""
        observations, rewards, terminations, _truncations, infos = self._env.step(action)
        self.terminated = any(terminations.values())
        self._note(observations, infos, rewards)
        self.told = float(sum(rewards.values()))
        return _earned(self.returns, rewards if self._purse is None else self._purse.rewards)

    def _note(
        self,
        observations: Mapping[str, Any],
        infos: Mapping[str, Any],
        rewards: Mapping[str, float],
    ) -> None:
        names = list(self._env.agents)
        self.reward = {name: float(rewards.get(name, 0.0)) for name in names}
        self.over = not names
        self.observation = {name: observations[name] for name in names}
        self.action_space = {name: self._env.action_space(name) for name in names}
        masks = {name: _mask(observations[name], infos.get(name, {})) for name in names}
        given = {name: mask for name, mask in masks.items() if mask is not None}
        self.mask = given or None


class TurnGame(_TeamGame):
    """A PettingZoo environment whose agents act in turn; a dict holds the one whose turn it is."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._env.reset(seed=seed)
        self.terminated = False
        self.returns = dict.fromkeys(self.returns, 0.0)
        self._note()

    def step(self, action: Any) -> float:
        """Take the step of the agent whose turn it is; those who have left are passed over."""
        (mine,) = action.values()
        self.told = 0.0
        reward = self._advance(mine)
        while self._env.agents and self._has_left():
            reward += self._advance(None)
        self._note()
        return reward

    def _advance(self, action: Any) -> float:
        self._env.step(action)
        self.terminated = self.terminated or any(self._env.terminations.values())
        self.told += float(sum(self._env.rewards.values()))
        within = self._env if self._purse is None else self._purse
        return _earned(self.returns, within.rewards)

    def _has_left(self) -> bool:
        name = self._env.agent_selection
        return bool(self._env.terminations[name] or self._env.truncations[name])

    def _note(self) -> None:
        self.over = not self._env.agents
        if self.over:
            self.observation, self.action_space, self.mask, self.reward = {}, {}, None, {}
            return
        name = self._env.agent_selection
        observation, reward, _, _, info = self._env.last()
        self.reward = {name: float(reward)}
        mask = _mask(observation, info)
        self.observation = {name: observation}
        self.action_space = {name: self._env.action_space(name)}
        self.mask = None if mask is None else {name: mask}

    def fitting(self, action: Any) -> dict[str, Any]:
        """The action of the agent whose turn it is."""
        return _fitting_all(self.action_space, action)

    def close(self) -> None:
        """Close the environment."""
        self._env.close()


def _earned(returns: dict[str, float], rewards: Mapping[str, Any]) -> float:
    """Add the rewards of a step to the returns; their sum."""
    for name, reward in rewards.items():
        returns[name] = returns.get(name, 0.0) + float(reward)
    return float(sum(rewards.values()))


def _mask(observation: Any, info: Mapping[str, Any]) -> Any:
    """The mask from where either library's environments keep it."""
    if "action_mask" in info:
        return info["action_mask"]
    return observation.get("action_mask") if isinstance(observation, Mapping) else None


def _fitting_all(spaces: Mapping[str, Any], action: Any) -> dict[str, Any]:
    """A dict with an action for each agent that acts."""
    names = list(spaces)
    if not isinstance(action, Mapping) or set(action) != set(names):
        raise ValueError(f"{shown(action)}; expected a dict with an action for {names}")
    return {name: _fitting(spaces[name], action[name]) for name in names}


def _fitting(space: Any, action: Any) -> Any:
    from gymnasium.spaces import Box

    taken = action
    if isinstance(space, Box):
        try:
            taken = np.asarray(action, space.dtype).reshape(space.shape)
        except (TypeError, ValueError):
            taken = None
    if not space.contains(taken):
        raise ValueError(f"{shown(action)}; expected an action of {space}")
    return taken
