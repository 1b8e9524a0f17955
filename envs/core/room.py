"""Room: the structural sizes of a batch, with its spare capacity, and the memory they take."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

from adaptarium.envs.core.arguments import checked_capacity
from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.envs.core.layout import slot_bytes
from adaptarium.envs.core.world import World

MAX_BYTES = 64 * 2**30
"""Most memory that the arrays of one batch may take, as estimated before they are made."""


def merged_sizes(worlds: Sequence[World], capacity: Mapping[str, int] | None) -> dict[str, int]:
    """The structural sizes of a batch: the maximum over its worlds and its spare capacity.

    Raises:
        UnknownNameError: ``capacity`` names no structural size.
        FactorError: ``capacity`` is no mapping, or a size is no integer within the bounds of
            :func:`~adaptarium.envs.core.arguments.checked_capacity`.
    """
    each = [world.sizes() for world in worlds]
    sizes = {name: max(one[name] for one in each) for name in each[0]}
    for name, value in checked_capacity(capacity).items():
        if name not in sizes:
            raise unknown_name("structural size", name, sizes)
        sizes[name] = max(sizes[name], value)
    completed = getattr(worlds[0].family.module("layout"), "completed", None)
    return dict(completed(sizes)) if completed else sizes


def checked_sizes(
    worlds: Sequence[World], capacity: Mapping[str, int] | None, num_envs: int, copies: int
) -> dict[str, int]:
    """:func:`merged_sizes`, where ``num_envs`` slots of them fit into :data:`MAX_BYTES`.

    Args:
        worlds: The worlds, all of one family.
        capacity: Spare structural sizes.
        num_envs: Number of slots.
        copies: Observations that are kept of each slot.

    Raises:
        UnknownNameError, FactorError: as :func:`merged_sizes`, or the batch would be too large.
    """
    layout = worlds[0].family.module("layout").layout

    def needed(spare: Mapping[str, int] | None) -> int:
        return num_envs * slot_bytes(layout(merged_sizes(worlds, spare)), copies)

    found = needed(capacity)
    if found <= MAX_BYTES:
        return merged_sizes(worlds, capacity)
    told = f"needs {_gib(found)} GiB of memory, expected at most {_gib(MAX_BYTES)} GiB"
    if capacity and needed(None) <= MAX_BYTES:
        own = merged_sizes(worlds, None)
        name = max(capacity, key=lambda one: capacity[one] / max(own[one], 1))
        values = range(capacity[name] + 1)
        fits = bisect.bisect_right(
            values, MAX_BYTES, key=lambda value: needed({**capacity, name: value})
        )
        hint = f"the nearest valid is {fits - 1}" if fits else "take less of the other sizes too"
        raise FactorError(f"capacity[{name!r}] = {capacity[name]}: the batch {told}; {hint}")
    fits = MAX_BYTES // (found // num_envs)
    hint = f"the nearest valid is {fits}" if fits else "take smaller levels or less capacity"
    raise FactorError(f"num_envs = {num_envs}: the batch {told}; {hint}")


def _gib(size: int) -> str:
    return f"{size / 2**30:,.0f}"
