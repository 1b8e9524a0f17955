"""Losses of observations, at work: dropout and occlusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.envs.core.host_draws import at
from adaptarium.wrappers.effects import PURPOSE_OBSERVE, Frame, Place
from adaptarium.wrappers.leaves import ANY, Leaf, Leaves
from adaptarium.wrappers.level_windows import LevelWindows
from adaptarium.wrappers.observation_effect import EntryEffect, bits, nearest_valid
from adaptarium.wrappers.tables import STEPS, uniform_table

PLACES = 64
"""Places of a patch, evenly spread; fewer where the patch fits into fewer."""

KEPT = 16
"""Sizes of patches whose masks are kept."""


class _Loss(EntryEffect):
    """Components are shown as ``fill`` where a mask hides them."""

    def __init__(
        self,
        place: Place,
        entries: Sequence[str],
        kinds: Any,
        what: str,
        fill: float,
    ) -> None:
        super().__init__(place, entries, kinds, what)
        self._fill = {name: nearest_valid(fill, leaf) for name, leaf in self.leaves.items()}
        self._zero = {name: not bits(fill).any() for name, fill in self._fill.items()}

    def hidden(self, leaf: Leaf, values: npt.NDArray[Any], kept: npt.NDArray[Any]) -> Any:
        """``values`` where all bits of ``kept`` are set, ``fill`` where none is."""
        found = bits(np.ascontiguousarray(values)) & kept
        if not self._zero[leaf.name]:
            found |= bits(self._fill[leaf.name]) & ~kept
        return found.view(values.dtype)


class DropoutEffect(_Loss):
    """Components are lost, each on its own."""

    at_zero = True

    def __init__(self, place: Place, entries: Sequence[str], rate: float, fill: float) -> None:
        super().__init__(place, entries, ANY, "observation.dropout", fill)
        self._rate = rate
        self._windows = {
            name: LevelWindows(uniform_table(leaf.size), leaf.size, STEPS, np.int8, _kept)
            for name, leaf in self.leaves.items()
        }

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        part, bounds = PURPOSE_OBSERVE + leaf.number, frame.levels(self._rate * STEPS)
        kept = self._windows[leaf.name].at(frame.keys, part, bounds)
        word = bits(values[:0]).dtype
        return self.hidden(leaf, values, kept.astype(f"i{word.itemsize}", copy=False).view(word))


def _kept(numbers: npt.NDArray[np.uint16], bounds: Any) -> npt.NDArray[np.int8]:
    """All bits set where a component is kept, none where it is lost."""
    lost = (numbers < np.asarray(bounds, np.uint16)).view(np.int8)
    lost -= 1
    return lost


class OcclusionEffect(_Loss):
    """A patch is hidden."""

    def __init__(
        self, place: Place, entries: Sequence[str], share: float, every_step: bool, fill: float
    ) -> None:
        super().__init__(
            place, entries, ("float", "integer", "bool"), "observation.occlusion", fill
        )
        self._share, self._every_step = share, every_step
        self._ticks = np.zeros(place.rows, np.int64)  # of the observation that began the episode
        self.state = {"ticks": self._ticks}
        self._bank: dict[tuple[str, int, int], npt.NDArray[Any]] = {}

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        if frame.begun is not None and frame.fresh:
            rows = np.arange(self.place.rows)[frame.rows][frame.begun]
            self._ticks[rows] = frame.ticks[frame.begun]
        return super().observe(frame, leaves)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        ticks = frame.ticks if self._every_step else self._ticks[frame.rows]
        keys = at(frame.lanes, ticks) + np.uint64(PURPOSE_OBSERVE + leaf.number)
        heights, widths = self._patches(leaf, frame.p)
        sizes = heights * (2**32) + widths
        first = sizes[0]
        if (sizes == first).all():
            return self._behind(leaf, values, keys, int(heights[0]), int(widths[0]))
        found = values.copy()
        for size in np.unique(sizes).tolist():
            rows = np.flatnonzero(sizes == size)
            height, width = divmod(size, 2**32)
            found[rows] = self._behind(leaf, values[rows], keys[rows], height, width)
        return found

    def _patches(self, leaf: Leaf, p: npt.NDArray[np.float64]) -> tuple[Any, Any]:
        """(m,) heights and widths of the patch."""
        rows, columns = _sides(leaf)
        share = p * self._share
        if rows == 1:
            return np.ones(len(p), np.int64), np.rint(share * columns).astype(np.int64)
        side = np.sqrt(share)
        return np.rint(side * rows).astype(np.int64), np.rint(side * columns).astype(np.int64)

    def _behind(
        self, leaf: Leaf, values: npt.NDArray[Any], keys: Any, height: int, width: int
    ) -> npt.NDArray[Any]:
        masks = self._masks(leaf, height, width)
        places = ((keys >> np.uint64(20)) % np.uint64(len(masks))).astype(np.int64)
        found: npt.NDArray[Any] = self.hidden(leaf, values, masks.take(places, axis=0))
        return found

    def _masks(self, leaf: Leaf, height: int, width: int) -> npt.NDArray[Any]:
        """(places, size) masks of a patch, all bits set where nothing is hidden."""
        key = (leaf.name, height, width)
        if key not in self._bank:
            if len(self._bank) >= KEPT:
                self._bank.clear()
            self._bank[key] = _masks(leaf, height, width)
        return self._bank[key]


def _masks(leaf: Leaf, height: int, width: int) -> npt.NDArray[Any]:
    rows, columns = _sides(leaf)
    down, across = rows - height + 1, columns - width + 1
    tall = max(1, min(down, math.isqrt(PLACES) if across > 1 else PLACES))
    wide = max(1, min(across, PLACES // tall))
    corners = [
        (int(y), int(x))
        for y in np.linspace(0, down - 1, tall).round()
        for x in np.linspace(0, across - 1, wide).round()
    ]
    kept = np.ones((len(corners), rows, columns, leaf.size // max(rows * columns, 1)), np.bool_)
    for mask, (y, x) in zip(kept, corners, strict=True):
        mask[y : y + height, x : x + width] = False
    word = bits(leaf.low[:0]).dtype
    return np.where(kept.reshape(len(corners), -1), ~word.type(0), word.type(0))


def _sides(leaf: Leaf) -> tuple[int, int]:
    """Rows and columns that a patch spans; one row where there is one axis."""
    shape = leaf.shape
    return (1, leaf.size) if len(shape) < 2 else (shape[0], shape[1])
