"""The knobs of the skirmish generators, and their flat record."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from adaptarium.envs.core.factors import known_once
from adaptarium.envs.skirmish import codes
from adaptarium.generators.core.spec import Knobs

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        ("bases", np.int32),
        ("distance", np.int32),
        ("variation", np.int32),
        ("num_levels", np.int32),
        ("num_styles", np.int32),
        ("levels", np.int32, (codes.LEVELS,)),
        ("styles", np.int32, (len(codes.STYLES),)),
    ],
    align=True,
)


class MirrorKnobs(Knobs):
    """Knobs of ``mirror``: a map that looks the same from both sides, and who plays on it."""

    bases: int = Field(4, ge=2, le=codes.SITES // 2, description="Sites for bases on each side.")
    distance: int = Field(
        150, ge=60, le=400, description="Length of the way from start to start, in cells, about."
    )
    variation: int = Field(
        25, ge=0, le=50, description="By how many percent lengths and widths vary."
    )
    levels: tuple[int, ...] = Field(
        (4,), description="Levels of built-in players, each equally likely."
    )
    styles: tuple[str, ...] = Field(
        codes.STYLES[1:], description="Styles of built-in players, each equally likely."
    )

    @field_validator("styles")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("expected at least one style")
        return known_once(value, codes.STYLES, "style")

    @field_validator("levels")
    @classmethod
    def _levels(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        known = range(1, codes.LEVELS + 1)
        if not value or len({*value}) != len(value) or not {*value} <= {*known}:
            raise ValueError(f"expected different levels from 1 to {codes.LEVELS}, at least one")
        return value

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest level."""
        return {"nodes": 2 * self.bases + 4}


def flatten(number: int, knobs: Any) -> npt.NDArray[Any]:
    """The record of generator ``number``."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"], flat["difficulty"] = number, knobs.difficulty
    for name in ("bases", "distance", "variation"):
        flat[name] = getattr(knobs, name)
    styles = [codes.STYLES.index(name) for name in knobs.styles]
    flat["num_levels"], flat["levels"][: len(knobs.levels)] = len(knobs.levels), knobs.levels
    flat["num_styles"], flat["styles"][: len(styles)] = len(styles), styles
    return flat
