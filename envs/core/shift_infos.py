"""What infos tell of physics shifts: the position of every shift, and the seats that are left."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.shifting import Shifter


def shift_info(batch: Batch) -> dict[str, Any]:
    """What is told of slot 0: ``shift`` and, where agents come and go, ``seats_left``.

    ``shift`` holds by name the position in force in the step just played, or for the episode just
    begun; ``seats_left`` how many newcomers the episode can still seat. Nothing without a plan.
    """
    shifter = batch.shifter
    if shifter is None:
        return {}
    info: dict[str, Any] = {"shift": shifter.told(int(shifter.arrays.now[0]))}
    if shifter.has_population:
        info["seats_left"] = int(batch.w.reward.shape[1] - batch.w.core["seats"][0])
    return info


class ShiftInfos:
    """The same of all slots, in the form of a vector environment's infos.

    The arrays cannot be written to: they are handed out again until a position changes.

    Args:
        batch: The batch.
        shifter: Its shifter.
    """

    def __init__(self, batch: Batch, shifter: Shifter) -> None:
        self._batch, self._shifter = batch, shifter
        self._all = _locked(np.ones(batch.num_envs, np.bool_))
        self._seen = np.full(batch.num_envs, -1, np.int32)
        self._shown: dict[str, Any] = {}

    def put(self, infos: dict[str, Any]) -> None:
        """Write what is told of every slot into ``infos``."""
        now = self._shifter.arrays.now
        if not np.array_equal(now, self._seen):
            self._seen = now.copy()
            self._shown = {}
            for name, positions in self._shifter.positions(now).items():
                self._shown |= {name: _locked(positions), f"_{name}": self._all}
        infos["shift"], infos["_shift"] = dict(self._shown), self._all
        if self._shifter.has_population:
            infos["seats_left"], infos["_seats_left"] = self._seats_left(), self._all

    def of(self, slots: npt.NDArray[np.int64], *, played: bool = False) -> dict[str, Any]:
        """What is told of some slots, an entry for each.

        Args:
            slots: (m,) indices.
            played: Of the step that ended their episodes, not of those begun in it.
        """
        arrays = self._shifter.arrays
        known: dict[str, Any] = {
            "shift": self._shifter.positions((arrays.played if played else arrays.now)[slots])
        }
        if self._shifter.has_population and not played:
            known["seats_left"] = self._seats_left()[slots]
        return known

    def _seats_left(self) -> npt.NDArray[np.int64]:
        w = self._batch.w
        return w.reward.shape[1] - w.core["seats"].astype(np.int64)


def _locked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array
