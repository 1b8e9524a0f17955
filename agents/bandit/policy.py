"""What a bandit policy is: arrays with a row an episode, one choice for all rows at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri

from adaptarium.agents.draws import uniforms

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Rows = Any  # an index array of episodes, or a slice


class Addressed:
    """Random numbers of one step that depend on each episode's seed and step alone.

    Args:
        seeds: (n,) seeds of the episodes.
        steps: (n,) steps since each began.
    """

    def __init__(self, seeds: Any, steps: Any) -> None:
        self._seeds, self._steps = seeds, steps

    def uniform(self, count: int) -> Floats:
        """(n, count) numbers in [0, 1)."""
        return uniforms(self._seeds, self._steps, (count,))

    def normal(self, count: int) -> Floats:
        """(n, count) standard normal numbers."""
        return np.asarray(ndtri(self.uniform(count) + 2.0**-54))

    def beta(self, a: Floats, b: Floats) -> Floats:
        """Beta numbers, one for each entry of (n, count) parameters."""
        return np.asarray(betaincinv(a, b, self.uniform(a.shape[1])))


class Streamed:
    """The same from a generator: faster, for simulations of a fixed set of episodes.

    Args:
        rng: The generator.
        rows: Episodes.
    """

    def __init__(self, rng: np.random.Generator, rows: int) -> None:
        self._rng, self._rows = rng, rows

    def uniform(self, count: int) -> Floats:
        """(n, count) numbers in [0, 1)."""
        return self._rng.random((self._rows, count))

    def normal(self, count: int) -> Floats:
        """(n, count) standard normal numbers."""
        return self._rng.standard_normal((self._rows, count))

    def beta(self, a: Floats, b: Floats) -> Floats:
        """Beta numbers, one for each entry of (n, count) parameters."""
        return self._rng.beta(a, b)


Chance = Addressed | Streamed


class Policy:
    """A policy that counts what each arm has paid; it pulls the arm with the highest index.

    Args:
        n: Episodes.
        arms: Arms of each.

    Attributes:
        pulls: (n, arms) results of each arm.
        sums: (n, arms) what they paid together.
    """

    def __init__(self, n: int, arms: int) -> None:
        self.n, self.arms = n, arms
        self.pulls = np.zeros((n, arms))
        self.sums = np.zeros((n, arms))

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        self.pulls[rows] = 0.0
        self.sums[rows] = 0.0

    def see(self, rows: Rows, observation: Any) -> None:
        """Take note of what is seen beside results, such as a context."""

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Take note of one result in each of some episodes.

        Args:
            rows: (m,) different episodes.
            arms: (m,) arms.
            payoffs: (m,) what they paid.
        """
        self.pulls[rows, arms] += 1.0
        self.sums[rows, arms] += payoffs

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms to pull now; where several have the same index, the first."""
        return np.asarray(self.indices(rows, chance).argmax(axis=1))

    def indices(self, rows: Rows, chance: Chance) -> Floats:
        """(m, arms) indices."""
        raise TypeError(f"{type(self).__name__} has no indices")

    def best(self, rows: Rows) -> Integers:
        """(m,) arms that have paid most on average; what has never been tried counts least."""
        return np.asarray(means(self.pulls[rows], self.sums[rows], -np.inf).argmax(axis=1))


def means(pulls: Floats, sums: Floats, untried: float) -> Floats:
    """Average payoffs, and ``untried`` where there is none."""
    return np.where(pulls > 0, sums / np.maximum(pulls, 1e-300), untried)
