"""Solutions of bargaining problems over finitely many outcomes, exact, and Rubinstein's shares.

All work on utilities of shape (parties, outcomes). A point is the outcome that maximises its
criterion among the efficient ones; of equal ones it is the one with the larger sum, then the first.
Arithmetic is on whole numbers (utilities in fixed point) wherever ties are decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import FactorError


def pareto(utilities: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """(outcomes,) which outcomes are efficient: none is as good for all and better for one.

    Args:
        utilities: (parties, outcomes).
    """
    values = np.asarray(utilities)
    parties, outcomes = values.shape
    efficient = np.zeros(outcomes, np.bool_)
    # From the best for the first party on, an outcome can only be beaten by an earlier one.
    order = np.lexsort(tuple(-row for row in values[::-1]))
    kept: npt.NDArray[Any] = np.empty((parties, 0), values.dtype)
    for outcome in order:
        column = values[:, outcome : outcome + 1]
        at_least = (kept >= column).all(axis=0)
        if not (at_least & (kept > column).any(axis=0)).any():
            efficient[outcome] = True
            kept = np.concatenate([kept, column], axis=1)
    return efficient


def points(
    utilities: npt.NDArray[np.integer], reservation: npt.NDArray[np.integer]
) -> Mapping[str, int]:
    """The outcome of each solution, by its name.

    ``nash`` maximises the product of the gains over the reservation values (Nash, 1950);
    ``kalai_smorodinsky`` the least share of a party in its ideal gain, the most that it can have
    while no other loses (Kalai & Smorodinsky, 1975); ``egalitarian`` the least gain (Kalai, 1977);
    ``utilitarian`` the sum of utilities. Where no outcome is worth its reservation value to every
    party, only the last one exists.

    Args:
        utilities: (parties, outcomes) in fixed point.
        reservation: (parties,) in the same.
    """
    values = np.asarray(utilities, np.int64)
    gains = values - np.asarray(reservation, np.int64)[:, None]
    total = values.sum(axis=0)
    found = {"utilitarian": int(total.argmax())}
    rational = np.asarray((gains >= 0).all(axis=0))
    if not rational.any():
        return found
    ideal = gains[:, rational].max(axis=1)
    # Fractions of the ideal gains over one denominator; a party that can gain nothing has all.
    shares = [
        row * int(np.prod([other for j, other in enumerate(ideal) if j != p and other > 0]))
        for p, row in enumerate(gains)
        if ideal[p] > 0
    ]
    found["nash"] = _best(_product(gains), total, rational)
    least = np.min(shares, axis=0) if shares else np.zeros(len(total), np.int64)
    found["kalai_smorodinsky"] = _best(least, total, rational)
    found["egalitarian"] = _best(gains.min(axis=0), total, rational)
    return found


def _product(gains: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(outcomes,) the product of the gains: of four parties below 2 ** 54, so that it is exact."""
    return np.asarray(np.prod(gains, axis=0))


def _best(
    value: npt.NDArray[np.int64], total: npt.NDArray[np.int64], among: npt.NDArray[np.bool_]
) -> int:
    """The outcome of the largest value; of equal ones that of the largest total, then the first."""
    candidates = np.flatnonzero(among & (value == value[among].max()))
    return int(candidates[total[candidates].argmax()])


def core(utilities: npt.NDArray[Any], quorum: int) -> npt.NDArray[np.bool_]:
    """(outcomes,) which outcomes no coalition that can decide would leave: the core.

    The characteristic function of a negotiation gives coalitions of at least ``quorum`` parties
    every outcome, and smaller ones nothing. Such a coalition leaves an outcome for another one that
    is better for each of its members (Gillies, 1959; without side payments). Under majority rule
    there may be none in the core: every outcome then loses to another one (Condorcet's paradox).
    Where all must consent it holds the outcomes that none is better than for all.

    Args:
        utilities: (parties, outcomes).
        quorum: Parties that decide, from 1 to all.
    """
    values = np.asarray(utilities)
    # Outcome by outcome: a table of all pairs of the largest domains would take megabytes.
    stays = [
        not ((values > values[:, [outcome]]).sum(axis=0) >= quorum).any()
        for outcome in range(values.shape[1])
    ]
    return np.array(stays)


def rubinstein(discounts: tuple[float, float]) -> tuple[float, float]:
    """Shares of the proposer and of the other in the only subgame-perfect equilibrium.

    Dividing 1 by alternating offers without a deadline (Rubinstein, Econometrica 50, 1982).

    Args:
        discounts: What is left to the proposer and to the other of a payment one turn later.

    Raises:
        FactorError: A discount is not in [0, 1), at which shares are not determined.
    """
    first, second = discounts
    for value in discounts:
        if not 0 <= value < 1:
            raise FactorError(f"discount {value!r}: expected at least 0 and less than 1")
    share = (1 - second) / (1 - first * second)
    return share, 1 - share
