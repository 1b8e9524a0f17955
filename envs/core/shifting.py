"""Physics shifts of a running batch: keyframes, and where the schedules of every slot stand.

A plan is a number of *tracks*, one a shift. A track is in one of a few states at each count of a
slot's own steps or episodes; state 0 is unshifted. All tracks of a slot together are in a *joint
state*, a number in mixed radix, and every world has a *keyframe* for each joint state: the world as
it then is. The driver reads the states from timelines, which are written here some steps ahead, and
copies a keyframe's records into the slot's own when its joint state changes.

What a plan means is not decided here: :mod:`adaptarium.wrappers.physics` makes programs of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.driver import SOURCE_BANK
from adaptarium.envs.core.errors import (
    ShiftError,
    SnapshotError,
    StructuralShiftError,
    unknown_name,
)
from adaptarium.envs.core.layout import ShiftArrays, Workspace, allocate_shift
from adaptarium.envs.core.skinned import Swap
from adaptarium.envs.core.world import SPLITS, World

AHEAD = 128
"""Calls of a batch for which timelines are written at once: a count grows by at most 1 a call."""

LENGTH = AHEAD + 2
"""Counts that a timeline covers: the present one, and the one after the last call."""

UNKNOWN = 2**16 - 1
"""In a timeline, what lies beyond the ticks that are written."""

Counts = npt.NDArray[np.int64]


class Track(Protocol):
    """The positions of one schedule for the slots of a batch; see ``wrappers.track``."""

    def begin(self, slots: Counts, seeds: Any) -> None:
        """Start slots anew at count 0."""

    def ticks(
        self, counts: Counts, length: int, code: Callable[[Any], Any]
    ) -> tuple[Counts, npt.NDArray[Any]]:
        """(n,) first ticks and (n, ticks) ``code`` of the positions, for so many counts ahead."""

    def reach(self, position: float, counts: Counts) -> None:
        """Move a schedule that is driven from outside, from ``counts`` on."""

    def switches(self, i: int) -> Sequence[tuple[int, float]]:
        """When it was moved, and where to."""

    def copy(self, sources: Counts, targets: Counts) -> None:
        """Let slots stand where others stand."""

    def to_data(self) -> dict[str, Any]:
        """Plain data from which ``restore`` goes on."""

    def restore(self, data: dict[str, Any]) -> None:
        """Go on from :meth:`to_data`."""


@dataclass(frozen=True)
class Channel:
    """What the driver knows of one shift.

    Attributes:
        name: Name of the shift.
        episodic: It counts episodes, not steps.
        every: Counts a tick.
        positions: (states,) position that each state stands for: rising, the first 0.
    """

    name: str
    episodic: bool
    every: int
    positions: npt.NDArray[np.float64]

    @functools.cached_property
    def is_even(self) -> bool:
        """Whether the positions are evenly spaced, from 0 to 1."""
        even = np.linspace(0.0, 1.0, len(self.positions))
        return bool(np.abs(self.positions - even).max() < 1e-12)

    def states(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.uint16]:
        """The state nearest to each position."""
        last = len(self.positions) - 1
        if self.is_even:
            return np.rint(positions * last).astype(np.uint16)
        middle = (self.positions[1:] + self.positions[:-1]) / 2
        found: npt.NDArray[np.uint16] = np.searchsorted(middle, positions).astype(np.uint16)
        return found


@dataclass(frozen=True)
class Keyframe:
    """A world in one joint state.

    Attributes:
        world: The world as it then is.
        more: Agents beyond those whom the level seats.
        renewed: Agents that are replaced when ``turn`` changes.
        turn: State of the track that replaces agents.
        words: Words of the text face that are swapped.
        signs: Signs of the text face that are swapped.
    """

    world: World
    more: int = 0
    renewed: int = 0
    turn: int = 0
    words: Swap = field(default_factory=dict)
    signs: Swap = field(default_factory=dict)


class ShiftProgram(Protocol):
    """A plan made ready for the worlds of a batch.

    Attributes:
        digest: Equal for programs that do the same.
        channels: One a shift.
        frames: For each world its keyframes, one a joint state; the first channel turns fastest.
    """

    @property
    def digest(self) -> str:
        """See the attributes."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """See the attributes."""

    @property
    def frames(self) -> tuple[tuple[Keyframe, ...], ...]:
        """See the attributes."""

    def tracks(self, n: int) -> Sequence[Track]:
        """The schedule of every shift, for ``n`` slots."""

    def holds(self, n: int) -> npt.NDArray[np.bool_]:
        """(n, channels) bool: which slots each shift holds for."""


class Shifter:
    """A program bound to the slots of a batch.

    Args:
        program: The program.
        w: The batch's workspace.
        world_of: (n,) index of each slot's world.

    Attributes:
        program: The program.
        arrays: What the driver reads.
        frames: The keyframes of all worlds in a row.
        has_population: Agents join or leave.
    """

    def __init__(self, program: ShiftProgram, w: Workspace, world_of: npt.NDArray[Any]) -> None:
        self.program, self.n = program, len(w.core)
        self.tracks = tuple(program.tracks(self.n))
        self._held = program.holds(self.n)
        self.frames = tuple(frame for row in program.frames for frame in row)
        self._sizes = [len(channel.positions) for channel in program.channels]
        self._strides = np.cumprod([1, *self._sizes])[:-1]
        self.arrays = self._allocate(w)
        self.arrays.base[:] = world_of * len(program.frames[0])
        self._calls = 0
        self._told: dict[int, dict[str, float]] = {}
        self.has_population = any(frame.more or frame.renewed for frame in self.frames)

    def _allocate(self, w: Workspace) -> ShiftArrays:
        words = tuple(live.shape[1] for live in w.live)
        # A tick more: counts that are covered may begin in the middle of one.
        arrays = allocate_shift(self.n, len(self.tracks), LENGTH + 1, len(self.frames), words)
        for j, channel in enumerate(self.program.channels):
            arrays.every[j], arrays.episodic[j] = channel.every, channel.episodic
            arrays.stride[j] = self._strides[j]
        for k, frame in enumerate(self.frames):
            rules, knobs, split = records(frame.world)
            arrays.rules[k] = _words(rules, w.rules.dtype, words[0])
            arrays.knobs[k] = _words(knobs, w.knobs.dtype, words[1])
            arrays.frames[k] = (split, frame.more, frame.renewed, frame.turn)
        rows = len(self.program.frames)
        # Where the frames of each world are all alike, the driver need not look at them.
        differ = (arrays.frames.reshape(rows, -1) != arrays.frames.reshape(rows, -1)[:, :1]).any()
        arrays.span[:] = [*_span(arrays.rules, rows), *_span(arrays.knobs, rows), differ]
        return arrays

    # ---- running ----

    def begin(self, slots: Counts, seeds: Any) -> None:
        """Slots have been reset with a seed: their schedules start anew."""
        for track in self.tracks:
            track.begin(slots, seeds)
        self._held[slots] = self.program.holds(self.n)[slots]

    def is_due(self) -> bool:
        """Count a call of the driver; True when the timelines must be written before it."""
        self._calls += 1
        return self._calls > AHEAD

    def write(self, core: npt.NDArray[Any]) -> None:
        """Write the timelines from the present counts on.

        Args:
            core: (n,) ``CORE_DTYPE``.
        """
        self._calls = 1
        for j, (track, channel) in enumerate(zip(self.tracks, self.program.channels, strict=True)):
            first, states = track.ticks(self._counts(core, channel), LENGTH, channel.states)
            held, known = self._held[:, j], states.shape[1]
            self.arrays.first[:, j] = first
            timeline = self.arrays.timeline[j]
            timeline[:known] = states.T
            timeline[known:] = UNKNOWN
            if not held.all():
                timeline[:known, ~held] = 0

    def reach(self, name: str, position: float, core: npt.NDArray[Any]) -> None:
        """Move a shift that the learner drives, from the step after the next, or the next episode.

        Raises:
            UnknownNameError: there is no such shift.
            FactorError: it is not driven by the learner.
            ShiftError: the position is outside 0 to 1.
        """
        names = [channel.name for channel in self.program.channels]
        if name not in names:
            raise unknown_name("shift", name, names)
        if not 0.0 <= position <= 1.0:
            raise ShiftError(f"position {position!r} of shift {name!r}: expected 0 to 1")
        channel, track = self.program.channels[names.index(name)], self.tracks[names.index(name)]
        # An episode may have begun at the present count already: a replay of the recorded switches
        # is the same only where they hold from the count that follows.
        track.reach(position, self._counts(core, channel) + 1)
        core["until"] = 0  # what was known of the next change is out of date
        self.write(core)

    def _counts(self, core: npt.NDArray[Any], channel: Channel) -> Counts:
        return core["episode" if channel.episodic else "lived"].astype(np.int64)

    # ---- looking ----

    def world(self, i: int) -> World:
        """The world that slot ``i`` is now."""
        return self.frame(i).world

    def frame(self, i: int) -> Keyframe:
        """The keyframe in force in slot ``i``."""
        return self.frames[int(self.arrays.base[i] + self.arrays.now[i])]

    def positions(self, states: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float64]]:
        """The position of every shift, by name, in each of the joint states."""
        channels = zip(self.program.channels, self._strides, self._sizes, strict=True)
        return {
            channel.name: channel.positions[states // stride % size]
            for channel, stride, size in channels
        }

    def told(self, state: int) -> dict[str, float]:
        """The position of every shift, by name, in one joint state."""
        if state not in self._told:
            found = self.positions(np.array([state]))
            self._told[state] = {name: float(each[0]) for name, each in found.items()}
        return dict(self._told[state])

    # ---- copying and saving ----

    def copy(self, sources: Counts, targets: Counts) -> None:
        """Let slots ``targets`` follow the schedules of ``sources``."""
        for track in self.tracks:
            track.copy(sources, targets)
        self._held[targets] = self._held[sources]
        first, timeline = self.arrays.first, self.arrays.timeline
        first[targets] = first[sources]
        timeline[:, :, targets] = timeline[:, :, sources]

    def to_data(self) -> dict[str, Any]:
        """Plain data from which :meth:`restore` goes on."""
        return {
            "digest": self.program.digest,
            "held": self._held.tolist(),
            "tracks": [track.to_data() for track in self.tracks],
        }

    def restore(self, data: Mapping[str, Any], core: npt.NDArray[Any]) -> None:
        """Stand where the shifter that gave ``data`` stood.

        Raises:
            SnapshotError: the data are damaged. Nothing has been changed then.
        """
        before = self.to_data()
        try:
            self._restore(data, core)
        except (KeyError, TypeError, ValueError, IndexError) as problem:
            self._restore(before, core)
            raise SnapshotError(f"the saved state holds no valid shifts: {problem}") from None

    def _restore(self, data: Mapping[str, Any], core: npt.NDArray[Any]) -> None:
        self._held = np.array(data["held"], np.bool_).reshape(self._held.shape)
        for track, one in zip(self.tracks, data["tracks"], strict=True):
            track.restore(one)
        self.write(core)


def needed_sizes(program: ShiftProgram) -> dict[str, int]:
    """The structural sizes that the keyframes of a program need at most."""
    make = program.frames[0][0].world.family.module("layout").layout
    needed: dict[str, int] = {}
    for row in program.frames:
        for world in {id(frame.world): frame.world for frame in row}.values():
            for name, size in world.sizes().items():
                needed[name] = max(needed.get(name, 0), size)
    for row in program.frames:
        seats = max(row[0].world.seats + frame.more + (frame.renewed > 0) for frame in row)
        now = make(needed).num_agents
        if seats > now:
            more = (n for n in needed if make({**needed, n: needed[n] + 1}).num_agents > now)
            needed[next(more, "agents")] = seats
    return needed


def check_room(program: ShiftProgram, sizes: Mapping[str, int]) -> None:
    """Refuse keyframes that outgrow a batch.

    Args:
        program: The program.
        sizes: The structural sizes of the batch.

    Raises:
        StructuralShiftError: a size is missing, or a seat.
    """
    missing = {name: size for name, size in needed_sizes(program).items() if size > sizes[name]}
    if missing:
        found = {name: sizes[name] for name in missing}
        raise StructuralShiftError(
            f"the plan of shifts needs {missing}, the batch was made with {found}; make it with "
            f"capacity={missing}"
        )


def generators_of(program: ShiftProgram) -> set[int]:
    """The numbers of the generators that levels come from in any keyframe."""
    worlds = [frame.world for row in program.frames for frame in row]
    named = {(world.family, world.levels.generator) for world in worlds if world.levels.generator}
    return {family.generator(name)[0] for family, name in named}


def level_trials(program: ShiftProgram, w: Workspace, num_envs: int) -> Iterator[tuple[int, World]]:
    """Put a slot where each keyframe with a split would have it, for the caller to generate.

    Yields:
        The slot and the keyframe's world. All is as it was when the iterator ends.
    """
    kept = [array.copy() for array in (w.core, w.source, w.knobs)]
    try:
        for index, row in enumerate(program.frames[:num_envs]):
            if w.source["kind"][index] == SOURCE_BANK:
                continue
            for world in {repr(frame.world.levels): frame.world for frame in row}.values():
                if world.levels.split != "all":
                    _, w.knobs[index], w.source["split"][index] = records(world)
                    yield index, world
    finally:
        for array, before in zip((w.core, w.source, w.knobs), kept, strict=True):
            array[:] = before


def records(world: World) -> tuple[Any, Any, int]:
    """The rule record, the knobs record (None without a generator) and the split of a world."""
    rules = world.family.module("rules").flatten(world.rules)
    split = SPLITS.index(world.levels.split) if world.is_split() else 0
    if not world.levels.generator:
        return rules, None, split
    number, _ = world.family.generator(world.levels.generator)
    return rules, world.family.generator_module().flatten(number, world.knobs()), split


def _span(words: npt.NDArray[np.uint64], rows: int) -> tuple[int, int]:
    """The first word and the end of what differs between the keyframes of any one world."""
    each = words.reshape(rows, -1, words.shape[1])
    differ = np.flatnonzero((each != each[:, :1]).any(axis=(0, 1)))
    return (int(differ[0]), int(differ[-1]) + 1) if len(differ) else (0, 0)


def _words(record: Any, dtype: np.dtype[Any], words: int) -> npt.NDArray[np.uint64]:
    """A record as so many words, zero beyond it; all zero for None."""
    found = np.zeros(words, np.uint64)
    if record is not None:
        found.view(np.uint8)[: dtype.itemsize] = np.frombuffer(
            np.asarray(record, dtype).tobytes(), np.uint8
        )
    return found
