"""LinUCB for payoffs that are linear in a context."""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows


class LinUCB(Policy):
    """Disjoint LinUCB (Li, Chu, Langford & Schapire, WWW 2010): a ridge regression an arm.

    Results are laid to the context that was seen before the last pull, so it is made for feedback
    that comes at once. Without contexts it is a bandit of one constant feature.

    Args:
        n: Episodes.
        arms: Arms of each.
        alpha: Width of the bound, in standard deviations.
        forgetting: What a result counts one result later; under 1 it follows drift
            (D-LinUCB's discount; Russac, Vernade & Cappé, NeurIPS 2019).
    """

    def __init__(self, n: int, arms: int, alpha: float = 1.0, forgetting: float = 1.0) -> None:
        super().__init__(n, arms)
        self.alpha, self.forgetting = alpha, forgetting
        self._resize(1)

    def _resize(self, features: int) -> None:
        self._seen = np.ones((self.n, features))  # the context now
        self._pulled_in = np.ones((self.n, features))  # the context of the last choice
        self._gram = np.tile(np.eye(features), (self.n, self.arms, 1, 1))
        self._moment = np.zeros((self.n, self.arms, features))

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        super().forget(rows)
        self._gram[rows] = np.eye(self._seen.shape[1])
        self._moment[rows] = 0.0

    def see(self, rows: Rows, observation: Any) -> None:
        """Keep the present contexts."""
        context = observation.get("context")
        if context is None:
            return
        if np.shape(context)[1] != self._seen.shape[1]:
            self._resize(np.shape(context)[1])
        self._seen[rows] = context

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Add one result in each episode to its arm's regression."""
        super().learn(rows, arms, payoffs)
        context, keep = self._pulled_in[rows], self.forgetting
        identity = np.eye(context.shape[1])
        gram = self._gram[rows, arms]
        outer = context[:, :, None] * context[:, None, :]
        self._gram[rows, arms] = keep * gram + (1.0 - keep) * identity + outer
        moment = self._moment[rows, arms]
        self._moment[rows, arms] = keep * moment + payoffs[:, None] * context

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms with the highest upper bound in the present context."""
        self._pulled_in[rows] = self._seen[rows]
        return super().choose(rows, chance)

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds."""
        context = self._seen[rows]
        wanted = np.broadcast_to(context[:, None, :, None], (*self._moment[rows].shape, 1))
        solved = np.linalg.solve(self._gram[rows], wanted)[..., 0]
        width = np.sqrt(np.einsum("mf,maf->ma", context, solved))
        return np.einsum("maf,maf->ma", self._moment[rows], solved) + self.alpha * width
