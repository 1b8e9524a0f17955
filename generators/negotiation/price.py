"""One price between a buyer and a seller."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.negotiation.knobs import DrawnKnobs
from adaptarium.generators.negotiation.parties import lost, reserve, seat
from adaptarium.generators.negotiation.purposes import G_CURVATURE, G_MEETING, G_ROLE
from adaptarium.generators.negotiation.utilities import curved, lay_out

# Up to so many, no two prices are worth the same to a party, whatever the shape.
MAX_PRICES = 256


class PriceKnobs(DrawnKnobs):
    """Knobs of ``price``: one party sells and wants it high, the other buys; which is drawn.

    Difficulty prefers levels with few prices that are better for both than no deal.
    """

    prices: int = Field(64, ge=2, le=MAX_PRICES, description="Number of prices, from 0 on.")

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {"issues": 1, "outcomes": self.prices, "parties": 2, "values": self.prices}

    def write(self, flat: npt.NDArray[Any]) -> None:
        """Write these knobs into their record, shape () of ``KNOBS_DTYPE``."""
        super().write(flat)
        flat["prices"] = self.prices


@kernel
def utilities_of(w, i, k, p, sells):
    """Write the utilities of a party and its order: prices from high to low, or the reverse."""
    most = w.knobs[i].prices - 1
    full = w.knobs[i].curvature
    curvature = full - full * level_below(w, i, G_CURVATURE, p, 51) // 100
    for o in range(most + 1):
        gain = o if sells else most - o
        utility = curved(gain, most, curvature)
        w.levels.utilities[k, p, o] = utility
        w.levels.order[k, p, most - gain].outcome = o
        w.levels.order[k, p, most - gain].utility = utility
    w.levels.parties[k, p].best = UNIT


@kernel
def price(w, i, k):
    """A buyer and a seller, who could meet at a price in the middle half."""
    prices = w.knobs[i].prices
    w.levels.issues[k, 0] = prices
    lay_out(w, k, 1)
    seat(w, i, k, 2)
    seller = level_below(w, i, G_ROLE, 0, 2)
    for p in range(2):
        utilities_of(w, i, k, p, p == seller)
    quarter = prices // 4
    reserve(w, i, k, quarter + level_below(w, i, G_MEETING, 0, prices - 2 * quarter))
    return True


PRICE = Generator(
    name="price",
    knobs=PriceKnobs,
    needs=PriceKnobs.needs,
    kernel=price,
    measure=lost,
)
