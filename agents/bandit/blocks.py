"""Blocks of pulls for arms that tire and recharge: after ISI-CombUCB1."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from adaptarium.agents.bandit.policy import Chance, Floats, Integers, Policy, Rows, means

MOST_PLANS = 20_000


class ISICombUCB(Policy):
    """Plans blocks of pulls by upper bounds of every arm in every state it can reach.

    After ISI-CombUCB1 (Laforgue, Clerici, Cesa-Bianchi & Gilad-Bachrach, 2021, arXiv 2110.11819),
    which learns what arm ``a`` pays ``t`` steps after it was left, or after ``t`` pulls in a row,
    and repeats the best block of ``d`` pulls. Results are kept by (arm, steps since its last
    switch). A block is the best of all sequences of ``d`` pulls when it is repeated, so that it is
    independent of the initial state; here all sequences are tried, where the authors solve a
    program. Bounds are UCB1's with ``scale`` in place of 2.

    Args:
        n: Episodes.
        arms: Arms of each.
        length: Pulls of a block; 0 takes four, or fewer where there are more than ``MOST_PLANS``
            sequences. A block cannot hold a longer wait.
        scale: Width of the bound.
    """

    def __init__(self, n: int, arms: int, length: int = 0, scale: float = 0.5) -> None:
        super().__init__(n, arms)
        self.length = length or usual_length(arms)
        self.scale = scale
        states = 2 * self.length
        self._counts = np.zeros((n, arms * states))
        self._totals = np.zeros((n, arms * states))
        self._since = np.ones((n, arms), np.int64)
        self._block = np.zeros((n, self.length), np.int64)
        self._place = np.full(n, self.length)

    def forget(self, rows: Rows) -> None:
        """Begin anew in some episodes."""
        super().forget(rows)
        self._counts[rows], self._totals[rows] = 0.0, 0.0
        self._since[rows], self._place[rows] = 1, self.length

    def learn(self, rows: Integers, arms: Integers, payoffs: Floats) -> None:
        """Lay one result in each episode to the state in which its arm was; then count on."""
        super().learn(rows, arms, payoffs)
        since = self._since[rows]
        state = arms * 2 * self.length + state_number(
            since[np.arange(len(rows)), arms], self.length
        )
        self._counts[rows, state] += 1.0
        self._totals[rows, state] += payoffs
        pulled = np.arange(self.arms) == arms[:, None]
        self._since[rows] = after(since, pulled)

    def choose(self, rows: Rows, chance: Chance) -> Integers:
        """(m,) arms: the next of each episode's block, which is planned where it has ended."""
        index = np.arange(self.n)[rows]
        for row in index[self._place[index] >= self.length]:
            self._block[row], self._place[row] = self._plan(row), 0
        chosen = self._block[index, self._place[index]]
        self._place[index] += 1
        return chosen

    def _plan(self, row: int) -> Integers:
        """The sequence with the highest sum of upper bounds; the first of equal ones."""
        counts, totals = self._counts[row], self._totals[row]
        time = max(float(counts.sum()), 2.0)
        width = np.sqrt(self.scale * np.log(time) / np.maximum(counts, 1e-300))
        bounds = np.where(counts > 0, means(counts, totals, 0.0) + width, 2.0 + width.min())
        sequences, states = blocks(self.arms, self.length)
        return sequences[bounds[states].sum(axis=1).argmax()]


def usual_length(arms: int) -> int:
    """Four pulls, or as many as have at most ``MOST_PLANS`` sequences, but two."""
    length = 4
    while length > 2 and arms**length > MOST_PLANS:
        length -= 1
    return length


def after(since: Integers, pulled: Integers) -> Integers:
    """Steps since the last switch, one step later (see ``envs/bandit/kernels/recharge.py``)."""
    kept = np.where(since < 0, since - 1, -1)
    return np.where(pulled, kept, np.where(since > 0, since + 1, 1))


def state_number(since: Integers, length: int) -> Integers:
    """The place of a state in a table of ``2 * length``: waits first, then pulls in a row."""
    waits = np.minimum(since, length) - 1
    return np.where(since > 0, waits, length + np.minimum(-since, length) - 1)


@functools.lru_cache(maxsize=8)
def blocks(arms: int, length: int) -> tuple[Integers, Integers]:
    """All sequences of pulls, and the state that each pull meets when the sequence is repeated.

    Returns:
        (sequences, length) arms and (sequences, length) places in a table of states by arm.
    """
    sequences = np.array(list(itertools.product(range(arms), repeat=length)))
    since = np.ones((len(sequences), arms), np.int64)
    found = np.zeros_like(sequences)
    # In the third round every wait that is told apart is over: it meets what all later ones meet.
    for step in range(3 * length):
        arm = sequences[:, step % length]
        met = since[np.arange(len(sequences)), arm]
        found[:, step % length] = arm * 2 * length + state_number(met, length)
        since = after(since, np.arange(arms) == arm[:, None])
    return sequences, found
