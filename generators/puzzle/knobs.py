"""The flat record of the puzzle generators' knobs: the union over all generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        ("height", np.int32),
        ("width", np.int32),
        ("rules", np.int32),
        ("values", np.int32),
        ("count", np.int32),  # mines, or the most operators on the way, as the generator says
        ("variant", np.uint8),  # a choice that the generator has
    ],
    align=True,
)

# Knob -> field of the record; the structural sizes hold the others already.
_FIELD = {
    "difficulty": "difficulty",
    "mines": "count",
    "depth": "count",
    "random_goal": "variant",
    "guess_free": "variant",
}


def flatten(number: int, knobs: Any, needs: Mapping[str, int]) -> npt.NDArray[Any]:
    """The record of generator ``number``; fields that it does not use are zero.

    Args:
        number: The generator's place in ``GENERATORS``.
        knobs: Its knobs.
        needs: The structural sizes that follow from them.
    """
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name in ("height", "width", "rules", "values"):
        flat[name] = needs[name]
    for name, value in knobs.model_dump().items():
        if name in _FIELD:
            flat[_FIELD[name]] = value
    return flat
