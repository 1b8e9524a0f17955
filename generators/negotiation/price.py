"""One price between a buyer and a seller."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation.codes import LONGEST, UNIT
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.negotiation.knobs import NegotiationKnobs
from adaptarium.generators.negotiation.purposes import (
    G_CURVATURE,
    G_FIRST,
    G_HOPELESS,
    G_KIND,
    G_MEETING,
    G_RESERVATION,
    G_ROLE,
)

# Up to so many, no two prices are worth the same to a party, whatever the shape.
MAX_PRICES = 256


class PriceKnobs(NegotiationKnobs):
    """Knobs of ``price``: one party sells and wants it high, the other buys; which is drawn.

    Difficulty prefers levels with few prices that are better for both than no deal.
    """

    prices: int = Field(64, ge=2, le=MAX_PRICES, description="Number of prices, from 0 on.")

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {"issues": 1, "outcomes": self.prices, "parties": 2}


@kernel
def curved(gain, most, curvature):
    """The utility of so many steps above the worst price.

    ``x (1 + c) / (1 + c x)`` with ``x = gain / most`` and ``c`` the curvature in hundredths: 0 is
    linear, above it concave, below it convex. In whole numbers, so that both targets agree.
    """
    return UNIT * gain * (100 + curvature) // (100 * most + curvature * gain)


@kernel
def utilities_of(w, i, k, p, sells):
    """Write the utilities of a party and its order: prices from high to low, or the reverse."""
    most = w.knobs[i].prices - 1
    full = w.knobs[i].curvature
    curvature = full - full * level_below(w, i, G_CURVATURE, p, 51) // 100
    for o in range(most + 1):
        gain = o if sells else most - o
        w.levels.utilities[k, p, o] = curved(gain, most, curvature)
        w.levels.order[k, p, most - gain] = o


@kernel
def reserve(w, i, k):
    """Draw reservation values around the price in the middle at which the parties could meet."""
    knobs = w.knobs[i]
    quarter = knobs.prices // 4
    meeting = quarter + level_below(w, i, G_MEETING, 0, knobs.prices - 2 * quarter)
    hopeless = knobs.rational == 0 and level_below(w, i, G_HOPELESS, 0, 2) == 1
    for p in range(2):
        worth = w.levels.utilities[k, p, meeting]
        share = level_below(w, i, G_RESERVATION, p, 1001)
        reservation = worth * share * knobs.conflict // 1_000_000
        if hopeless:
            reservation = worth + (UNIT - worth) * share // 1000
        w.levels.parties[k, p].reservation = reservation


@kernel
def price(w, i, k):
    """A buyer and a seller."""
    knobs, head = w.knobs[i], w.levels.head[k]
    head.num_issues = 1
    head.num_parties = 2
    head.num_outcomes = knobs.prices
    head.first = level_below(w, i, G_FIRST, 0, 2) if knobs.first == 0 else knobs.first - 1
    w.levels.issues[k, 0] = knobs.prices
    w.info[k].max_steps = LONGEST
    seller = level_below(w, i, G_ROLE, 0, 2)
    for p in range(2):
        utilities_of(w, i, k, p, p == seller)
        kind = level_below(w, i, G_KIND, p, knobs.num_opponents)
        w.levels.parties[k, p].kind = knobs.opponents[kind]
    reserve(w, i, k)
    return True


@kernel
def lost(w, i, k):
    """How many outcomes are worse for some party than no deal."""
    total = 0
    for o in range(w.levels.head[k].num_outcomes):
        bad = False
        for p in range(w.levels.head[k].num_parties):
            bad = bad or w.levels.utilities[k, p, o] < w.levels.parties[k, p].reservation
        total += bad
    return np.int64(total)


PRICE = Generator(
    name="price",
    knobs=PriceKnobs,
    needs=PriceKnobs.needs,
    kernel=price,
    measure=lost,
)
