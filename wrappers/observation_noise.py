"""Noise and delay of observations, at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.wrappers.effects import PURPOSE_OBSERVE, Effect, Frame, Place
from adaptarium.wrappers.leaves import ANY, FLOAT, INTEGERS, Leaf, Leaves, chosen_leaves
from adaptarium.wrappers.observation_effect import EntryEffect, clipped
from adaptarium.wrappers.tables import Windows, normal_table

STEPS = 256
"""The noise follows the position in steps of 1 / STEPS, so that a slow drift costs little."""


class NoiseEffect(EntryEffect):
    """Gaussian noise."""

    def __init__(self, place: Place, entries: Sequence[str], sigma: float) -> None:
        super().__init__(place, entries, (*FLOAT, *INTEGERS), "observation.noise")
        self._noise = {name: _Noise(leaf, sigma) for name, leaf in self.leaves.items()}

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        noise = self._noise[leaf.name]
        return clipped(noise.added(values, noise.at(frame)), leaf)


class _Noise:
    """Noise of one entry: a table at the amplitude asked for last, or one scaled at each use."""

    def __init__(self, leaf: Leaf, sigma: float) -> None:
        self._sigma, self._width = sigma, leaf.size
        self._part = PURPOSE_OBSERVE + leaf.number
        self._sum, scale, self._most = _working_types(leaf, sigma)
        self._table = normal_table(leaf.size).astype(scale)
        self._windows = Windows(self._table, leaf.size)
        self._amplitude = -1.0
        self._ready: Windows | None = None

    def at(self, frame: Frame) -> npt.NDArray[Any]:
        """(m, size) noise for the rows of a frame."""
        amplitude = self._sigma / STEPS
        if frame.same is None:
            levels = np.rint(frame.p * STEPS)
            if (levels != levels[0]).any():
                numbers = self._windows.at(frame.keys, self._part)
                return self._scaled(numbers, amplitude * levels[:, None])
            amplitude *= float(levels[0])
        else:
            amplitude *= round(frame.same * STEPS)
        if amplitude != self._amplitude:
            self._amplitude, self._ready = amplitude, None
            return self._scaled(self._windows.at(frame.keys, self._part), amplitude)
        if self._ready is None:  # the same amplitude again: it will be asked for often
            table = self._scaled(self._table, amplitude)
            self._ready = Windows(_narrowed(table), self._width)
        return self._ready.at(frame.keys, self._part)

    def _scaled(self, numbers: npt.NDArray[Any], amplitude: Any) -> npt.NDArray[Any]:
        scaled = numbers * np.asarray(amplitude, numbers.dtype)
        if self._sum.kind != "f":
            np.rint(scaled, out=scaled)
            if self._most:
                np.clip(scaled, -self._most, self._most, out=scaled)
        return scaled.astype(self._sum, copy=False)

    def added(self, values: npt.NDArray[Any], noise: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Their sum, unclipped."""
        if self._sum.itemsize == 1:
            found: npt.NDArray[Any] = values.view(self._sum) + noise
            return found
        found = values.astype(self._sum)  # a cast of its own: a mixed sum is many times slower
        found += noise
        return found


def _narrowed(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Wide integers in a byte each where they fit: the table stays near the processor."""
    if table.dtype != np.int64 or np.abs(table).max() > 127:
        return table
    return table.astype(np.int8)


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
