"""The flat record of the bandit generators' knobs, and the knobs that all have."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from adaptarium.envs.bandit import codes
from adaptarium.generators.core.spec import Knobs

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("gap", np.float64),
        ("persistence", np.float64),
        ("generator", np.int32),
        ("arms", np.int32),
        ("horizon", np.int32),
        ("features", np.int32),
        ("contexts", np.int32),
        ("span", np.int32),
        ("hidden", np.int32),
        ("outside", np.int32),
        ("variant", np.int32),
    ],
    align=True,
)


class BanditKnobs(Knobs):
    """Knobs of every bandit generator."""

    arms: int = Field(10, ge=2, le=codes.MAX_ARMS, description="Number of arms.")
    horizon: int = Field(
        100, ge=1, le=codes.MAX_STEPS, description="Time limit of an inner episode in steps."
    )

    def needs(self) -> dict[str, int]:
        """The structural sizes of the largest instance."""
        return {"arms": self.arms, "features": 0, "contexts": 0, "span": 0, "hidden": 0}


def flatten(number: int, knobs: Any) -> npt.NDArray[Any]:
    """The record of generator ``number``; fields that it does not use are zero."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name, value in knobs.model_dump().items():
        if isinstance(value, str):  # a choice is the number of its name in the declaration
            value = type(knobs).model_fields[name].annotation.__args__.index(value)
            name = "variant"
        flat[name] = value
    return flat
