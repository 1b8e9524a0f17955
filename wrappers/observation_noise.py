"""Noise and delay of observations, at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.wrappers.effects import PURPOSE_OBSERVE, Effect, Frame, Place
from adaptarium.wrappers.leaves import ANY, FLOAT, INTEGERS, Leaf, Leaves, chosen_leaves
from adaptarium.wrappers.observation_effect import EntryEffect
from adaptarium.wrappers.tables import normal_table, starts

STEPS = 256
"""The noise follows the position in steps of 1 / STEPS."""


class NoiseEffect(EntryEffect):
    """Gaussian noise."""

    def __init__(self, place: Place, entries: Sequence[str], sigma: float) -> None:
        super().__init__(place, entries, (*FLOAT, *INTEGERS), "observation.noise")
        self._sigma = sigma
        self._tables = {
            name: normal_table(leaf.size).astype(leaf.working) for name, leaf in self.leaves.items()
        }

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        from adaptarium.wrappers import kernels

        table = self._tables[leaf.name]
        begins = starts(frame.keys, PURPOSE_OBSERVE + leaf.number, table, leaf.size)
        whole = leaf.kind != "float"
        strength = (self._sigma, STEPS)
        return kernels.run(
            kernels.noise, values, frame.p, begins, table, *strength, *leaf.ends, whole
        )


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
