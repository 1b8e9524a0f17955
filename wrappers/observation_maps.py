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
from adaptarium.wrappers.leaves import NUMBERS, Leaf, within
from adaptarium.wrappers.observation_effect import EntryEffect, bits


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
        from adaptarium.wrappers import kernels

        table = self._maps[leaf.name]
        if table.ndim == 1:
            before = bits(np.ascontiguousarray(values))
            order = table.view(np.uint64)  # an index that cannot count from the end is faster
            moved = (before, frame.p, self.threshold, order)
            return kernels.run(kernels.permutation, before, *moved).view(values.dtype)
        found = table[np.arange(leaf.size), values - leaf.low] + leaf.low
        on = frame.p[:, None] > self.threshold
        return np.where(on, found, values).astype(values.dtype, copy=False)


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
    def _width(leaf: Leaf, levels: int, width: float | None) -> npt.NDArray[Any]:
        """(size,) widths at position 1."""
        if width is not None:
            return np.full(leaf.size, width, leaf.working)
        low, high = leaf.low.astype(np.float64), leaf.high.astype(np.float64)
        if not (np.isfinite(low) & np.isfinite(high)).all() or (high - low > 1e30).any():
            raise ShiftError(
                f"observation.quantise: {leaf.space} has no finite bounds to divide into "
                f"{levels} levels; expected width = the width of a bin"
            )
        extent = high - low + (leaf.kind == "integer")
        return np.asarray(extent / levels, leaf.working)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        from adaptarium.wrappers import kernels

        low, high = leaf.ends
        low = np.where(np.isfinite(low), low, low.dtype.type(0))
        bins = (self._widths[leaf.name], low, high, leaf.kind == "integer")
        return kernels.run(kernels.quantise, values, frame.p, *bins)


class ScaleEffect(EntryEffect):
    """An affine map."""

    def __init__(self, place: Place, entries: Sequence[str], factor: float, offset: float) -> None:
        self._factor, self._offset = factor, offset
        super().__init__(place, entries, NUMBERS, "observation.scale")

    @override
    def space_of(self, leaf: Leaf) -> spaces.Space[Any]:
        # In between the map lies between its ends, as each component depends on p linearly.
        ends = [leaf.low, leaf.high]
        ends += [self._mapped(end[None], np.ones(1), leaf)[0] for end in (leaf.low, leaf.high)]
        low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
        return spaces.Box(low.reshape(leaf.shape), high.reshape(leaf.shape), dtype=leaf.space.dtype)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self._mapped(values, frame.p, leaf)

    def _mapped(self, values: npt.NDArray[Any], p: Any, leaf: Leaf) -> npt.NDArray[Any]:
        from adaptarium.wrappers import kernels

        whole = leaf.kind == "integer"
        info = np.iinfo(leaf.space.dtype) if whole else np.finfo(leaf.space.dtype)
        held = np.array([info.min, info.max], leaf.space.dtype)
        affine = (self._factor, self._offset, within(held, leaf.working))
        return kernels.run(kernels.scale, values, p, *affine, whole)
