"""Policies that explore blindly: uniform, and epsilon-greedy."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows, means


class Uniform(Policy):
    """Pulls every arm with the same probability."""

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms."""
        return (chance.uniform(1)[:, 0] * self.arms).astype(np.int64)


class EpsilonGreedy(Policy):
    """Pulls the best arm so far, or with probability ``epsilon`` any one.

    Args:
        n: Episodes.
        arms: Arms of each.
        epsilon: Share of blind pulls.
    """

    def __init__(self, n: int, arms: int, epsilon: float = 0.1) -> None:
        super().__init__(n, arms)
        self.epsilon = epsilon

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) averages; untried arms come first."""
        return means(self.pulls[rows], self.sums[rows], np.inf)

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms."""
        greedy, drawn = super().choose(rows, chance), chance.uniform(2)
        blind = (drawn[:, 1] * self.arms).astype(np.int64)
        return np.where(drawn[:, 0] < self.epsilon, blind, greedy)
