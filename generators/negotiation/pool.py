"""A pool of items to divide, worth different things to the two parties.

As published for "Deal or No Deal" (Lewis et al., EMNLP 2017): three types of items, five to seven
items in all; all of them are worth 10 to each party; each type is worth something to at least one
party, some type to both. Without a deal there is nothing. Which pools and values are more likely is
not said there: here all are alike, as in OpenSpiel's bargaining game.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.negotiation.knobs import NegotiationKnobs
from adaptarium.generators.negotiation.parties import seat
from adaptarium.generators.negotiation.purposes import G_ITEMS, G_VALUES
from adaptarium.generators.negotiation.utilities import add_up, lay_out, rank

TYPES = 3
ATTEMPTS = 256


class PoolKnobs(NegotiationKnobs):
    """Knobs of ``pool``: two parties divide items of three types.

    Difficulty prefers levels in which the parties can have little together.
    """

    fewest: int = Field(5, ge=TYPES, le=12, description="Items in the pool, at least.")
    most: int = Field(7, ge=TYPES, le=12, description="Items in the pool, at most.")
    total: int = Field(10, ge=5, le=20, description="What the whole pool is worth to each party.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fewest > self.most:
            raise ValueError(f"fewest = {self.fewest} is more than most = {self.most}")
        return self

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {
            "issues": TYPES,
            "outcomes": max((a + 1) * (b + 1) * (c + 1) for a, b, c in self.pools()),
            "parties": 2,
            "values": self.most + TYPES,
        }

    def pools(self) -> Iterator[tuple[int, ...]]:
        """The numbers of items of each type that a pool may have."""
        counts = product(range(1, self.most - TYPES + 2), repeat=TYPES)
        return (one for one in counts if self.fewest <= sum(one) <= self.most)

    def distinct(self) -> int | None:
        """How many levels there are; None for 10,000 or more."""
        each, found = len(self.opponents) ** 2 * (2 if self.first == "drawn" else 1), 0
        for items in self.pools():
            found += each * _valuations(items, self.total)
            if found >= 10_000:
                return None
        return found

    def write(self, flat: npt.NDArray[Any]) -> None:
        """Write these knobs into their record, shape () of ``KNOBS_DTYPE``."""
        super().write(flat)
        flat["fewest"], flat["most"], flat["total"] = self.fewest, self.most, self.total


def _valuations(items: Sequence[int], total: int) -> int:
    """In how many ways both parties can value a pool as published."""
    single = (range(total // count + 1) for count in items)
    ways = [
        values
        for values in product(*single)
        if sum(count * value for count, value in zip(items, values, strict=True)) == total
    ]
    wanted = [tuple(value > 0 for value in values) for values in ways]
    return sum(
        all(a or b for a, b in zip(one, other, strict=True))
        and any(a and b for a, b in zip(one, other, strict=True))
        for one, other in product(wanted, repeat=2)
    )


@kernel
def fill_pool(w, i, k):
    """Draw the number of items of each type, all pools alike; False if none was found."""
    knobs = w.knobs[i]
    for attempt in range(ATTEMPTS):
        items = 0
        for j in range(TYPES):
            count = 1 + level_below(w, i, G_ITEMS, attempt * TYPES + j, knobs.most - TYPES + 1)
            w.levels.issues[k, j] = count + 1
            items += count
        if knobs.fewest <= items <= knobs.most:
            return True
    return False


@kernel
def way(w, i, k, p, number):
    """Write that way of making the total from the items' values; how many ways there are before.

    Past the last way nothing is written, so that ``way(..., -1)`` counts them all.
    """
    total, values, found = w.knobs[i].total, w.scratch.shares[i, p], 0
    first, second = w.levels.issues[k, 0] - 1, w.levels.issues[k, 1] - 1
    third = w.levels.issues[k, 2] - 1
    for a in range(total // first + 1):
        for b in range((total - a * first) // second + 1):
            rest = total - a * first - b * second
            if rest % third != 0:
                continue
            if found == number:
                values[0], values[1], values[2] = a, b, rest // third
            found += 1
    return found


@kernel
def are_published(w, i):
    """Whether each type is worth something to a party, and some type to both."""
    both = False
    for j in range(TYPES):
        one, other = w.scratch.shares[i, 0, j] > 0, w.scratch.shares[i, 1, j] > 0
        if not one and not other:
            return False
        both = both or (one and other)
    return both


@kernel
def draw_values(w, i, k):
    """Draw what an item of each type is worth, all ways alike; False if none was found."""
    count = way(w, i, k, 0, -1)
    if count == 0:
        return False
    for attempt in range(ATTEMPTS):
        for p in range(2):
            way(w, i, k, p, level_below(w, i, G_VALUES, 2 * attempt + p, count))
        if are_published(w, i):
            return True
    return False


@kernel
def value_shares(w, i, k, p):
    """Make the utility of each number of items that player_0 gets from the value of one.

    From the last type on: the values lie in the first places of the same row.
    """
    shares, end = w.scratch.shares[i, p], 0
    for j in range(TYPES):
        end += w.levels.issues[k, j]
    for j in range(TYPES - 1, -1, -1):
        size, value = w.levels.issues[k, j], shares[j]
        end -= size
        for got in range(size):
            items = got if p == 0 else size - 1 - got
            shares[end + got] = items * value


@kernel
def pool(w, i, k):
    """A pool, and what its items are worth to two parties."""
    if not fill_pool(w, i, k):
        return False
    lay_out(w, k, TYPES)
    if not draw_values(w, i, k):
        return False
    seat(w, i, k, 2)
    for p in range(2):
        w.levels.parties[k, p].reservation = 0
        value_shares(w, i, k, p)
        add_up(w, i, k, p)
        for o in range(w.levels.head[k].num_outcomes):
            points = w.levels.utilities[k, p, o]
            w.levels.utilities[k, p, o] = UNIT * points // w.knobs[i].total
        rank(w, i, k, p)
    return True


@kernel
def little_together(w, i, k):
    """How much is missing, in the best division, of what both would have with everything."""
    most = 0
    for o in range(w.levels.head[k].num_outcomes):
        most = max(most, w.levels.utilities[k, 0, o] + w.levels.utilities[k, 1, o])
    return np.int64(2 * UNIT - most)


POOL = Generator(
    name="pool",
    knobs=PoolKnobs,
    needs=PoolKnobs.needs,
    kernel=pool,
    distinct=PoolKnobs.distinct,
    measure=little_together,
)
