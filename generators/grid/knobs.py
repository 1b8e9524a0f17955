"""The flat record of the grid generators' knobs: the union over all generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("loops", np.float64),
        ("generator", np.int32),
        ("height", np.int32),
        ("width", np.int32),
        ("num_agents", np.int32),
        ("count", np.int32),  # food, crossings or rivers, as the generator says
        ("obstacles", np.int32),
        ("crates", np.int32),
        ("ice", np.float64),
        ("max_level", np.int32),
        ("variant", np.int32),  # algorithm or fixed map, as the generator says
        ("random_start", np.uint8),
        ("cooperative", np.uint8),
    ],
    align=True,
)


def flatten(number: int, values: dict[str, Any]) -> npt.NDArray[Any]:
    """The record of generator ``number`` with ``values`` by field name; others are zero."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name, value in values.items():
        flat[name] = value
    return flat
