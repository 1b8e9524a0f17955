"""From positions to values: what a position in [0, 1] means for one thing that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def value_at(path: Sequence[Any], position: float) -> Any:
    """The value at ``position`` on a path of values, evenly spaced from 0 to 1.

    Floats are interpolated, integers too and then rounded; other values are those nearest to the
    position, the later one at the middle between two. The ends of the path are met exactly.

    Args:
        path: At least two values.
        position: In [0, 1].
    """
    place = position * (len(path) - 1)
    nearest = min(int(place + 0.5), len(path) - 1)
    low = min(int(place), len(path) - 2)
    before, after = path[low], path[low + 1]
    if place == nearest or not (_is_number(before) and _is_number(after)):
        return path[nearest]
    between = before + (place - low) * (after - before)
    return round(between) if isinstance(before, int) and isinstance(after, int) else between


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
