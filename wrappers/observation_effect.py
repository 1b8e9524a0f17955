"""What the observation changes share: a function of an entry's values where the position is on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from adaptarium.wrappers.effects import Effect, Frame, Place
from adaptarium.wrappers.leaves import Leaf, LeafKind, Leaves, chosen_leaves, with_leaves


class EntryEffect(Effect):
    """An effect that changes each entry on its own, from its present values alone.

    Attributes:
        leaves: The entries that it changes, as they come from within.
    """

    observes = True
    threshold = 0.0
    """The position above which it changes anything."""

    def __init__(
        self, place: Place, entries: Sequence[str], kinds: Sequence[LeafKind], what: str
    ) -> None:
        super().__init__(place)
        self.leaves = chosen_leaves(place.observation_space, entries, kinds, what)
        changed = {name: self.space_of(leaf) for name, leaf in self.leaves.items()}
        self.observation_space = with_leaves(place.observation_space, changed)

    def space_of(self, leaf: Leaf) -> spaces.Space[Any]:
        """The space of an entry as it goes out."""
        return leaf.space

    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The entry's (m, size) values as they go out, in memory of their own.

        Rows whose position is not above :attr:`threshold` come back as they are.
        """
        raise TypeError(f"{type(self).__name__} changes nothing")

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        if not (frame.p > self.threshold).any():
            return leaves
        found = dict(leaves)
        for name, leaf in self.leaves.items():
            values = leaves[name]
            changed = self.change(frame, leaf, values.reshape(len(values), leaf.size))
            found[name] = changed.reshape(values.shape)
        return found


def nearest_valid(fill: float, leaf: Leaf) -> npt.NDArray[Any]:
    """(size,) ``fill`` brought within the bounds of a leaf, in its dtype."""
    value = fill if leaf.kind == "float" else round(fill)
    low, high = leaf.low.astype(np.float64), leaf.high.astype(np.float64)
    return np.clip(np.full(leaf.size, float(value)), low, high).astype(leaf.space.dtype)


def bits(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory as unsigned integers: what is moved and not computed with is of few types."""
    return values.view(f"u{values.dtype.itemsize}")
