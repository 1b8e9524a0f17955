"""Policies that draw: Thompson sampling and EXP3."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows


class Thompson(Policy):
    """Thompson sampling for payoffs of 0 and 1, from uniform priors (Thompson, 1933).

    A payoff between counts as that share of a success; what lies outside is cut.
    """

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each episode."""
        super().learn(rows, arms, np.clip(payoffs, 0.0, 1.0))

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) draws from the Beta posteriors."""
        wins, pulls = self.sums[rows], self.pulls[rows]
        return chance.beta(1.0 + wins, 1.0 + pulls - wins)


class GaussianThompson(Policy):
    """Thompson sampling with normal noise of deviation 1 (Agrawal & Goyal, JACM 64, 2017).

    The posterior of an arm is normal around ``sum / (pulls + 1)`` with variance
    ``1 / (pulls + 1)``.
    """

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) draws from the posteriors."""
        count = self.pulls[rows] + 1.0
        return self.sums[rows] / count + chance.normal(self.arms) / np.sqrt(count)


class EXP3(Policy):
    """EXP3 with uniform pulls mixed in, at any horizon (Auer et al., SIAM J. Comput. 32, 2002).

    At step ``t`` the share of uniform pulls is ``min(1, sqrt(K ln K / ((e - 1) t)))``, which is the
    published choice for a horizon ``t``, and also the rate of learning times ``K``.
    """

    def __init__(self, n: int, arms: int) -> None:
        super().__init__(n, arms)
        self._estimates = np.zeros((n, arms))  # of each arm's total payoff
        self._chances = np.full((n, arms), 1.0 / arms)  # of the last choice

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        super().forget(rows)
        self._estimates[rows] = 0.0
        self._chances[rows] = 1.0 / self.arms

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each episode, weighed by the chance of its pull."""
        super().learn(rows, arms, payoffs)
        self._estimates[rows, arms] += payoffs / self._chances[rows, arms]

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms, drawn."""
        time = self.pulls[rows].sum(axis=1, keepdims=True) + 1.0
        count = self.arms
        mixed = np.minimum(1.0, np.sqrt(count * np.log(count) / ((np.e - 1.0) * time)))
        known = self._estimates[rows]
        weights = np.exp(mixed / count * (known - known.max(axis=1, keepdims=True)))
        weights /= weights.sum(axis=1, keepdims=True)
        chances = (1.0 - mixed) * weights + mixed / count
        self._chances[rows] = chances
        drawn = chance.uniform(1) > chances.cumsum(axis=1)
        return np.minimum(drawn.sum(axis=1), count - 1)
