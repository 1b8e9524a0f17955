"""The flat record of the knobs of creator markets."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from adaptarium.envs.core.factors import known_once
from adaptarium.envs.creators import codes
from adaptarium.generators.core.spec import Knobs

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        *((name, np.int32) for name in ("users", "creators", "genres", "patience", "horizon")),
        *((name, np.int32) for name in ("favour", "activity", "kinds")),
    ],
    align=True,
)
Kind = Literal["random", "cfd", "lbr", "belief"]


class MarketKnobs(Knobs):
    """Knobs of ``market``.

    Every genre has its own following: a user's preference for it is uniform within 1 of a number
    that is drawn for the genre, cut to -1 and 1. Tastes and styles are uniform from -1 to 1, skills
    from 0.3 to 1, costs of effort from 0.5 to 1.5. Difficulty prefers genres with the same
    following.
    """

    users: int = Field(64, ge=1, le=codes.MAX_USERS, description="Number of users.")
    creators: int = Field(8, ge=1, le=codes.MAX_CREATORS, description="Number of creators.")
    genres: int = Field(4, ge=1, le=codes.MAX_GENRES, description="Number of genres.")
    favour: float = Field(
        0.5, ge=0, le=1, description="How far the following of a genre lies from 0 at most."
    )
    activity: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Chance that a user comes in a round; creators are active in so large a share "
        "of the rounds at least, and at most in all.",
    )
    patience: int = Field(
        6,
        ge=1,
        le=codes.MAX_PATIENCE,
        description="Visits in a row without a click that the most patient user bears, and half of "
        "it the least.",
    )
    kinds: tuple[Kind, ...] = Field(
        ("random", "cfd", "lbr", "belief"),
        min_length=1,
        description="Kinds of the built-in creators, drawn equally.",
    )
    horizon: int = Field(20, ge=1, le=codes.MAX_STEPS, description="Time limit in rounds.")

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_once(value, codes.KINDS, "kind")

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {"users": self.users, "creators": self.creators, "genres": self.genres}


def flatten(number: int, knobs: Any) -> npt.NDArray[Any]:
    """The record of generator ``number``."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name, value in knobs.model_dump().items():
        flat[name] = _flat(name, value)
    return flat


def _flat(name: str, value: Any) -> float:
    """A knob as a number: shares in thousandths, kinds as bits."""
    if name == "kinds":
        return sum(1 << codes.KINDS.index(kind) for kind in value)
    return round(value * codes.UNIT) if name in ("favour", "activity") else value
