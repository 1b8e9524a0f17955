"""Upper confidence bounds: UCB1, KL-UCB, and those that forget."""

from __future__ import annotations

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows, means

_NEWTON_STEPS = 6  # from the bounds below, an error under 1e-6
_EDGE = 1e-12


class UCB1(Policy):
    """UCB1 (Auer, Cesa-Bianchi & Fischer, Machine Learning 47, 2002).

    The index is the mean plus ``sqrt(scale * ln t / pulls)``; ``scale`` is 2 as published, for
    payoffs in [0, 1].

    Args:
        n: Episodes.
        arms: Arms of each.
        scale: Width of the bound.
    """

    def __init__(self, n: int, arms: int, scale: float = 2.0) -> None:
        super().__init__(n, arms)
        self.scale = scale

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds; untried arms come first."""
        pulls = self.pulls[rows]
        time = np.maximum(pulls.sum(axis=1, keepdims=True), 1.0)
        width = np.sqrt(self.scale * np.log(time) / np.maximum(pulls, 1e-300))
        return np.where(pulls > 0, means(pulls, self.sums[rows], 0.0) + width, np.inf)


class KLUCB(Policy):
    """KL-UCB for payoffs in [0, 1] (Garivier & Cappé, COLT 2011), with ``c = 0``.

    The index is the highest mean whose Bernoulli divergence from the average, times the pulls, is
    at most ``ln t``. Newton's method finds it from an upper bound: the divergence is convex, so it
    never steps over.
    """

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds; untried arms come first."""
        pulls = self.pulls[rows]
        time = np.maximum(pulls.sum(axis=1, keepdims=True), 1.0)
        level = np.log(time) / np.maximum(pulls, 1e-300)
        bound = kl_bound(means(pulls, self.sums[rows], 0.0), level)
        return np.where(pulls > 0, bound, np.inf)


def kl_bound(mean: Floats, level: Floats) -> Floats:
    """The largest q in [mean, 1] with kl(mean, q) <= level, for Bernoulli variables.

    Args:
        mean: Averages in [0, 1].
        level: Divergences, from 0.
    """
    p = np.clip(mean, _EDGE, 1.0 - _EDGE)
    entropy = p * np.log(p) + (1.0 - p) * np.log1p(-p)
    # Two upper bounds: Pinsker's, and the divergence without its term p * ln(1 / q) >= 0.
    q = np.minimum(p + np.sqrt(0.5 * level), -np.expm1((entropy - level) / (1.0 - p)))
    q = np.clip(q, p, 1.0 - _EDGE)
    for _ in range(_NEWTON_STEPS):
        excess = entropy - p * np.log(q) - (1.0 - p) * np.log1p(-q) - level
        slope = np.maximum(q - p, _EDGE) / (q * (1.0 - q))
        q = np.clip(q - np.maximum(excess, 0.0) / slope, p, 1.0 - _EDGE)
    return q


class DiscountedUCB(Policy):
    """Discounted UCB for means that change (Garivier & Moulines, ALT 2011).

    Args:
        n: Episodes.
        arms: Arms of each.
        discount: What a result counts one step later.
        scale: Width of the bound: ``2 * sqrt(scale * ln(discounted time) / discounted pulls)``.
    """

    def __init__(self, n: int, arms: int, discount: float = 0.99, scale: float = 0.5) -> None:
        super().__init__(n, arms)
        self.discount, self.scale = discount, scale

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each episode; those before fade."""
        self.pulls[rows] *= self.discount
        self.sums[rows] *= self.discount
        super().learn(rows, arms, payoffs)

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds; untried arms come first."""
        return _forgetful(self.pulls[rows], self.sums[rows], self.scale)


class SlidingWindowUCB(Policy):
    """UCB of the last results alone (Garivier & Moulines, ALT 2011).

    Args:
        n: Episodes.
        arms: Arms of each.
        window: Results that count.
        scale: Width of the bound, as for :class:`DiscountedUCB`.
    """

    def __init__(self, n: int, arms: int, window: int = 200, scale: float = 0.5) -> None:
        super().__init__(n, arms)
        self.window, self.scale = window, scale
        self._arms = np.full((n, window), -1)
        self._payoffs = np.zeros((n, window))
        self._next = np.zeros(n, np.int64)

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        super().forget(rows)
        self._arms[rows] = -1
        self._next[rows] = 0

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each episode; the oldest one goes."""
        place = self._next[rows] % self.window
        old = self._arms[rows, place]
        gone = rows[old >= 0]
        self.pulls[gone, old[old >= 0]] -= 1.0
        self.sums[gone, old[old >= 0]] -= self._payoffs[gone, place[old >= 0]]
        self._arms[rows, place], self._payoffs[rows, place] = arms, payoffs
        self._next[rows] += 1
        super().learn(rows, arms, payoffs)

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) upper bounds; arms without a result in the window come first."""
        return _forgetful(self.pulls[rows], self.sums[rows], self.scale)


def _forgetful(pulls: Floats, sums: Floats, scale: float) -> Floats:
    """Upper bounds from what is remembered."""
    known = pulls > 1e-3
    time = np.maximum(pulls.sum(axis=1, keepdims=True), 1.0)
    width = 2.0 * np.sqrt(scale * np.log(time) / np.maximum(pulls, 1e-300))
    return np.where(known, means(pulls, sums, 0.0) + width, np.inf)
