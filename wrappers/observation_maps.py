"""Fixed maps of observations, at work: permutation, quantisation and scaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.host_draws import at, beside, named, seed_keys
from adaptarium.wrappers.effects import SWITCH, Frame, Place
from adaptarium.wrappers.gather import columns
from adaptarium.wrappers.leaves import NUMBERS, Leaf
from adaptarium.wrappers.observation_effect import EntryEffect


def permutation(draw: int, name: str, part: int, n: int, inverse: bool) -> npt.NDArray[np.int64]:
    """(n,) a permutation that depends on these arguments alone."""
    key = beside(named(seed_keys(np.array([draw])), name), part)
    drawn = np.argsort(at(key, np.arange(n)), kind="stable")
    return np.argsort(drawn) if inverse else drawn


class PermutationEffect(EntryEffect):
    """Components or codes change places."""

    threshold = SWITCH

    def __init__(self, place: Place, entries: Sequence[str], draw: int, inverse: bool) -> None:
        self._draw, self._inverse = draw, inverse
        kinds = (*NUMBERS, "discrete", "multidiscrete", "bool")
        super().__init__(place, entries, kinds, "observation.permutation")
        self._maps = {name: self._map(leaf) for name, leaf in self.leaves.items()}

    def _map(self, leaf: Leaf) -> npt.NDArray[np.int64]:
        """Of a Box, (size,) where each component comes from; else (size, codes) codes shown."""
        if isinstance(leaf.space, spaces.Box):
            return permutation(self._draw, leaf.name, 0, leaf.size, self._inverse)
        counts = np.asarray(leaf.high, np.int64) - leaf.low + 1
        table = np.zeros((leaf.size, int(counts.max())), np.int64)
        for j, n in enumerate(counts.tolist()):
            table[j, :n] = permutation(self._draw, leaf.name, j, n, self._inverse)
        return table

    @override
    def space_of(self, leaf: Leaf) -> spaces.Space[Any]:
        if not isinstance(leaf.space, spaces.Box):
            return leaf.space
        # As for scaling: an agent may meet both orders, so the bounds hold for either.
        order = permutation(self._draw, leaf.name, 0, leaf.size, self._inverse)
        low, high = np.minimum(leaf.low, leaf.low[order]), np.maximum(leaf.high, leaf.high[order])
        return spaces.Box(low.reshape(leaf.shape), high.reshape(leaf.shape), dtype=leaf.space.dtype)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        table = self._maps[leaf.name]
        if table.ndim == 1:
            return columns(values, table)
        found = table[np.arange(leaf.size), values - leaf.low] + leaf.low
        return found.astype(values.dtype, copy=False)


class QuantiseEffect(EntryEffect):
    """Values fall into bins."""

    def __init__(
        self, place: Place, entries: Sequence[str], levels: int, width: float | None
    ) -> None:
        super().__init__(place, entries, NUMBERS, "observation.quantise")
        self._widths = {
            name: self._width(leaf, levels, width) for name, leaf in self.leaves.items()
        }

    @staticmethod
    def _width(leaf: Leaf, levels: int, width: float | None) -> npt.NDArray[np.float64]:
        """(size,) widths at position 1, or (1,) where all are equal."""
        if width is not None:
            return np.array([width])
        low, high = leaf.low.astype(np.float64), leaf.high.astype(np.float64)
        if not (np.isfinite(low) & np.isfinite(high)).all() or (high - low > 1e30).any():
            raise ShiftError(
                f"observation.quantise: {leaf.space} has no finite bounds to divide into "
                f"{levels} levels; expected width = the width of a bin"
            )
        extent = high - low + (leaf.kind == "integer")
        widths = np.asarray(extent / levels)
        return widths[:1] if (widths == widths[0]).all() else widths

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        width = self._widths[leaf.name]
        if leaf.kind == "integer":
            return self._integers(frame, leaf, values, width)
        low = np.where(np.isfinite(leaf.low), leaf.low, 0).astype(np.float64)
        bins = frame.p[:, None] * width
        with np.errstate(divide="ignore", invalid="ignore"):
            found = low + np.floor((values - low) / bins) * bins
        # Bins narrower than the dtype's own steps change nothing.
        found = np.where(np.isfinite(found), found, values)
        return np.clip(found, leaf.low, leaf.high).astype(values.dtype)

    @staticmethod
    def _integers(
        frame: Frame, leaf: Leaf, values: npt.NDArray[Any], width: npt.NDArray[np.float64]
    ) -> npt.NDArray[Any]:
        bins = np.maximum(np.rint(frame.p[:, None] * width), 1)
        least = leaf.low if leaf.low.any() else None
        if (bins == bins[0, 0]).all():  # division by one number is many times faster
            w = values.dtype.type(min(bins[0, 0], np.iinfo(values.dtype).max))
            return _binned(values, least, w)
        found = np.empty_like(values)
        if bins.shape[1] == 1:  # rows of equal bins together
            for w in np.unique(bins).tolist():
                rows = np.flatnonzero(bins[:, 0] == w)
                limit = values.dtype.type(min(w, np.iinfo(values.dtype).max))
                found[rows] = _binned(values.take(rows, axis=0), least, limit)
            return found
        for w in np.unique(bins).tolist():
            here = np.broadcast_to(bins == w, values.shape)
            start = None if least is None else np.broadcast_to(least, values.shape)[here]
            limit = values.dtype.type(min(w, np.iinfo(values.dtype).max))
            found[here] = _binned(values[here], start, limit)
        return found


def _binned(values: npt.NDArray[Any], low: Any, w: Any) -> npt.NDArray[Any]:
    """The lower ends of integers' bins; differences are unsigned, so that none overflows."""
    if low is None:  # all zero
        return values // w * w
    unsigned = f"u{values.dtype.itemsize}"
    since = (values - low).view(unsigned)
    found: npt.NDArray[Any] = low + (since // w.astype(unsigned) * w.astype(unsigned)).view(
        values.dtype
    )
    return found


