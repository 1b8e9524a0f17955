"""The flat record of the grid generators' knobs: the union over all generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("loops", np.float64),
        ("ice", np.float64),
        ("generator", np.int32),
        ("height", np.int32),
        ("width", np.int32),
        ("num_agents", np.int32),
        ("count", np.int32),  # food, rivers, rooms or things, as the generator says
        ("room_size", np.int32),
        ("crates", np.int32),
        ("max_level", np.int32),
        ("variant", np.int32),  # algorithm or fixed map, as the generator says
        ("random_start", np.uint8),
        ("cooperative", np.uint8),
        ("blocked", np.uint8),
        ("boxed", np.uint8),
        ("central", np.uint8),
        ("random_length", np.uint8),
        ("soiled", np.float64),
        ("heavy", np.int32),
        ("bins", np.int32),
        ("min_level", np.int32),
        ("min_food_level", np.int32),
        ("max_food_level", np.int32),
        ("doors", np.float64),
        ("fill", np.float64),
        ("rocks", np.float64),
        ("min_room", np.int32),
        ("steps", np.int32),
        ("moves", np.int32),
        ("depth", np.int32),
        ("distractors", np.int32),
    ],
    align=True,
)

# Knob -> field of the record, where the names differ.
_FIELD = {
    "crossings": "count",
    "food": "count",
    "rooms": "count",
    "rows": "count",
    "things": "count",
    "obstacles": "count",
    "quarters": "count",
    "strip": "count",
    "algorithm": "variant",
    "material": "variant",
    "task": "variant",
    "map": "variant",
    "patches": "count",
    "river": "count",
    "light": "count",
    "most": "max_level",
    "evaders": "count",
    "boxes": "crates",
    "scene": "variant",
    "caverns": "variant",
}
# Knobs that the structural sizes hold already.
_SIZES = {"size", "room", "players"}


def square_map(knobs: Any) -> dict[str, int]:
    """The structural sizes of levels on a square map, for one agent where no players are asked."""
    agents = getattr(knobs, "players", 1)
    return {"height": knobs.size, "width": knobs.size, "agents": agents, "obstacles": 0}


def flatten(number: int, knobs: Any, needs: Mapping[str, int]) -> npt.NDArray[Any]:
    """The record of generator ``number``; fields that it does not use are zero.

    Args:
        number: The generator's place in ``GENERATORS``.
        knobs: Its knobs.
        needs: The structural sizes that follow from them.
    """
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    flat["height"], flat["width"] = needs["height"], needs["width"]
    flat["num_agents"] = needs["agents"]
    for name, value in knobs.model_dump().items():
        if name in _SIZES:
            continue
        if isinstance(value, str):  # a choice is the number of its name in the declaration
            value = type(knobs).model_fields[name].annotation.__args__.index(value)
        flat[_FIELD.get(name, name)] = value
    return flat
