"""The flat record of the navigation generators' knobs: the union over all generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("loops", np.float64),
        ("fill", np.float64),
        ("half", np.float64),
        ("generator", np.int32),
        ("size", np.int32),
        ("rooms", np.int32),
        ("agents", np.int32),
        ("runners", np.int32),
        ("items", np.int32),
        ("skills", np.int32),
        ("team", np.int32),
        ("almighty", np.int32),
        ("objects", np.int32),
        ("orders", np.int32),
        ("things", np.int32),
        ("colours", np.int32),
    ],
    align=True,
)
_KNOWN = set(KNOBS_DTYPE.names or ())


def flatten(number: int, knobs: Any, needs: Mapping[str, int]) -> npt.NDArray[Any]:
    """The record of generator ``number``; fields that it does not use are zero.

    Args:
        number: The generator's place in ``GENERATORS``.
        knobs: Its knobs.
        needs: The structural sizes that follow from them.
    """
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    flat["agents"], flat["items"] = needs["agents"], needs["items"]
    for name, value in knobs.model_dump().items():
        if name in _KNOWN:
            flat[name] = value
    return flat


def needs_of(size: int, agents: int = 1, **others: int) -> dict[str, int]:
    """The structural sizes of a square map; ``others`` are those that are not 0."""
    none = dict.fromkeys(("items", "segments", "rooms", "orders"), 0)
    return {"height": size, "width": size, "agents": agents, **none, **others}