class ScaleEffect(EntryEffect):
    """An affine map."""

    at_zero = True

    def __init__(self, place: Place, entries: Sequence[str], factor: float, offset: float) -> None:
        self._factor, self._offset = factor, offset
        super().__init__(place, entries, NUMBERS, "observation.scale")

    @override
    def space_of(self, leaf: Leaf) -> spaces.Space[Any]:
        # In between the map lies between its ends, as each component depends on p linearly.
        ends = [leaf.low, leaf.high]
        with np.errstate(invalid="ignore", over="ignore"):
            ends += [self._mapped(end[None], 1.0, leaf)[0] for end in (leaf.low, leaf.high)]
        low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
        return spaces.Box(low.reshape(leaf.shape), high.reshape(leaf.shape), dtype=leaf.space.dtype)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        p = frame.p[:, None] if frame.same is None else frame.same
        return self._mapped(values, p, leaf)

    def _mapped(self, values: npt.NDArray[Any], p: Any, leaf: Leaf) -> npt.NDArray[Any]:
        dtype = leaf.space.dtype
        working = np.float64 if dtype.itemsize > 2 else np.float32
        found: npt.NDArray[Any] = values.astype(working)
        np.multiply(found, np.asarray(1.0 + p * (self._factor - 1.0), working), out=found)
        if self._offset:
            np.add(found, np.asarray(p * self._offset, working), out=found)
        if dtype.kind == "f":
            return found.astype(dtype)
        np.rint(found, out=found)
        limits = np.iinfo(dtype)
        # As a float the greatest int64 is one too many.
        most = min(float(limits.max), float(np.nextafter(limits.max + 1.0, 0.0)))
        if self._factor < 0 or self._offset or self._factor * float(leaf.high.max()) > most:
            np.clip(found, float(limits.min), most, out=found)
        return found.astype(dtype)
