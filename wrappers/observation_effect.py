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
    at_zero = False
    """Whether :meth:`change` may be asked about position 0 too; it need not change nothing then."""

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

        Every position of the frame is above :attr:`threshold`.
        """
        raise TypeError(f"{type(self).__name__} changes nothing")

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        on = frame.above(self.threshold)
        if on is False:
            return leaves
        found = dict(leaves)
        off = None
        if on is not True and self.at_zero and 2 * np.count_nonzero(on) > len(on):
            on, off = True, np.flatnonzero(~on)  # few rows are put back, instead of most taken out
        some = frame if on is True else frame.only(on)
        for name, leaf in self.leaves.items():
            values = leaves[name]
            flat = values.reshape(len(values), leaf.size)
            if on is True:
                changed = self.change(frame, leaf, flat)
                if off is not None:
                    changed[off] = flat[off]
            else:
                changed = flat.copy()
                changed[on] = self.change(some, leaf, flat[on])
            found[name] = changed.reshape(values.shape)
        return found


def clipped(values: npt.NDArray[Any], leaf: Leaf) -> npt.NDArray[Any]:
    """``values`` (m, size) within the bounds of a leaf, in its dtype."""
    if leaf.limits is not None:
        low, high = leaf.limits
        if values.dtype.itemsize == 1:  # bounds of their type spare NumPy to look whether they fit
            low, high = values.dtype.type(low), values.dtype.type(high)
        np.clip(values, low, high, out=values, casting="unsafe")
    dtype = np.dtype(leaf.space.dtype)
    same_width = dtype.kind in "iu" and values.dtype.kind in "iu"
    if same_width and dtype.itemsize == values.dtype.itemsize:
        return values.view(dtype)
    return values.astype(dtype, copy=False)


def nearest_valid(fill: float, leaf: Leaf) -> npt.NDArray[Any]:
    """(size,) ``fill`` brought within the bounds of a leaf, in its dtype."""
    value = fill if leaf.kind == "float" else round(fill)
    low, high = leaf.low.astype(np.float64), leaf.high.astype(np.float64)
    return np.clip(np.full(leaf.size, float(value)), low, high).astype(leaf.space.dtype)


def bits(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory as unsigned integers: masks are blended in one pass, whatever the dtype."""
    return values.view(f"u{values.dtype.itemsize}")
