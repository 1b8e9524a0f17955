"""The flat record of the negotiation generators' knobs, and the knobs that several have."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from adaptarium.envs.core.factors import known_once
from adaptarium.envs.negotiation import codes
from adaptarium.generators.core.spec import Knobs

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        ("prices", np.int32),
        ("issues", np.int32),
        ("values", np.int32),  # of each issue
        ("parties", np.int32),
        ("curvature", np.int32),  # hundredths
        ("apart", np.int32),  # thousandths: how far the weights of the parties differ
        ("interaction", np.int32),  # thousandths
        ("conflict", np.int32),  # thousandths
        ("rational", np.int32),
        ("fewest", np.int32),
        ("most", np.int32),
        ("total", np.int32),
        ("first", np.int32),
        ("num_opponents", np.int32),
        ("opponents", np.int32, (len(codes.KINDS),)),
    ],
    align=True,
)

# Curvature of utilities at the two ends of the shape, in hundredths: see `utilities.curved`.
MOST_CURVED, LEAST_CURVED = 400, 80


class NegotiationKnobs(Knobs):
    """Knobs of every negotiation generator."""

    opponents: tuple[str, ...] = Field(
        ("boulware", "linear", "conceder"),
        description="Kinds of built-in players, each equally likely for each party.",
    )
    first: Literal["drawn", "player_0", "last"] = Field(
        "drawn", description="Who has the first turn: anyone, the first party, or the last one."
    )

    @field_validator("opponents")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("expected at least one kind of player")
        return known_once(value, codes.KINDS, "kind of player")

    def write(self, flat: npt.NDArray[Any]) -> None:
        """Write these knobs into their record, shape () of ``KNOBS_DTYPE``."""
        flat["difficulty"] = self.difficulty
        flat["first"] = ("drawn", "player_0", "last").index(self.first)
        kinds = [codes.KINDS.index(name) for name in self.opponents]
        flat["num_opponents"], flat["opponents"][: len(kinds)] = len(kinds), kinds


class DrawnKnobs(NegotiationKnobs):
    """Knobs of generators that draw utilities and reservation values."""

    shape: float = Field(
        0.5,
        ge=-1,
        le=1,
        description="Shape of the Pareto frontier: 0 is zero-sum, 1 bends it towards deals that "
        "are good for all, -1 away from them.",
    )
    conflict: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Most of its share of a middling deal that a party has without one.",
    )
    rational: bool = Field(
        True,
        description="Some deal is better for all than none; else every second level may have none.",
    )

    def write(self, flat: npt.NDArray[Any]) -> None:
        """Write these knobs into their record, shape () of ``KNOBS_DTYPE``."""
        super().write(flat)
        most = MOST_CURVED if self.shape >= 0 else LEAST_CURVED
        flat["curvature"] = round(self.shape * most)
        flat["apart"] = round(max(self.shape, 0.0) * 1000)
        flat["conflict"], flat["rational"] = round(self.conflict * 1000), self.rational


def flatten(number: int, knobs: Any) -> npt.NDArray[Any]:
    """The record of generator ``number``; fields that it does not use are zero."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    knobs.write(flat)
    return flat
