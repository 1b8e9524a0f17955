"""Skins: permutations of what things are called or look like, for one world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.world import World
from adaptarium.wrappers.spec import SkinChange

_FACTOR = {"codes": "observation.skin", "physics": "action.order"}


def permuted(seed: int, n: int) -> tuple[int, ...]:
    """A permutation of ``n`` numbers, not the identity, drawn by a seed."""
    found = np.random.default_rng(seed).permutation(n)
    if np.array_equal(found, np.arange(n)):
        found = np.roll(found, 1)
    return tuple(int(number) for number in found)


def skin_factors(world: World, what: SkinChange) -> dict[str, tuple[int, ...]]:
    """The factors that a skin of codes or actions writes, with their values; else nothing.

    Raises:
        ShiftError: the family has no such factor, or the permutation has another length.
    """
    if what.which not in _FACTOR:
        return {}
    name = _FACTOR[what.which]
    known = factors_of(type(world.rules))
    if name not in known:
        raise ShiftError(
            f"family {world.family.name!r} has no factor {name!r}, which a skin of kind "
            f"{what.which!r} writes"
        )
    size = _length(world, what)
    if what.order and len(what.order) != size:
        raise ShiftError(f"order of {len(what.order)} numbers: expected a permutation of {size}")
    if what.order:
        return {name: what.order}
    if what.which == "codes":  # 0 is what is not seen, and has no look of its own
        return {name: (0, *(code + 1 for code in permuted(what.seed or 0, size - 1)))}
    return {name: permuted(what.seed or 0, size)}


def _length(world: World, what: SkinChange) -> int:
    rules: Any = world.rules
    if what.which == "physics":
        names = world.family.module("text").Text(world).menu()
        return len(names)
    return len(factors_of(type(rules))["observation.skin"].tests[0])


def skin_words(world: World, what: Any) -> dict[str, dict[str, str]]:
    """``words`` or ``signs`` of a keyframe under a skin of names or symbols; else nothing.

    Raises:
        ShiftError: a permutation is to be drawn, and the family does not say of what.
    """
    if not isinstance(what, SkinChange) or what.which in _FACTOR:
        return {}
    field = "words" if what.which == "names" else "signs"
    if what.swap:
        return {field: dict(what.swap)}
    table = "NAMES" if what.which == "names" else "SYMBOLS"
    known: Sequence[str] = getattr(world.family.module("text"), table, ())
    if len(known) < 2:
        raise ShiftError(
            f"family {world.family.name!r} states no {what.which} that a seed could permute; give "
            'swap = { one = "other", other = "one" }'
        )
    order = permuted(what.seed or 0, len(known))
    return {field: {name: known[number] for name, number in zip(known, order, strict=True)}}
