"""What the sub-environments of a wrapper have counted, and where its schedules stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import ShiftError, unknown_name
from adaptarium.envs.core.host_draws import beside, named, seed_keys
from adaptarium.wrappers.effects import Bools, Floats
from adaptarium.wrappers.track import Track

if TYPE_CHECKING:
    from adaptarium.wrappers.spec import Shift


class Clock:
    """Counts and positions of ``n`` sub-environments under some shifts.

    Attributes:
        shifts: The shifts.
        names: Their names.
        tracks: Where the schedule of each stands.
        keys: (shifts, n) keys of draws.
        steps: (n,) steps played since the last reset with a seed.
        episodes: (n,) episodes begun since then.
        seeded: (n,) bool: whether there has been a reset.
    """

    def __init__(self, shifts: Sequence[Shift], n: int) -> None:
        self.shifts = tuple(shifts)
        self.names = tuple(shift.name for shift in shifts)
        self.tracks = [Track(shift.when, shift.name, n) for shift in shifts]
        holds = [[shift.slots.holds(i) for i in range(n)] for shift in shifts]
        self._own: Bools = np.array(holds, np.bool_).reshape(len(self.shifts), n)
        self._held = self._own.copy()
        self._everywhere = bool(self._own.all())
        self.keys = np.zeros((len(self.shifts), n), np.uint64)
        self.steps = np.zeros(n, np.int64)
        self.episodes = np.zeros(n, np.int64)
        self.seeded = np.zeros(n, np.bool_)

    def begin(self, slots: npt.NDArray[np.int64], seeds: Sequence[int]) -> None:
        """Start to count anew.

        Args:
            slots: (m,) indices.
            seeds: m seeds, not negative.
        """
        numbers = np.array([seed % 2**64 for seed in seeds], np.uint64)
        self.steps[slots] = 0
        self.episodes[slots] = 0
        self.seeded[slots] = True
        self._held[:, slots] = self._own[:, slots]
        for k, track in enumerate(self.tracks):
            track.begin(slots, numbers)
            # Beside the schedule's own draws, which run along the steps.
            self.keys[k, slots] = beside(named(seed_keys(numbers), track.name), 1)

    def positions(self) -> Floats:
        """(shifts, n) positions for the step to come and the episode that is on."""
        found = np.empty(self.keys.shape)
        for k, track in enumerate(self.tracks):
            found[k] = track.at(self._counts(k))
        return found if self._everywhere else found * self._held

    def _counts(self, k: int) -> npt.NDArray[np.int64]:
        """(n,) what the schedule of shift ``k`` has counted."""
        per_step = self.shifts[k].when.unit == "step"
        return self.steps if per_step else np.maximum(self.episodes - 1, 0)

    def reach(self, name: str, position: float) -> None:
        """Move a shift that the learner drives, from the step after the next, or the next episode.

        Raises:
            UnknownNameError: there is no such shift.
            FactorError: it is not driven by the learner.
            ShiftError: the position is outside 0 to 1.
        """
        if name not in self.names:
            raise unknown_name("shift", name, self.names)
        if not 0.0 <= position <= 1.0:
            raise ShiftError(f"position {position!r} of shift {name!r}: expected 0 to 1")
        k = self.names.index(name)
        # As in a batch: a replay of the recorded switches is the same only from the next count on.
        self.tracks[k].reach(position, self._counts(k) + 1)

    def copy(self, sources: npt.NDArray[np.int64], targets: npt.NDArray[np.int64]) -> None:
        """Let sub-environments ``targets`` stand where ``sources`` stand, until their next seed."""
        for track in self.tracks:
            track.copy(sources, targets)
        self.keys[:, targets] = self.keys[:, sources]
        self._held[:, targets] = self._held[:, sources]
        for array in (self.steps, self.episodes, self.seeded):
            array[targets] = array[sources]

    def to_data(self) -> dict[str, Any]:
        """Plain data from which :meth:`restore` goes on; arrays are in :meth:`arrays`."""
        return {"tracks": [track.to_data() for track in self.tracks]}

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays that are saved."""
        return {
            "keys": self.keys,
            "steps": self.steps,
            "episodes": self.episodes,
            "seeded": self.seeded,
            "held": self._held,
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Stand where the clock that gave ``data`` stood; its arrays are filled by the caller."""
        for track, saved in zip(self.tracks, data["tracks"], strict=True):
            track.restore(saved)
