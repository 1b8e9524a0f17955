"""The best-arm oracle: it looks at the means."""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Integers, Policy, Rows


class Oracle(Policy):
    """Pulls the arm with the highest mean at this moment, whatever that costs later.

    Where arms recharge, or a switch costs and means move, that is not the optimum: the agent
    ``reference`` is.
    """

    def look(self, rows: Rows, batch: Any, slots: Integers) -> None:
        """Read the means of some slots of a batch."""
        self._means = batch.w.state.means[slots, : self.arms]
        self._weights = batch.w.rules["payoff"][slots]

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms."""
        return np.asarray((self._means * self._weights[:, None]).argmax(axis=1))

    def best(self, rows: Rows) -> Integers:
        """(m,) arms with the highest mean."""
        return np.asarray(self._means.argmax(axis=1))
