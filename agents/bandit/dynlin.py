"""DynLin-UCB for dynamical linear bandits: pulls that last, and a regression on what follows."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows


class DynLinUCB(Policy):
    """DynLin-UCB over a finite set of actions (Mussi, Metelli & Restelli, ICML 2023).

    In epoch ``m`` an arm is pulled ``1 + floor(log m / log(1 / radius))`` times in a row, until the
    hidden state has forgotten what came before; only the last payoff enters a ridge regression of
    the long-run payoff on the arm's action vector, and the arm with the highest upper bound is
    next.

    Args:
        n: Episodes.
        arms: Arms of each.
        actions: (arms, d) action vectors; None takes an own direction for each arm, which needs
            no knowledge and learns nothing from one arm about another.
        radius: Bound on the spectral radius of the hidden state, in (0, 1).
        width: Of the confidence ellipsoid, in payoffs.
        ridge: Weight of the regression's prior.
    """

    def __init__(
        self,
        n: int,
        arms: int,
        actions: Floats | None = None,
        radius: float = 0.2,
        width: float = 1.0,
        ridge: float = 0.1,
    ) -> None:
        super().__init__(n, arms)
        self._actions = np.eye(arms) if actions is None else np.asarray(actions, float)
        self.radius, self.width, self.ridge = radius, width, ridge
        size = self._actions.shape[1]
        self._gram = np.tile(ridge * np.eye(size), (n, 1, 1))
        self._moment = np.zeros((n, size))
        self._epoch = np.zeros(n)
        self._left = np.zeros(n, np.int64)  # pulls of the epoch that are still to come
        self._arm = np.zeros(n, np.int64)

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        super().forget(rows)
        self._gram[rows] = self.ridge * np.eye(self._moment.shape[1])
        self._moment[rows], self._epoch[rows], self._left[rows] = 0.0, 0.0, 0

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take the last payoff of an epoch into the regression."""
        super().learn(rows, arms, payoffs)
        last = self._left[rows] == 0
        kept, vectors = rows[last], self._actions[arms[last]]
        self._gram[kept] += vectors[:, :, None] * vectors[:, None, :]
        self._moment[kept] += payoffs[last, None] * vectors

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms: that of the running epoch, or the one with the highest upper bound."""
        index = np.arange(self.n)[rows]
        ended = index[self._left[index] == 0]
        if len(ended):
            self._epoch[ended] += 1.0
            waits = np.floor(np.log(self._epoch[ended]) / np.log(1.0 / self.radius))
            self._left[ended] = 1 + waits.astype(np.int64)
            self._arm[ended] = self.indices(ended, chance).argmax(axis=1)
        self._left[index] -= 1
        return np.asarray(self._arm[index])

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds of the long-run payoffs."""
        inverse = np.linalg.inv(self._gram[rows])
        theta = np.einsum("mij,mj->mi", inverse, self._moment[rows])
        spread = np.einsum("ai,mij,aj->ma", self._actions, inverse, self._actions)
        return theta @ self._actions.T + self.width * np.sqrt(spread)
