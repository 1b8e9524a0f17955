"""Noise and delay of observations, at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.wrappers.effects import PURPOSE_OBSERVE, Effect, Frame, Place
from adaptarium.wrappers.leaves import ANY, FLOAT, INTEGERS, Leaf, Leaves, chosen_leaves
from adaptarium.wrappers.level_windows import LevelWindows
from adaptarium.wrappers.observation_effect import EntryEffect, clipped
from adaptarium.wrappers.tables import normal_table

STEPS = 256
"""The noise follows the position in steps of 1 / STEPS, so that a slow drift costs little."""


class NoiseEffect(EntryEffect):
    """Gaussian noise."""

    at_zero = True

    def __init__(self, place: Place, entries: Sequence[str], sigma: float) -> None:
        super().__init__(place, entries, (*FLOAT, *INTEGERS), "observation.noise")
        self._noise = {name: _Noise(leaf, sigma) for name, leaf in self.leaves.items()}

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        noise = self._noise[leaf.name]
        return clipped(noise.added(values, noise.at(frame)), leaf)


class _Noise:
    """Noise of one entry."""

    def __init__(self, leaf: Leaf, sigma: float) -> None:
        self._part = PURPOSE_OBSERVE + leaf.number
        self._sum, scale, self._most = _working_types(leaf, sigma)
        self._unit = sigma / STEPS
        table = normal_table(leaf.size).astype(scale)
        # Wide integers in a byte each where they fit: the tables stay near the processor.
        narrow = self._sum == np.int64 and sigma * np.abs(table).max() < 127
        self._shown = np.dtype(np.int8) if narrow else self._sum
        self._windows = LevelWindows(table, leaf.size, STEPS, self._shown, self._scaled)

    def at(self, frame: Frame) -> npt.NDArray[Any]:
        """(m, size) noise for the rows of a frame."""
        return self._windows.at(frame.keys, self._part, frame.levels(STEPS))

    def _scaled(self, numbers: npt.NDArray[Any], levels: Any) -> npt.NDArray[Any]:
        scaled = numbers * np.asarray(self._unit * levels, numbers.dtype)
        if self._sum.kind != "f":
            np.rint(scaled, out=scaled)
            if self._most:
                np.clip(scaled, -self._most, self._most, out=scaled)
        return scaled.astype(self._shown, copy=False)

    def added(self, values: npt.NDArray[Any], noise: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Their sum, unclipped."""
        if self._sum.itemsize == 1:
            return np.add(values.view(self._sum), noise, out=noise)
        found = values.astype(self._sum)  # a cast of its own: a mixed sum is many times slower
        found += noise
        return found


def _working_types(leaf: Leaf, sigma: float) -> tuple[np.dtype[Any], np.dtype[Any], int]:
    """Where values and noise are added, wide enough that nothing wraps around, and scaled.

    Last comes the most noise that makes a difference, where that allows a narrower type.
    """
    dtype = np.dtype(leaf.space.dtype)
    if leaf.kind == "float":
        return dtype, dtype, 0
    if dtype.itemsize > 1 or sigma >= 1000:
        return np.dtype(np.int64), np.dtype(np.float64), 0
    low, high = int(leaf.low.min()), int(leaf.high.max())
    if low >= 0 and 2 * high <= 127:
        return np.dtype(np.int8), np.dtype(np.float32), high
    return np.dtype(np.int16), np.dtype(np.float32), 0


class DelayEffect(Effect):
    """Observations arrive late."""

    observes = True

    def __init__(self, place: Place, entries: Sequence[str], steps: int) -> None:
        super().__init__(place)
        self._steps = steps
        leaves = chosen_leaves(place.observation_space, entries, ANY, "observation.delay")
        self._names = tuple(leaves)
        self._age = np.zeros(place.rows, np.int64)
        self._past = {
            name: np.zeros((steps + 1, place.rows, *leaf.shape), leaf.space.dtype)
            for name, leaf in leaves.items()
        }
        rings = {f"past.{name}": past for name, past in self._past.items()}
        self.state, self.rings = {"age": self._age, **rings}, tuple(rings)
        self._all = np.arange(place.rows)

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        rows = self._all[frame.rows]
        if frame.fresh:
            self._age[rows] += 1
            if frame.begun is not None:
                self._age[rows[frame.begun]] = 0
        age = self._age[rows]
        late = np.minimum(np.rint(frame.p * self._steps).astype(np.int64), age)
        if frame.fresh:
            self._record(rows, age, leaves)
        if not late.any():
            return leaves
        seen = (age - late) % (self._steps + 1)
        return {**leaves, **{name: self._past[name][seen, rows] for name in self._names}}

    def _record(
        self, rows: npt.NDArray[np.int64], age: npt.NDArray[np.int64], leaves: Leaves
    ) -> None:
        place = age % (self._steps + 1)
        for name in self._names:
            self._past[name][place, rows] = leaves[name]
