"""Schedules: when something changes, as a position in [0, 1] over a sub-environment's own count.

A position of 0 is the unshifted world, 1 the change in full. A sub-environment counts its own
steps, or its own episodes, from its last reset with a seed; the step that only begins the next
episode of a vector environment is none. A position depends on that count, on the
sub-environment's seed and on the shift's name alone, so every face, any number of
sub-environments and any order of calls give the same one.
"""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from typing_extensions import override

from adaptarium.envs.core.host_draws import Keys

Counts = npt.NDArray[np.int64]
Memory = npt.NDArray[np.int64]
Positions = npt.NDArray[np.float64]
Places = npt.NDArray[np.uint8]
Unit = Literal["step", "episode"]

MAX_COUNT = 2**53
MAX_STATES = 64
"""Most places that a switching schedule goes between."""


class ScheduleBase(BaseModel):
    """What all schedules have in common.

    Attributes:
        unit: What is counted: ``"step"`` or ``"episode"``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    unit: Unit = "step"

    @property
    def resolution(self) -> int:
        """Positions are multiples of 1 / resolution; 0 where they are not bound to any."""
        return 0

    @property
    def window(self) -> tuple[int, float]:
        """The counts ``[first, last)`` outside which the position is 0, as far as it is known."""
        return 0, math.inf

    def position(self, ticks: Counts) -> Positions:
        """The position at each tick, where it depends on nothing else."""
        raise TypeError(f"{type(self).__name__} has no position that depends on the count alone")


class StepSchedule(ScheduleBase):
    """A sudden change: 1 from count ``at`` on, and before ``until`` where that is given."""

    kind: Literal["step"] = "step"
    at: int = Field(ge=0, le=MAX_COUNT)
    until: int | None = Field(None, ge=1, le=MAX_COUNT)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until is not None and self.until <= self.at:
            raise ValueError(f"until = {self.until}: expected more than at = {self.at}")
        return self

    @property
    @override
    def resolution(self) -> int:
        return 1

    @property
    @override
    def window(self) -> tuple[int, float]:
        return self.at, math.inf if self.until is None else self.until

    @override
    def position(self, ticks: Counts) -> Positions:
        on = ticks >= self.at
        if self.until is not None:
            on &= ticks < self.until
        return on.astype(np.float64)


class LinearSchedule(ScheduleBase):
    """A drift: 0 up to count ``start``, then evenly up to 1 at ``stop``, and 1 from there on."""

    kind: Literal["linear"] = "linear"
    start: int = Field(0, ge=0, le=MAX_COUNT)
    stop: int = Field(ge=1, le=MAX_COUNT)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.stop <= self.start:
            raise ValueError(f"stop = {self.stop}: expected more than start = {self.start}")
        return self

    @property
    @override
    def window(self) -> tuple[int, float]:
        return self.start + 1, math.inf

    @override
    def position(self, ticks: Counts) -> Positions:
        return np.clip((ticks - self.start) / (self.stop - self.start), 0.0, 1.0)


class PeriodicSchedule(ScheduleBase):
    """A change that comes and goes: square (off, then on), sine or triangle, from ``start`` on."""

    kind: Literal["periodic"] = "periodic"
    period: int = Field(ge=2, le=MAX_COUNT)
    shape: Literal["square", "sine", "triangle"] = "square"
    duty: float = Field(0.5, gt=0, lt=1, description="Share of a square period that is on.")
    start: int = Field(0, ge=0, le=MAX_COUNT)

    @property
    @override
    def resolution(self) -> int:
        return 1 if self.shape == "square" else 0

    @property
    @override
    def window(self) -> tuple[int, float]:
        return self.start, math.inf

    @override
    def position(self, ticks: Counts) -> Positions:
        since = ticks - self.start
        phase = (since % self.period) / self.period
        if self.shape == "square":
            found = (phase >= 1.0 - self.duty).astype(np.float64)
        elif self.shape == "sine":
            found = 0.5 - 0.5 * np.cos(2.0 * np.pi * phase)
        else:
            found = 1.0 - np.abs(2.0 * phase - 1.0)
        return np.where(since >= 0, found, 0.0)


class ChanceSchedule(ScheduleBase):
    """A schedule that draws anew every ``every`` counts, a *tick*, and remembers where it was."""

    every: int = Field(1, ge=1, le=MAX_COUNT)

    remembers: ClassVar[Any] = np.uint8
    """The dtype of what it remembers; narrow, as it is written at every tick."""

    @property
    def places(self) -> Positions:
        """The positions that it goes between: evenly spread, from 0 to 1."""
        return np.arange(self.resolution + 1) / self.resolution

    def run(self, keys: Keys, first: Counts, found: Places, memory: Memory) -> None:
        """Work out the numbers of the places at so many ticks in a row.

        Args:
            keys: (n,) keys of the sub-environments.
            first: (n,) the first tick.
            found: (m, n) filled with the places at ``m`` ticks.
            memory: (2, m + 1, n) what is remembered: given before the first tick, all zero at tick
                0, and filled up to after the last.
        """
        raise TypeError(f"{type(self).__name__} does not say how it goes on")


class WalkSchedule(ChanceSchedule):
    """A random walk between 0 and 1, reflected at both, by ``1 / levels`` up or down."""

    kind: Literal["walk"] = "walk"
    levels: int = Field(10, ge=1, le=MAX_STATES)

    @property
    @override
    def resolution(self) -> int:
        return self.levels

    @override
    def run(self, keys: Keys, first: Counts, found: Places, memory: Memory) -> None:
        from adaptarium.wrappers import chance

        chance.compiled(chance.walk)(keys, first, found, memory, self.levels)


class MarkovSchedule(ChanceSchedule):
    """A Markov chain over ``states`` places, evenly from 0 to 1; it begins at 0.

    Every ``every`` counts it stays with probability ``stay``, or goes to one of the other states,
    each equally likely.
    """

    kind: Literal["markov"] = "markov"
    states: int = Field(2, ge=2, le=MAX_STATES)
    stay: float = Field(ge=0, le=1)

    @property
    @override
    def resolution(self) -> int:
        return self.states - 1

    @override
    def run(self, keys: Keys, first: Counts, found: Places, memory: Memory) -> None:
        from adaptarium.wrappers import chance

        chance.compiled(chance.markov)(keys, first, found, memory, self.resolution, self.stay)


class RecurringSchedule(ChanceSchedule):
    """A change that comes back after gaps drawn from a power law, and stays for ``duration``.

    Time goes in ticks of ``every`` counts. A gap has length ``g = min(max_gap, floor(min_gap *
    u ** (-1 / (exponent - 1))))`` ticks for a uniform ``u``: P(g >= x) falls like
    ``x ** (1 - exponent)``. It begins with a gap.
    """

    remembers: ClassVar[Any] = np.int64  # ticks

    kind: Literal["recurring"] = "recurring"
    duration: int = Field(ge=1, le=MAX_COUNT)
    min_gap: int = Field(1, ge=1, le=MAX_COUNT)
    max_gap: int = Field(1_000_000, ge=1, le=MAX_COUNT)
    exponent: float = Field(2.0, gt=1, le=10)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_gap < self.min_gap:
            raise ValueError(f"max_gap = {self.max_gap}: expected at least {self.min_gap}")
        return self

    @property
    @override
    def resolution(self) -> int:
        return 1

    @property
    @override
    def window(self) -> tuple[int, float]:
        return self.min_gap * self.every, math.inf

    @override
    def run(self, keys: Keys, first: Counts, found: Places, memory: Memory) -> None:
        from adaptarium.wrappers import chance

        ends, power = (float(self.min_gap), float(self.max_gap)), -1.0 / (self.exponent - 1.0)
        chance.compiled(chance.recurring)(keys, first, found, memory, self.duration, *ends, power)


class TimesSchedule(ScheduleBase):
    """Switches at stated counts: ``times = [[0, 0.0], [5000, 1.0]]``; 0 before the first.

    It is also how the recorded switches of a ``progress`` schedule are played again.
    """

    kind: Literal["times"] = "times"
    times: tuple[tuple[int, float], ...] = Field(min_length=1, max_length=100_000)

    @field_validator("times")
    @classmethod
    def _rising(cls, value: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
        for (before, _), (count, _) in itertools.pairwise(value):
            if count <= before:
                raise ValueError(f"count {count} after {before}: expected rising counts")
        for count, position in value:
            if not (0 <= count <= MAX_COUNT and 0.0 <= position <= 1.0):
                raise ValueError(f"[{count}, {position}]: expected a count >= 0 and 0 to 1")
        return value

    @property
    @override
    def window(self) -> tuple[int, float]:
        on = [count for count, position in self.times if position > 0.0]
        last = self.times[-1]
        return (on[0] if on else 0), (math.inf if last[1] > 0.0 else last[0])

    @override
    def position(self, ticks: Counts) -> Positions:
        counts = np.array([count for count, _ in self.times])
        places = np.array([0.0, *(position for _, position in self.times)])
        found: Positions = places[np.searchsorted(counts, ticks, side="right")]
        return found


class ProgressSchedule(ScheduleBase):
    """A change driven by the learner: one of ``stages`` further each time its score is reached.

    Whoever trains reports the learner's score; the position goes up by ``1 / stages`` when the
    mean of the last ``window_size`` reports is at least ``threshold``. The counts at which it did
    are recorded, so that a ``times`` schedule plays the same again.
    """

    kind: Literal["progress"] = "progress"
    threshold: float
    stages: int = Field(1, ge=1, le=MAX_STATES)
    window_size: int = Field(1, ge=1, le=100_000)

    @property
    @override
    def resolution(self) -> int:
        return self.stages


Schedule = Annotated[
    StepSchedule
    | LinearSchedule
    | PeriodicSchedule
    | WalkSchedule
    | MarkovSchedule
    | RecurringSchedule
    | TimesSchedule
    | ProgressSchedule,
    Field(discriminator="kind"),
]
