"""Several issues, each with some values: additive utilities, or such as interact.

A party has a weight for each issue and a utility for each of its values, from 0 for the worst to 1
for the best. The first two parties are opposed: the better a value for one, the worse for the
other. Zero-sum, they have the same weights and linear utilities, so that those of every outcome
sum to 1. Above that, weights of their own make trades between issues good for both, and concave
utilities make deals in the middle of an issue so; below it, convex ones make those bad for both.
Further parties have wishes of their own.
"""

from __future__ import annotations

from typing import Any, Self

import numpy.typing as npt
from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.negotiation.interaction import interact
from adaptarium.generators.negotiation.knobs import DrawnKnobs
from adaptarium.generators.negotiation.parties import is_hopeless, lost, reserve, seat
from adaptarium.generators.negotiation.purposes import (
    G_CURVATURE,
    G_MEETING,
    G_POSITION,
    G_WEIGHT,
)
from adaptarium.generators.negotiation.utilities import add_up, curved, lay_out, rank

# Of so many outcomes the fairest is the one at which the parties could meet.
MEETINGS = 8


class IssuesKnobs(DrawnKnobs):
    """Knobs of ``issues``: parties negotiate about the values of several issues.

    Difficulty prefers levels with few outcomes that are better for all than no deal.
    """

    issues: int = Field(3, ge=1, le=codes.MAX_ISSUES, description="Number of issues.")
    values: int = Field(4, ge=2, le=32, description="Values of each issue.")
    parties: int = Field(2, ge=2, le=codes.MAX_PARTIES, description="Number of parties.")
    interaction: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the utility that depends on pairs of values of successive issues.",
    )

    @model_validator(mode="after")
    def _few(self) -> Self:
        if self.values**self.issues > codes.MAX_OUTCOMES:
            raise ValueError(
                f"{self.issues} issues of {self.values} values have {self.values**self.issues} "
                f"outcomes, expected at most {codes.MAX_OUTCOMES}"
            )
        return self

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {
            "issues": self.issues,
            "outcomes": self.values**self.issues,
            "parties": self.parties,
            "values": self.values * self.issues,
        }

    def write(self, flat: npt.NDArray[Any]) -> None:
        """Write these knobs into their record, shape () of ``KNOBS_DTYPE``."""
        super().write(flat)
        flat["issues"], flat["values"] = self.issues, self.values
        flat["parties"] = self.parties
        flat["interaction"] = round(self.interaction * 1000)


@kernel
def place_values(w, i, p):
    """Draw how good each value is for a party, with a worst and a best one in every issue."""
    issues, size = int(w.knobs[i].issues), int(w.knobs[i].values)
    shares = w.scratch.shares[i, p]
    for j in range(issues):
        low, high = j * size, j * size
        for at in range(j * size, (j + 1) * size):
            shares[at] = level_below(w, i, G_POSITION, p * issues * size + at, UNIT + 1)
            low = at if shares[at] < shares[low] else low
            high = at if shares[at] > shares[high] else high
        shares[low] = 0
        shares[high if high != low else low + 1] = UNIT


@kernel
def oppose_values(w, i):
    """What is good for the first party is bad for the second one."""
    for at in range(w.knobs[i].issues * w.knobs[i].values):
        w.scratch.shares[i, 1, at] = UNIT - w.scratch.shares[i, 0, at]


@kernel
def draw_weights(w, i, p, at):
    """Draw the weights of a party, which sum to 1, into the scratch row from ``at`` on."""
    issues, weights, total = int(w.knobs[i].issues), w.scratch.buckets[i], 0
    for j in range(issues):
        weights[at + j] = 100 + level_below(w, i, G_WEIGHT, p * issues + j, 901)
        total += weights[at + j]
    rest = UNIT
    for j in range(issues):
        weights[at + j] = UNIT * weights[at + j] // total
        rest -= weights[at + j]
    weights[at] += rest


@kernel
def weigh(w, i, p):
    """The weights of a party; those of the second one are near the first one's, zero-sum equal."""
    draw_weights(w, i, p, 0)
    if p != 1:
        return
    issues, weights, apart = int(w.knobs[i].issues), w.scratch.buckets[i], w.knobs[i].apart
    draw_weights(w, i, 0, issues)
    rest = UNIT
    for j in range(issues):
        weights[j] = (apart * weights[j] + (1000 - apart) * weights[issues + j]) // 1000
        rest -= weights[j]
    weights[0] += rest


@kernel
def share_out(w, i, p):
    """Make the utility of each value from its place and weight.

    The second party's is rounded up where the first one's is rounded down, so that zero-sum is
    exact.
    """
    knobs, shares = w.knobs[i], w.scratch.shares[i, p]
    curvature = knobs.curvature - knobs.curvature * level_below(w, i, G_CURVATURE, p, 51) // 100
    up = UNIT - 1 if p == 1 else 0
    for j in range(knobs.issues):
        weight = w.scratch.buckets[i, j]
        for at in range(j * knobs.values, (j + 1) * knobs.values):
            shares[at] = (weight * curved(shares[at], UNIT, curvature) + up) // UNIT


@kernel
def least_of(w, k, o):
    """The utility of an outcome to the party for which it is worth least."""
    least = w.levels.utilities[k, 0, o]
    for p in range(1, w.levels.head[k].num_parties):
        least = min(least, w.levels.utilities[k, p, o])
    return least


@kernel
def meeting_of(w, i, k):
    """The outcome at which the parties could meet: the fairest of a few, or of all.

    Where every party reserves more than it has in the fairest of all, no deal is rational.
    """
    outcomes, fairest = int(w.levels.head[k].num_outcomes), 0
    everything = is_hopeless(w, i)
    for number in range(outcomes if everything else MEETINGS):
        o = number if everything else level_below(w, i, G_MEETING, number, outcomes)
        if number == 0 or least_of(w, k, o) > least_of(w, k, fairest):
            fairest = o
    return fairest


@kernel
def issues(w, i, k):
    """Some parties and issues."""
    knobs = w.knobs[i]
    for j in range(knobs.issues):
        w.levels.issues[k, j] = knobs.values
    lay_out(w, k, knobs.issues)
    seat(w, i, k, knobs.parties)
    for p in range(knobs.parties):
        if p == 1:
            continue  # as the first one's are, the second one's are opposed to them
        place_values(w, i, p)
        if p == 0:
            oppose_values(w, i)
    for p in range(knobs.parties):
        weigh(w, i, p)
        share_out(w, i, p)
        add_up(w, i, k, p)
        if knobs.interaction > 0 and knobs.issues > 1:
            interact(w, i, k, p)
        rank(w, i, k, p)
    reserve(w, i, k, meeting_of(w, i, k))
    return True


ISSUES = Generator(
    name="issues",
    knobs=IssuesKnobs,
    needs=IssuesKnobs.needs,
    kernel=issues,
    measure=lost,
)
