"""Tabular Q-learning (Watkins & Dayan, *Q-learning*, 1992)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.rl.settings import QLearningSettings
from adaptarium.agents.tabular.states import Masks, Rows, States, with_room

Floats = npt.NDArray[np.float64]


class QLearning:
    """A table of action values, moved toward the reward and the best value that follows.

    The n-th step of an action in a state has the size ``learning_rate / n ** learning_rate_power``
    (Even-Dar & Mansour, *Learning rates for Q-learning*, 2003: a power in (0.5, 1] converges).

    Args:
        settings: The hyper-parameters.
        states: The states, which the caller adds to.
    """

    def __init__(self, settings: QLearningSettings, states: States) -> None:
        self.settings, self.states = settings, states
        shape = states.valid.shape[1]
        self._values = np.full((1024, shape), settings.initial_value)
        self._tries = np.zeros((1024, shape), np.int64)

    def _grow(self) -> None:
        self._values = with_room(self._values, len(self.states), self.settings.initial_value)
        self._tries = with_room(self._tries, len(self.states))

    def values(self, rows: Rows) -> Floats:
        """(n, actions) values that exploration goes by."""
        self._grow()
        found: Floats = self._values[rows]
        return found

    def learn(
        self, rows: Rows, actions: Rows, rewards: Floats, following: Rows, ended: Masks
    ) -> None:
        """Learn from one step of several episodes; equal pairs are learnt as their mean.

        Args:
            rows: (n,) states.
            actions: (n,) actions taken in them.
            rewards: (n,).
            following: (n,) states after the step.
            ended: (n,) bool: nothing comes after it.
        """
        self._grow()
        valid = self.states.valid[following]
        ahead = np.where(valid, self._values[following], -np.inf).max(axis=1)
        targets = rewards + self.settings.gamma * np.where(ended, 0.0, ahead)
        pairs, place = np.unique(rows * valid.shape[1] + actions, return_inverse=True)
        counts = np.bincount(place)
        means = np.bincount(place, targets) / counts
        values, tries = self._values.reshape(-1), self._tries.reshape(-1)
        tries[pairs] += counts
        sizes = self.settings.learning_rate / tries[pairs] ** self.settings.learning_rate_power
        values[pairs] += sizes * (means - values[pairs])

    def plan(self) -> None:
        """Nothing is planned."""

    def table(self) -> Floats:
        """(states, actions) values to play by; -inf for what was never tried."""
        self._grow()
        count = len(self.states)
        return np.where(self._tries[:count] > 0, self._values[:count], -np.inf)

    def state(self) -> dict[str, Any]:
        """All that going on needs, as arrays."""
        self._grow()
        count = len(self.states)
        return {"values": self._values[:count].copy(), "tries": self._tries[:count].copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the learner stood that gave ``state``."""
        shape = self.states.valid.shape
        values, tries = np.asarray(state["values"]), np.asarray(state["tries"])
        if values.shape != shape or tries.shape != shape:
            raise ValueError(f"expected a table of shape {shape}, got {values.shape}")
        self._values, self._tries = values.astype(np.float64), tries.astype(np.int64)
