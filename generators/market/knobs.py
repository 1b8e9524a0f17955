"""The flat record of the market generators' knobs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from adaptarium.envs.market import codes
from adaptarium.generators.core.spec import Knobs

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        ("genres", np.int32),
        ("topics", np.int32),
        ("items", np.int32),
        ("patience", np.int32),
        ("horizon", np.int32),
    ],
    align=True,
)


class FeedKnobs(Knobs):
    """Knobs of ``feed``: preferences and topics are uniform from -1 to 1, quality from 0 to 1.

    Difficulty prefers users who like all genres much the same.
    """

    genres: int = Field(4, ge=1, le=codes.MAX_GENRES, description="Number of genres.")
    topics: int = Field(2, ge=0, le=codes.MAX_TOPICS, description="Number of topics of an item.")
    items: int = Field(
        64, ge=1, le=codes.MAX_ITEMS, description="Items of the catalogue, uploaded one a step."
    )
    patience: int = Field(
        8,
        ge=1,
        le=codes.MAX_PATIENCE,
        description="Slates in a row without a click that the most patient user bears, and half "
        "of it the least.",
    )
    horizon: int = Field(60, ge=1, le=codes.MAX_STEPS, description="Time limit in steps.")

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {"genres": self.genres, "items": self.items}


def flatten(number: int, knobs: Any) -> npt.NDArray[Any]:
    """The record of generator ``number``."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name, value in knobs.model_dump().items():
        flat[name] = value
    return flat
