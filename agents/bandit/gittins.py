"""Gittins indices of Bernoulli arms by dynamic programming, and the policy that follows them."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows

DISCOUNT = 0.99
RESULTS = 100  # of an arm, in the table of the policy
_GRID = 257  # certain payoffs between 0 and 1


def gittins_indices(discount: float, results: int, depth: int = 0) -> Floats:
    """Gittins indices of a Bernoulli arm with Beta posteriors, for every count of results.

    The index of a state is the certain payoff a step for which one would as soon retire as go on
    (Gittins, JRSS B 41, 1979). For a given certain payoff, backward induction over the results to
    come says what it is worth to go on in every state. That is found for a grid of payoffs; the
    index is where the worth meets that of retiring, on a straight line between two of its points.

    Args:
        discount: What a payoff counts one pull later, in (0, 1).
        results: The table holds posteriors Beta(a, b) with a + b <= results + 2.
        depth: Results at which induction begins, with the mean held for ever after; 0 takes what
            discounts the rest to 1e-5.

    Returns:
        (results + 1, results + 1) float64: entry [s, f] is the index after ``s`` successes and
        ``f`` failures from a uniform prior; NaN where s + f > results.
    """
    depth = depth or results + int(np.ceil(np.log(1e-5) / np.log(discount)))
    grid = np.linspace(0.0, 1.0, _GRID)
    found = np.full((results + 1, results + 1), np.nan)
    for total, advantage in _advantages(discount, grid, results, depth):
        wins = np.arange(total + 1)
        found[wins, total - wins] = _roots(grid, advantage)
    return found


def _advantages(
    discount: float, grid: Floats, results: int, depth: int
) -> Iterator[tuple[int, Floats]]:
    """What going on is worth more than retiring, from many results to none.

    Yields:
        A number of results, and (results + 1, grid) float64 by successes and certain payoff.
    """
    retire = grid / (1.0 - discount)
    mean = (np.arange(depth + 1) + 1.0) / (depth + 2.0)
    value = np.maximum(mean[:, None] / (1.0 - discount), retire)
    for total in range(depth - 1, -1, -1):
        chance = ((np.arange(total + 1) + 1.0) / (total + 2.0))[:, None]
        go_on = chance * (1.0 + discount * value[1:]) + (1.0 - chance) * discount * value[:-1]
        if total <= results:
            yield total, go_on - retire
        value = np.maximum(go_on, retire)


def _roots(grid: Floats, advantage: Floats) -> Floats:
    """(rows,) certain payoffs at which the advantage, falling along the grid, is zero."""
    after = np.maximum((advantage > 0).sum(axis=1), 1)
    after = np.minimum(after, len(grid) - 1)
    rows = np.arange(len(advantage))
    above, below = advantage[rows, after - 1], advantage[rows, after]
    share = np.clip(above / np.maximum(above - below, 1e-300), 0.0, 1.0)
    return np.asarray(grid[after - 1] + share * (grid[after] - grid[after - 1]))


@functools.cache
def table(discount: float = DISCOUNT, results: int = RESULTS) -> Floats:
    """The policy's table, made once a process."""
    return gittins_indices(discount, results)


class Gittins(Policy):
    """Pulls the arm with the highest Gittins index: optimal for discounted payoffs of 0 and 1.

    Beyond the table's results the counts are scaled back to its edge, which keeps the average and
    overstates what is left to learn. Horizons are not discounts: played for a fixed number of
    steps it is a strong heuristic.

    Args:
        n: Episodes.
        arms: Arms of each.
        discount: What a payoff counts one step later.
        results: Size of the table.
    """

    def __init__(
        self, n: int, arms: int, discount: float = DISCOUNT, results: int = RESULTS
    ) -> None:
        super().__init__(n, arms)
        self._table, self._results = table(discount, results), results

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each episode; payoffs are cut to [0, 1]."""
        super().learn(rows, arms, np.clip(payoffs, 0.0, 1.0))

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) indices."""
        pulls, wins = self.pulls[rows], self.sums[rows]
        scale = np.minimum(1.0, self._results / np.maximum(pulls, 1.0))
        total = np.floor(pulls * scale)
        won = np.minimum(np.round(wins * scale), total).astype(np.int64)
        return np.asarray(self._table[won, (total - won).astype(np.int64)])
