"""Losses of observations, at work: dropout and occlusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from adaptarium.envs.core.host_draws import beside, units
from adaptarium.wrappers.effects import PURPOSE_OBSERVE, Frame, Place
from adaptarium.wrappers.leaves import ANY, Leaf, Leaves
from adaptarium.wrappers.observation_effect import EntryEffect, bits, nearest_valid
from adaptarium.wrappers.tables import STEPS, starts, uniform_table

PLACES = 64
"""Places of a patch, evenly spread; fewer where the patch fits into fewer."""


class _Loss(EntryEffect):
    """Components are shown as ``fill`` where they are lost."""

    def __init__(
        self,
        place: Place,
        entries: Sequence[str],
        kinds: Any,
        what: str,
        fill: float,
    ) -> None:
        super().__init__(place, entries, kinds, what)
        self._fill = {name: bits(nearest_valid(fill, leaf)) for name, leaf in self.leaves.items()}


class DropoutEffect(_Loss):
    """Components are lost, each on its own."""

    def __init__(self, place: Place, entries: Sequence[str], rate: float, fill: float) -> None:
        super().__init__(place, entries, ANY, "observation.dropout", fill)
        self._rate = rate

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        from adaptarium.wrappers import kernels

        table = uniform_table(leaf.size)
        begins = starts(frame.keys, PURPOSE_OBSERVE + leaf.number, table, leaf.size)
        most, fill = self._rate * STEPS, self._fill[leaf.name]
        found = kernels.run(kernels.dropout, bits(values), frame.p, begins, table, most, fill)
        return found.view(values.dtype)


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

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        if frame.begun is not None and frame.fresh:
            rows = np.arange(self.place.rows)[frame.rows][frame.begun]
            self._ticks[rows] = frame.ticks[frame.begun]
        return super().observe(frame, leaves)

    @override
    def change(self, frame: Frame, leaf: Leaf, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        from adaptarium.wrappers import kernels

        ticks = frame.ticks if self._every_step else self._ticks[frame.rows]
        keys = kernels.keys_at(frame.lanes, ticks)
        draws = units(beside(keys, PURPOSE_OBSERVE + leaf.number))
        # Rows and columns that a patch spans; one row where there is one axis.
        sides = (1, leaf.size) if len(leaf.shape) < 2 else leaf.shape[:2]
        fill = self._fill[leaf.name]
        found = kernels.run(
            kernels.occlusion, bits(values), frame.p, draws, self._share, *sides, PLACES, fill
        )
        return found.view(values.dtype)
