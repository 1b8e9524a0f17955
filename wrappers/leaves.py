"""Observations as named arrays: the entries of a flat Dict or Tuple, or the one Box or Discrete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import ShiftError, unknown_name

Leaves = dict[str, npt.NDArray[Any]]
LeafKind = Literal["float", "integer", "discrete", "multidiscrete", "bool"]

FLOAT: tuple[LeafKind, ...] = ("float",)
NUMBERS: tuple[LeafKind, ...] = ("float", "integer")
INTEGERS: tuple[LeafKind, ...] = ("integer", "discrete", "multidiscrete")
ANY: tuple[LeafKind, ...] = ("float", "integer", "discrete", "multidiscrete", "bool")

_WORDS = {
    "float": "a Box of floats",
    "integer": "a Box of integers",
    "discrete": "Discrete",
    "multidiscrete": "MultiDiscrete",
    "bool": "a Box of bool",
}


@dataclass(frozen=True)
class Leaf:
    """One array of an observation.

    Attributes:
        name: Its name in a Dict, its number in a Tuple, empty where there is but one.
        number: Its place among the entries: addresses its draws.
        space: Its space: Box, Discrete or MultiDiscrete.
    """

    name: str
    number: int
    space: Any

    @cached_property
    def kind(self) -> LeafKind:
        """What values it holds."""
        if isinstance(self.space, spaces.Discrete):
            return "discrete"
        if isinstance(self.space, spaces.MultiDiscrete):
            return "multidiscrete"
        kinds: dict[str, LeafKind] = {"f": "float", "b": "bool"}
        return kinds.get(self.space.dtype.kind, "integer")

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of one value."""
        return tuple(self.space.shape)

    @cached_property
    def size(self) -> int:
        """Components of one value."""
        return int(np.prod(self.shape, dtype=np.int64))

    @cached_property
    def low(self) -> npt.NDArray[Any]:
        """(size,) least values, in the leaf's dtype."""
        return self._bound(0)

    @cached_property
    def high(self) -> npt.NDArray[Any]:
        """(size,) greatest values, in the leaf's dtype."""
        return self._bound(1)

    @cached_property
    def working(self) -> np.dtype[Any]:
        """What its values are computed with: float32 where that holds them all, else float64.

        Integers beyond 2**53 are met to the nearest float.
        """
        dtype = np.dtype(self.space.dtype)
        narrow = dtype.itemsize <= 2 or dtype == np.float32
        return np.dtype(np.float32 if narrow else np.float64)

    @cached_property
    def ends(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """(size,) least and greatest values, in the working type."""
        return within(self.low, self.working), within(self.high, self.working)

    def _bound(self, which: int) -> npt.NDArray[Any]:
        space = self.space
        if isinstance(space, spaces.Box):
            bound = (space.low, space.high)[which]
        else:
            count = space.n if isinstance(space, spaces.Discrete) else space.nvec
            bound = space.start + (count - 1 if which else 0)
        return np.asarray(bound, space.dtype).reshape(-1)


def within(values: npt.NDArray[Any], working: np.dtype[Any]) -> npt.NDArray[Any]:
    """``values`` in a working type, none of them above what their own type holds."""
    found = values.astype(working)
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        # As a float the greatest int64 is one too many.
        most = np.nextafter(float(np.iinfo(values.dtype).max), 0.0)
        return np.minimum(found, most)
    return found


def leaves_of(space: spaces.Space[Any]) -> dict[str, Leaf]:
    """The entries of an observation space that hold numbers; others pass untouched."""
    if isinstance(space, spaces.Dict):
        parts: Mapping[str, Any] = space.spaces
    elif isinstance(space, spaces.Tuple):
        parts = {str(j): part for j, part in enumerate(space.spaces)}
    else:
        parts = {"": space}
    known = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete)
    return {
        name: Leaf(name, number, part)
        for number, (name, part) in enumerate(parts.items())
        if isinstance(part, known)
    }


def chosen_leaves(
    space: spaces.Space[Any], entries: Sequence[str], kinds: Sequence[LeafKind], what: str
) -> dict[str, Leaf]:
    """The entries that a change is about.

    Args:
        space: The observation space.
        entries: Names; empty for every entry of the right kind.
        kinds: The kinds of values that it makes sense for.
        what: What is said of the change in errors.

    Raises:
        ShiftError: an entry does not exist or is of another kind, or none is of the right kind.
    """
    found = leaves_of(space)
    for name in entries:
        if name not in found:
            raise ShiftError(f"{what}: {unknown_name('observation entry', name, found)}")
    expected = " or ".join(_WORDS[kind] for kind in kinds)
    wrong = [name for name in entries if found[name].kind not in kinds]
    if wrong:
        raise ShiftError(
            f"{what}: entry {wrong[0]!r} is {found[wrong[0]].space}; expected {expected}"
        )
    fitting = {
        name: leaf
        for name, leaf in found.items()
        if leaf.kind in kinds and (not entries or name in entries)
    }
    if not fitting:
        raise ShiftError(f"{what} fits nothing in {space}; expected {expected}")
    return fitting


def with_leaves(
    space: spaces.Space[Any], changed: Mapping[str, spaces.Space[Any]]
) -> spaces.Space[Any]:
    """``space`` with some of its entries' spaces replaced."""
    if isinstance(space, spaces.Dict):
        return spaces.Dict({name: changed.get(name, part) for name, part in space.items()})
    if isinstance(space, spaces.Tuple):
        return spaces.Tuple([changed.get(str(j), part) for j, part in enumerate(space.spaces)])
    return changed.get("", space)


def taken(space: spaces.Space[Any], observation: Any, lead: int) -> Leaves:
    """The entries of a batched observation with its ``lead`` leading axes made one of rows."""
    return entries_of(leaves_of(space), space, observation, lead)


def entries_of(
    leaves: Mapping[str, Leaf], space: spaces.Space[Any], observation: Any, lead: int
) -> Leaves:
    """:func:`taken` by the entries of the space, for who asks at every step."""
    return {
        name: _rows(part_of(space, observation, name), leaf, lead) for name, leaf in leaves.items()
    }


def part_of(space: spaces.Space[Any], observation: Any, name: str) -> Any:
    """One entry of an observation."""
    if isinstance(space, spaces.Dict):
        return observation[name]
    return observation[int(name)] if isinstance(space, spaces.Tuple) else observation


def _rows(value: Any, leaf: Leaf, lead: int) -> npt.NDArray[Any]:
    array = np.asarray(value)
    if lead == 1:
        return array
    return array[None] if lead == 0 else array.reshape(-1, *leaf.shape)


def put_back(space: spaces.Space[Any], observation: Any, parts: Mapping[str, Any]) -> Any:
    """An observation with some entries replaced, or with new ones; never the same container.

    Args:
        space: The space that the observation is of.
        observation: The observation.
        parts: Entries by name, as they are to be handed out.
    """
    if isinstance(space, spaces.Dict):
        return {**observation, **parts}
    if isinstance(space, spaces.Tuple):
        return tuple(parts.get(str(j), part) for j, part in enumerate(observation))
    return parts.get("", observation)
