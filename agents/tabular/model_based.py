"""Learning a model of a world, and planning in it: R-max.

R-max (Brafman & Tennenholtz, *R-MAX*, 2002) counts what each action led to, hopes for the best of
an action that it knows too little of, and acts by value iteration in the model that this gives.
Where an action pays less than was hoped for, it has become known by being tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from adaptarium.agents.rl.settings import ModelBasedSettings
from adaptarium.agents.tabular.states import Masks, Rows, States, with_room

Floats = npt.NDArray[np.float64]


class ModelBased:
    """Counts of outcomes, mean rewards, and the values of the model that they make.

    Args:
        settings: The hyper-parameters.
        states: The states, which the caller adds to.
    """

    def __init__(self, settings: ModelBasedSettings, states: States) -> None:
        self.settings, self.states = settings, states
        self._actions = states.valid.shape[1]
        self._tries = np.zeros(1024, np.int64)  # of each pair of state and action
        self._rewards = np.zeros(1024)
        self._outcomes: dict[tuple[int, int], int] = {}  # (pair, state after it) to how often
        self._hoped = np.zeros((0, self._actions))

    def values(self, rows: Rows) -> Floats:
        """(n, actions) values of the last plan; what is met since is hoped for."""
        found = np.full((len(rows), self._actions), self.settings.optimism)
        planned = rows < len(self._hoped)
        found[planned] = self._hoped[rows[planned]]
        return found

    def learn(
        self, rows: Rows, actions: Rows, rewards: Floats, following: Rows, ended: Masks
    ) -> None:
        """Count one step of several episodes; arguments as for Q-learning."""
        pairs = rows * self._actions + actions
        self._grow()
        np.add.at(self._tries, pairs, 1)
        np.add.at(self._rewards, pairs, rewards)
        counts = self._outcomes
        for pair, state, end in zip(
            pairs.tolist(), following.tolist(), ended.tolist(), strict=True
        ):
            if not end:
                counts[pair, state] = counts.get((pair, state), 0) + 1

    def _grow(self) -> None:
        pairs = len(self.states) * self._actions
        self._tries = with_room(self._tries, pairs)
        self._rewards = with_room(self._rewards, pairs)

    def plan(self) -> None:
        """Value iteration in the present model, from the values of the last one."""
        start = self.values(np.arange(len(self.states)))
        self._hoped = self._iterated(start, self.settings.known_after, self.settings.optimism)

    def table(self) -> Floats:
        """(states, actions) values of what is known alone; -inf for what was never tried."""
        start = np.zeros((len(self.states), self._actions))
        return self._iterated(start, 1, -np.inf)

    def _iterated(self, values: Floats, known_after: int, unknown: float) -> Floats:
        """(states, actions) values of the model, where actions less tried are worth ``unknown``."""
        self._grow()
        shape = (len(self.states), self._actions)
        tries = self._tries[: values.size]
        known, divisor = (tries >= known_after).reshape(shape), np.maximum(tries, 1)
        outcomes = np.array(list(self._outcomes), np.int64).reshape(-1, 2)
        shares = np.fromiter(self._outcomes.values(), np.float64, len(outcomes))
        shares /= divisor[outcomes[:, 0]]
        moves = sparse.csr_matrix(
            (shares, (outcomes[:, 0], outcomes[:, 1])), shape=(values.size, shape[0])
        )
        rewards = self._rewards[: values.size] / divisor
        for _ in range(self.settings.sweeps):
            best = np.where(self.states.valid, values, -np.inf).max(axis=1, initial=-np.inf)
            best = np.where(np.isneginf(best), 0.0, best)  # a state whose actions are all untried
            found = (rewards + self.settings.gamma * (moves @ best)).reshape(shape)
            found = np.where(known, found, unknown)
            moved = np.abs(found[known] - values[known]).max(initial=0.0)
            values = found
            if moved < self.settings.tolerance:
                break
        return values

    def state(self) -> dict[str, Any]:
        """All that going on needs, as arrays."""
        self._grow()
        pairs = len(self.states) * self._actions
        outcomes = [(*key, times) for key, times in self._outcomes.items()]
        return {
            "tries": self._tries[:pairs].copy(),
            "rewards": self._rewards[:pairs].copy(),
            "outcomes": np.array(outcomes, np.int64).reshape(-1, 3),
            "hoped": self._hoped.copy(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the learner stood that gave ``state``."""
        pairs = len(self.states) * self._actions
        tries, rewards = np.asarray(state["tries"]), np.asarray(state["rewards"])
        if tries.shape != (pairs,) or rewards.shape != (pairs,):
            raise ValueError(f"expected a model of {pairs} pairs, got {tries.shape}")
        self._tries, self._rewards = tries.astype(np.int64), rewards.astype(np.float64)
        outcomes = np.asarray(state["outcomes"]).tolist()
        self._outcomes = {(pair, after): times for pair, after, times in outcomes}
        self._hoped = np.asarray(state["hoped"], np.float64)
