"""Noise and delay of observations, at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.wrappers.effects import Effect, Frame, Place
from adaptarium.wrappers.leaves import ANY, FLOAT, INTEGERS, Leaf, Leaves, chosen_leaves
from adaptarium.wrappers.observation_effect import EntryEffect, clipped
from adaptarium.wrappers.tables import Windows, normal_table


class NoiseEffect(EntryEffect):
    """Gaussian noise."""

    def __init__(self, place: Place, entries: Sequence[str], sigma: float) -> None:
        super().__init__(place, entries, (*FLOAT, *INTEGERS), "observation.noise")
        self._noise = {name: _Noise(leaf, sigma) for name, leaf in self.leaves.items()}

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        noise = self._noise[leaf.name].at(self.draws(frame, leaf), frame.p)
        return clipped(np.add(values, noise, dtype=noise.dtype, casting="unsafe"), leaf)


class _Noise:
    """Noise of one entry: a table at the amplitude asked for last, or one scaled at each use."""

    def __init__(self, leaf: Leaf, sigma: float) -> None:
        self._sigma = sigma
        self._table = normal_table(leaf.size)
        self._windows = Windows(self._table, leaf.size)
        self._width = leaf.size
        self._dtype = self._working_type(leaf, sigma)
        self._amplitude = -1.0
        self._ready: Windows | None = None

    @staticmethod
    def _working_type(leaf: Leaf, sigma: float) -> np.dtype[Any]:
        """Where values and noise are added: wide enough that nothing wraps around."""
        if leaf.kind == "float":
            return np.dtype(leaf.space.dtype)
        small = leaf.space.dtype.itemsize == 1 and sigma < 1000
        return np.dtype(np.int16 if small else np.int64)

    def at(self, keys: npt.NDArray[np.uint64], p: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        if p[0] != p[-1] or (p != p[0]).any():
            return self._scaled(self._windows.at(keys), self._sigma * p[:, None])
        amplitude = float(self._sigma * p[0])
        if amplitude != self._amplitude:
            self._amplitude, self._ready = amplitude, None
            return self._scaled(self._windows.at(keys), amplitude)
        if self._ready is None:  # the same amplitude again: it will be asked for often
            self._ready = Windows(self._scaled(self._table, amplitude), self._width)
        return self._ready.at(keys)

    def _scaled(self, numbers: npt.NDArray[np.float64], amplitude: Any) -> npt.NDArray[Any]:
        scaled = numbers * amplitude
        if self._dtype.kind != "f":
            np.rint(scaled, out=scaled)
        return scaled.astype(self._dtype)


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
        self.state = {"age": self._age, **{f"past.{n}": past for n, past in self._past.items()}}
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
