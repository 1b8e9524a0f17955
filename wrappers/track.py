"""The positions of one schedule for many sub-environments, as their counts go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.host_draws import named, seed_keys
from adaptarium.wrappers.schedules import (
    ChanceSchedule,
    Counts,
    Positions,
    ProgressSchedule,
    ScheduleBase,
)

CHUNK = 64
"""Ticks that are worked out at once."""


class Track:
    """Where one schedule stands in each of ``n`` sub-environments.

    Counts of a sub-environment may only grow between two calls of :meth:`begin` for it.

    Args:
        schedule: The schedule. A ``progress`` schedule stands at 0 until :meth:`reach` moves it.
        name: Name of the shift: schedules of different names draw independently.
        n: Number of sub-environments.
    """

    def __init__(self, schedule: ScheduleBase, name: str, n: int) -> None:
        self.schedule, self.name, self.n = schedule, name, n
        self._driven: list[list[tuple[int, float]]] = [[] for _ in range(n)]
        self._slots = np.arange(n)
        self._is_driven = isinstance(schedule, ProgressSchedule)
        self._places = schedule.places if isinstance(schedule, ChanceSchedule) else np.zeros(0)
        self._reached, self._before = np.zeros(n), np.zeros(n)
        self._since = np.zeros(n, np.int64)  # the count of the last switch that is driven
        self._keys = np.zeros(n, np.uint64)
        # Of a schedule with chance: the ticks that are worked out, from `first` on.
        self._first = np.zeros(n, np.int64)
        self._chunk = np.zeros((0, n), np.uint8)  # numbers of the schedule's places
        self._memory = np.zeros((2, 1, n), np.int64)  # before each of them, and after the last
        self._room = (self._chunk, self._memory)  # made once for both

    def begin(self, slots: npt.NDArray[np.int64], seeds: Any) -> None:
        """Start sub-environments anew at count 0.

        Args:
            slots: (m,) indices.
            seeds: (m,) their seeds.
        """
        self._keys[slots] = named(seed_keys(seeds), self.name)
        self._reached[slots] = self._before[slots] = 0.0
        self._since[slots] = 0
        for i in slots.tolist():
            self._driven[i] = []
        self._keep(np.where(np.isin(np.arange(self.n), slots), 0, self._first), slots)

    def at(self, counts: Counts) -> Positions:
        """(n,) positions at the (n,) counts."""
        if self._is_driven:
            return np.where(counts < self._since, self._before, self._reached)
        if not isinstance(self.schedule, ChanceSchedule):
            return self.schedule.position(counts)
        ticks = counts // self.schedule.every
        ahead = ticks - self._first
        if ahead.max() >= len(self._chunk):
            self._advance(self.schedule, ticks, CHUNK)
            ahead[:] = 0
        # One flat index is several times as fast as a pair of them.
        places = self._chunk.reshape(-1).take(ahead * self.n + self._slots)
        found: Positions = self._places.take(places)
        return found

    def ticks(
        self, counts: Counts, length: int, code: Callable[[Positions], npt.NDArray[Any]]
    ) -> tuple[Counts, npt.NDArray[Any]]:
        """Positions some counts ahead, a number for each *tick*: the counts between two draws.

        Args:
            counts: (n,) counts of the sub-environments.
            length: How many counts the ticks must cover, from ``counts`` on.
            code: Turns positions of any shape into what is kept of them.

        Returns:
            The (n,) first ticks, and (n, ticks) what ``code`` gave.
        """
        if self._is_driven:
            on = counts[:, None] + np.arange(length) >= self._since[:, None]
            return counts, np.where(on, code(self._reached)[:, None], code(self._before)[:, None])
        if isinstance(self.schedule, ChanceSchedule):
            first = counts // self.schedule.every
            self._advance(self.schedule, first, (length - 1) // self.schedule.every + 2)
            codes = code(self._places)
            if np.array_equal(codes, np.arange(len(codes))):
                return first, self._chunk.T  # places and their codes have the same numbers
            return first, codes[self._chunk].T
        low, spread = int(counts.min()), int(np.ptp(counts))
        if spread > 64 * length:  # sub-environments far apart
            wanted = counts[:, None] + np.arange(length)
            return counts, code(self.schedule.position(wanted))
        # The position depends on the count alone, so that one row serves all of them.
        row = code(self.schedule.position(low + np.arange(spread + length)))
        if spread == 0:
            return counts, np.broadcast_to(row, (self.n, length))
        return counts, np.lib.stride_tricks.sliding_window_view(row, length)[counts - low]

    def _advance(self, schedule: ChanceSchedule, ticks: Counts, length: int) -> None:
        """Work out ``length`` ticks from ``ticks`` on."""
        gap = int(np.max(ticks - self._first)) - len(self._chunk)
        if gap > 0:  # counts have gone on unasked
            self._run(schedule, len(self._chunk) + gap)
        self._keep(ticks)
        self._run(schedule, length)

    def _keep(self, ticks: Counts, anew: npt.NDArray[np.int64] | None = None) -> None:
        """Forget all but the memory before ``ticks``, and that of the slots that begin anew."""
        past = np.clip(ticks - self._first, 0, self._memory.shape[1] - 1)
        self._memory = self._memory[:, past, np.arange(self.n)][:, None]
        if anew is not None:
            self._memory[:, :, anew] = 0
        self._first = ticks
        self._chunk = np.zeros((0, self.n), np.uint8)

    def _run(self, schedule: ChanceSchedule, length: int) -> None:
        before = self._memory[:, 0].copy()
        if length != len(self._room[0]):
            found = np.zeros((length, self.n), np.uint8)
            self._room = found, np.zeros((2, length + 1, self.n), schedule.remembers)
        self._chunk, self._memory = self._room
        self._memory[:, 0] = before
        with np.errstate(over="ignore"):  # draws wrap around where kernels are interpreted
            schedule.run(self._keys, self._first, self._chunk, self._memory)

    # ---- driven by the learner ----

    def reach(self, position: float, counts: Counts) -> None:
        """Move a ``progress`` schedule from each sub-environment's present count on.

        Args:
            position: The new position, in [0, 1].
            counts: (n,) the counts from which it holds.

        Raises:
            FactorError: the schedule is not driven by progress.
        """
        if not self._is_driven:
            raise FactorError(
                f"shift {self.name!r} follows a {self.schedule.model_dump()['kind']!r} schedule; "
                "only one of kind 'progress' is driven by the learner"
            )
        new = counts != self._since
        self._before = np.where(new, self._reached, self._before)
        self._reached[:] = position
        self._since = counts.copy()
        for i, count in enumerate(counts.tolist()):
            self._driven[i] = [one for one in self._driven[i] if one[0] < count]
            self._driven[i].append((int(count), float(position)))

    def switches(self, i: int) -> Sequence[tuple[int, float]]:
        """The recorded switches of sub-environment ``i``: for a ``times`` schedule."""
        return tuple(self._driven[i])

    # ---- copying and saving ----

    def copy(self, sources: npt.NDArray[np.int64], targets: npt.NDArray[np.int64]) -> None:
        """Let sub-environments ``targets`` stand where ``sources`` stand."""
        own = (self._keys, self._reached, self._before, self._since, self._first)
        for array in own:
            array[targets] = array[sources]
        self._chunk[:, targets] = self._chunk[:, sources]
        self._memory[:, :, targets] = self._memory[:, :, sources]
        for source, target in zip(sources.tolist(), targets.tolist(), strict=True):
            self._driven[target] = list(self._driven[source])

    def to_data(self) -> dict[str, Any]:
        """Plain data from which :meth:`restore` goes on."""
        return {
            "keys": self._keys.tolist(),
            "first": self._first.tolist(),
            "memory": self._memory[:, 0].tolist(),
            "driven": [[list(one) for one in switches] for switches in self._driven],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Stand where the track that gave ``data`` stood."""
        self._keys = np.array(data["keys"], np.uint64)
        self._first = np.array(data["first"], np.int64)
        self._memory = np.array(data["memory"], np.int64).reshape(2, 1, self.n)
        self._driven = [[(int(c), float(p)) for c, p in each] for each in data["driven"]]
        self._reached = np.array([each[-1][1] if each else 0.0 for each in self._driven])
        self._before = np.array([each[-2][1] if len(each) > 1 else 0.0 for each in self._driven])
        self._since = np.array([each[-1][0] if each else 0 for each in self._driven], np.int64)
        self._chunk = np.zeros((0, self.n), np.uint8)
