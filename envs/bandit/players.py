"""Players that look at the means themselves: the oracles behind the references."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.bandit.rules import Rules
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import ValuePolicy
from adaptarium.envs.core.world import World


def number_of(rules: Rules, arm: int, mode: int) -> int:
    """The number of the action that does something (by its place among the verbs) with an arm."""
    entry = arm * (1 + int(rules.action.watch) + int(rules.action.declare)) + mode
    return rules.action.order.index(entry) if entry < len(rules.action.order) else entry


def rewards_now(rules: Rules, w: Workspace, i: int) -> npt.NDArray[np.float64]:
    """(arms,) expected reward of pulling each arm in the present state, its switch included."""
    now = w.state.now[i, 0]
    means = w.state.means[i, : int(now["num_arms"])]
    if rules.transition.payoff == "bernoulli":
        means = np.clip(means, 0.0, 1.0)
    rewards = rules.reward.payoff * means - rules.reward.pull_cost
    held = int(now["held"])
    if held >= 0:
        away = np.arange(len(means)) != held
        rewards = rewards - rules.reward.switch_cost * away
    return np.asarray(rewards)


class Greedy:
    """Pulls the arm with the highest expected reward now.

    Args:
        rules: The world's factors.
        pulls: After so many steps it declares instead; None never does.
        ahead: (limit, arms of the level) what a pull at each step adds to later rewards.
    """

    def __init__(
        self,
        rules: Rules,
        pulls: int | None = None,
        ahead: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self._rules, self._pulls, self._ahead = rules, pulls, ahead

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        rules = self._rules
        elapsed = int(w.core["elapsed"][i])
        if self._pulls is None or elapsed < self._pulls:
            rewards = rewards_now(rules, w, i)
            if self._ahead is not None:
                identity = w.state.arms[i, : len(rewards)]["identity"]
                rewards = rewards + self._ahead[min(elapsed, len(self._ahead) - 1), identity]
            return number_of(rules, int(rewards.argmax()), 0)
        means = w.state.means[i, : int(w.state.now[i, 0]["num_arms"])]
        right = rules.reward.declared >= -rules.reward.mistaken or means.min() == means.max()
        arm = int(means.argmax() if right else means.argmin())
        return number_of(rules, arm, 1 + int(rules.action.watch))


class Planned:
    """Follows a solved graph of the simplified world, and speaks in the numbers of the real one."""

    def __init__(self, rules: Rules, player: ValuePolicy) -> None:
        self._rules, self._player = rules, player

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        modes = 1 + int(self._rules.action.declare)
        arm, mode = divmod(self._player.act(w, i)[0], modes)
        return number_of(self._rules, arm, mode + int(mode > 0 and self._rules.action.watch))


def play(world: World, level: dict[str, Any], player: Any, episodes: int) -> Any:
    """(episodes,) returns of a player on one level."""
    batch = Batch([world.override(records=(level,))], episodes, autoreset="disabled")
    batch.reset(seed=0)
    while not batch.w.core["ended"].all():
        for i in range(episodes):
            batch.w.actions[i, 0] = player.act(batch.w, i)
        batch.step()
    return batch.w.returns[:, 0].copy()
