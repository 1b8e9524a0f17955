"""The subgame-perfect equilibrium of two parties that know everything, by backward induction.

With a deadline the game is finite: the last turn is solved first, then the one before it. Who is
indifferent takes the first of: to accept, to offer (the first of the best outcomes), to wait, to
walk away. For the split of a cake with a far deadline this is Rubinstein's equilibrium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.rules import Rules

Floats = npt.NDArray[np.float64]

# Who is indifferent is so to this many digits: sums of equal payments may differ in the last bit.
DIGITS = 12


@dataclass(frozen=True)
class Equilibrium:
    """What both parties do and get when each plays its best against the other.

    Attributes:
        returns: (2,) expected returns from the start.
        actions: (turns, 2 outcomes + 1) the action of the party whose turn it is: by the offer on
            the table, ``party * outcomes + outcome``, the last column for none.
    """

    returns: Floats
    actions: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Ends:
    """What an end pays, before the discount: (states, 2) a deal, (2, 2) by walker, (2,) none."""

    deal: Floats
    walked: Floats
    nothing: Floats


def _ends(level: Mapping[str, Any], rules: Rules) -> _Ends:
    reward = rules.reward
    least = np.array([party["reservation"] for party in level["parties"]])
    utilities = np.array([party["utilities"] for party in level["parties"]]).T
    walked = np.tile(reward.no_deal * least, (2, 1))
    walked[[0, 1], [0, 1]] = reward.outside * least
    # Offers of either party; with nothing on the table there is nothing to accept.
    deal = np.concatenate([utilities, utilities, np.full((1, 2), -np.inf)]) * reward.deal
    return _Ends(deal, walked, reward.no_deal * least)


def equilibrium(level: Mapping[str, Any], rules: Rules) -> Equilibrium:
    """Solve one negotiation of two parties; the time limit of the episode is left aside.

    Args:
        level: A readable level of two parties.
        rules: The factors.

    Raises:
        LevelError: there are more than two parties, they do not take turns, or a deal is worth
            nothing to anybody.
    """
    if len(level["parties"]) != 2:
        raise LevelError(f"{len(level['parties'])} parties: expected 2 for an equilibrium")
    if rules.transition.offers != "in turn":
        raise LevelError(f"transition.offers = {rules.transition.offers!r}: expected 'in turn'")
    if rules.reward.deal <= 0:
        raise LevelError(f"reward.deal = {rules.reward.deal}: expected more than 0")
    ends, turns = _ends(level, rules), 2 * rules.transition.deadline
    first = {"level": int(level["first"]), "player_0": 0}.get(rules.transition.first, 1)
    left, risk = rules.transition.discount, rules.transition.breakdown
    values = np.tile(ends.nothing, (len(ends.deal), 1))
    actions = np.zeros((turns, len(ends.deal)), np.int64)
    for turn in range(turns - 1, -1, -1):
        broken = 1.0 if turn == turns - 1 else risk
        later = left * (broken * ends.nothing + (1 - broken) * values)
        values, actions[turn] = _turn(later, ends, (first + turn) % 2)
    return Equilibrium(values[-1], actions)


def _turn(later: Floats, ends: _Ends, mover: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Values and actions of one turn in every state, from those of the states after it."""
    states, outcomes = len(later), (len(later) - 1) // 2
    own = later[mover * outcomes : (mover + 1) * outcomes]
    offer = int(own[:, mover].round(DIGITS).argmax())
    takes = ends.deal.copy()
    takes[mover * outcomes : (mover + 1) * outcomes] = -np.inf  # nobody accepts its own offer
    choices = np.stack(
        [takes, np.tile(own[offer], (states, 1)), later, np.tile(ends.walked[mover], (states, 1))]
    )
    best = choices[:, :, mover].round(DIGITS).argmax(axis=0)
    said = np.array([codes.ACCEPT, codes.FIRST_OFFER + offer, codes.WAIT, codes.WALK])
    return choices[best, np.arange(states)], said[best]
