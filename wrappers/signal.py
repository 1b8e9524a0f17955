"""The change signal: the agent is told when something has changed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from gymnasium import spaces
from pydantic import Field
from typing_extensions import override

from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.effects import SWITCH, Effect, Frame, Place
from adaptarium.wrappers.leaves import Leaves
from adaptarium.wrappers.part import InterfaceChange


class SignalChange(InterfaceChange):
    """An entry of the observation that is 1 when a shift's position has just changed, else 0.

    It compares the ground truth of ``info["shift"]``, inner layers included, with that of the
    observation before. A Dict gains the entry; of another observation space comes a Dict of
    ``observation`` and the entry. At positions under one half of its own schedule it is 0:
    ``when = { kind = "step", at = 0 }`` has it always.

    Attributes:
        entry: Name of the entry, Discrete(2).
        of: Names of the shifts that it tells of; empty for all but signals.
    """

    kind: Literal["signal"] = "signal"
    entry: str = Field("change", min_length=1, max_length=60)
    of: tuple[str, ...] = Field((), max_length=64)

    @override
    def targets(self) -> frozenset[str]:
        return frozenset({f"signal {self.entry}"})

    @override
    def effect(self, place: Place) -> Effect:
        return SignalEffect(place, self.entry, self.of)


class SignalEffect(Effect):
    """The change signal, at work.

    Attributes:
        entry: Name of the entry.
        wraps: Whether the observation space was no Dict.
    """

    observes = True

    def __init__(self, place: Place, entry: str, of: tuple[str, ...]) -> None:
        super().__init__(place)
        self.entry, self._of = entry, of
        inner = place.observation_space
        self.wraps = not isinstance(inner, spaces.Dict)
        entries = {"observation": inner} if self.wraps else dict(inner.spaces)  # type: ignore[attr-defined]
        if entry in entries:
            raise ShiftError(
                f"signal: the observation has an entry {entry!r} already; expected another name"
            )
        self.observation_space = spaces.Dict({**entries, entry: spaces.Discrete(2)})
        self._known = np.zeros(place.rows, np.bool_)
        self._seen: dict[str, Any] = {}
        self._last = np.zeros(place.rows, np.int64)
        self.state = {"known": self._known, "last": self._last}

    @override
    def anew(self, rows: Any) -> None:
        self._known[rows] = False

    @override
    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        if frame.fresh:
            self._last[frame.rows] = self._changed(frame)
        shown = np.where(frame.p > SWITCH, self._last[frame.rows], 0)
        kept = {"observation": leaves[""]} if self.wraps and "" in leaves else leaves
        return {**kept, self.entry: shown}

    def _changed(self, frame: Frame) -> Any:
        changed = np.zeros(len(frame.p), np.bool_)
        for name, positions in frame.told.items():
            if self._of and name not in self._of:
                continue
            if name not in self._seen:
                self._seen[name] = np.zeros(self.place.rows)
                self.state[f"seen.{name}"] = self._seen[name]
            changed |= self._seen[name][frame.rows] != positions
            self._seen[name][frame.rows] = positions
        changed &= self._known[frame.rows]
        self._known[frame.rows] = True
        return changed
