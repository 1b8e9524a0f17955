"""Physics shifts: from a plan to keyframes that the kernel follows.

Every joint state of the shifts of a world gets a keyframe: the world with its factors, knobs and
split as they then are, made and checked before anything runs.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import (
    AdaptariumError,
    FactorError,
    ShiftError,
    UnknownNameError,
    unknown_name,
)
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.core.shifting import Channel, Keyframe
from adaptarium.envs.core.strictjson import dumps
from adaptarium.envs.core.world import World
from adaptarium.wrappers.schedules import ChanceSchedule, TimesSchedule
from adaptarium.wrappers.skins import skin_factors, skin_words
from adaptarium.wrappers.spec import (
    FactorChange,
    LevelChange,
    PopulationChange,
    Shift,
    ShiftPlan,
    SkinChange,
)
from adaptarium.wrappers.track import Track
from adaptarium.wrappers.values import value_at

MAX_FRAMES = 16_384
"""Most keyframes of one world: the product of the states of its shifts."""

# Of a level source, what decides the arrays of a batch and cannot change while it runs.
_FIXED = ("num_levels", "start_level", "records")

T = TypeVar("T")
Values = dict[str, Any]
PhysicsChange = FactorChange | LevelChange | PopulationChange | SkinChange


def is_physics(shift: Shift) -> bool:
    """Whether a shift changes the world itself, and not what passes between it and the agent."""
    return isinstance(shift.what, PhysicsChange)


def _what(shift: Shift) -> PhysicsChange:
    if isinstance(shift.what, PhysicsChange):
        return shift.what
    raise ShiftError(f"shift {shift.name!r} of kind {shift.what.kind!r} is none of the physics")


class PhysicsProgram:
    """A plan of physics shifts made ready for some worlds.

    Args:
        worlds: The worlds of a batch, in its order.
        plan: Physics shifts alone.

    Attributes:
        digest: Equal for programs that do the same.
        channels: One a shift, for the driver.
        frames: For each world its keyframes; the first shift turns fastest.

    Raises:
        ShiftError: a shift does not fit a world, or there are too many keyframes.
        UnknownNameError: a world has no such factor or knob.
        FactorError: a value is outside its domain.
    """

    def __init__(self, worlds: Sequence[World], plan: ShiftPlan) -> None:
        self.worlds, self.plan = tuple(worlds), plan
        self.channels = tuple(_channel(shift) for shift in plan)
        count = math.prod(len(channel.positions) for channel in self.channels)
        if count > MAX_FRAMES:
            sizes = {channel.name: len(channel.positions) for channel in self.channels}
            raise ShiftError(
                f"the shifts have {count:,} joint states ({sizes}), expected at most "
                f"{MAX_FRAMES:,}; lower the resolution, levels or states of some of them"
            )
        self.frames = tuple(
            tuple(_Frames(world, plan, self.channels).all()) for world in self.worlds
        )

    @cached_property
    def digest(self) -> str:
        """Of the plan's data and the worlds'."""
        data = [self.plan.to_data(), [world.to_data() for world in self.worlds]]
        return hashlib.sha256(dumps(data, sort_keys=True).encode()).hexdigest()

    def tracks(self, n: int) -> list[Track]:
        """The schedule of every shift, for ``n`` slots."""
        return [Track(shift.when, shift.name, n) for shift in self.plan]

    def holds(self, n: int) -> npt.NDArray[np.bool_]:
        """(n, shifts) bool: which slots each shift holds for."""
        return np.array([[shift.slots.holds(i) for shift in self.plan] for i in range(n)])

    def __getstate__(self) -> dict[str, Any]:
        return {
            "plan": self.plan.to_data(),
            "worlds": [world.to_data() for world in self.worlds],
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        worlds = [World.from_data(data) for data in saved["worlds"]]
        self.__init__(worlds, ShiftPlan.from_data(saved["plan"]))  # type: ignore[misc]


def _channel(shift: Shift) -> Channel:
    schedule = shift.when
    if isinstance(schedule, TimesSchedule):
        positions = np.unique([0.0, *(position for _, position in schedule.times)])
    else:
        steps = schedule.resolution or _what(shift).resolution
        positions = np.arange(steps + 1) / steps
    every = schedule.every if isinstance(schedule, ChanceSchedule) else 1
    return Channel(shift.name, schedule.unit == "episode", every, positions)


class _Frames:
    """The keyframes of one world.

    Args:
        world: The world.
        plan: The plan.
        channels: Its channels.
    """

    def __init__(self, world: World, plan: ShiftPlan, channels: Sequence[Channel]) -> None:
        self._world, self._plan, self._channels = world, tuple(plan), channels
        self._paths: list[dict[str, tuple[Any, ...]]] = [
            _named((shift,), self._path, shift) for shift in plan
        ]
        self._skins = [skin_words(world, _what(shift)) for shift in plan]
        self._made: dict[str, World] = {}

    def all(self) -> Iterator[Keyframe]:
        """One a joint state."""
        sizes = [range(len(channel.positions)) for channel in self._channels]
        for states in itertools.product(*reversed(sizes)):
            yield self._frame(states[::-1])

    def _frame(self, states: Sequence[int]) -> Keyframe:
        more: dict[str, Any] = {}  # of the keyframe, beside its world
        values: Values = {}
        # What stands at its own start gives way to what has moved.
        order = sorted(range(len(states)), key=lambda j: states[j] > 0)
        for j in order:
            what, position = _what(self._plan[j]), float(self._channels[j].positions[states[j]])
            if isinstance(what, PopulationChange):
                more |= self._people(what, states[j], position)
                continue
            if isinstance(what, SkinChange) and position >= 0.5:
                more |= self._skins[j]
            for name, path in self._paths[j].items():
                if states[j] > 0 or name in what.path:
                    values[name] = value_at(path, position)
        moved = [self._plan[j] for j in order if states[j] > 0]
        return Keyframe(self._with(values, moved), **more)

    def _with(self, values: Values, moved: Sequence[Shift]) -> World:
        key = repr(sorted(values.items(), key=lambda item: item[0]))
        if key not in self._made:
            self._made[key] = _named(moved, partial(self._world.override, **values))
        return self._made[key]

    def _path(self, shift: Shift) -> dict[str, tuple[Any, ...]]:
        """The values of everything that a shift writes, from position 0 to 1."""
        what = _what(shift)
        if isinstance(what, PopulationChange):
            self._check_people(shift)
            return {}
        if isinstance(what, SkinChange):
            own = self._factors()
            return {name: (own[name], new) for name, new in skin_factors(self._world, what).items()}
        own = self._factors() if isinstance(what, FactorChange) else self._levels()
        kind = "factor" if isinstance(what, FactorChange) else "knob of the levels"
        for name in what.names():
            if name not in own:
                raise unknown_name(kind, name, own)
        written = {name: (own[name], value) for name, value in what.to.items()} | dict(what.path)
        return {name: _alike(own[name], path) for name, path in written.items()}

    def _factors(self) -> Values:
        known = factors_of(type(self._world.rules))
        groups = self._world.rules.model_dump()
        return {name: groups[group][leaf] for name in known for group, leaf in (name.split("."),)}

    def _levels(self) -> Values:
        levels = self._world.levels
        if levels.records or levels.num_levels:
            raise ShiftError(
                f"{self._world.id} plays a fixed set of levels, whose distribution cannot shift: "
                "use fresh levels (num_levels = 0)"
            )
        return {**self._world.knobs().model_dump(), "split": levels.split}

    # ---- population ----

    def _people(self, what: PopulationChange, state: int, position: float) -> dict[str, int]:
        if what.replace:
            return {"renewed": what.replace, "turn": state}
        path = what.path or (self._world.seats, what.to)  # one of both is given
        return {"more": int(value_at(path, position)) - self._world.seats}

    def _check_people(self, shift: Shift) -> None:
        world = self._world
        if world.seats < 2:
            raise ShiftError(f"{world.id} has one seat: agents come and go where several play")
        if "join" not in world.family.kernels():
            raise ShiftError(f"agents cannot join the worlds of family {world.family.name!r}")
        trials = "episode.inner_episodes"
        if world.rules.episode.inner_episodes > 1 or any(
            trials in one.what.targets() for one in self._plan
        ):
            raise ShiftError(f"population shifts need {trials} = 1")


def _alike(own: Any, path: Sequence[Any]) -> tuple[Any, ...]:
    """A path whose whole numbers are of the kind of the world's own value."""
    if not isinstance(own, float):
        return tuple(path)
    return tuple(float(v) if type(v) is int else v for v in path)


def _named(shifts: Sequence[Shift], make: Callable[..., T], *given: Any) -> T:
    """``make(*given)``, whose complaint names the shifts."""
    try:
        return make(*given)
    except AdaptariumError as problem:
        names = ", ".join(repr(shift.name) for shift in shifts) or "(none)"
        kind = type(problem) if isinstance(problem, FactorError | UnknownNameError) else ShiftError
        raise kind(f"shift {names}: {problem}") from None


def compile_plan(worlds: Sequence[World], plan: ShiftPlan) -> PhysicsProgram:
    """The program of a plan of physics shifts; see :class:`PhysicsProgram`.

    Raises:
        AdaptariumError: the plan does not fit the worlds, in its several kinds.
    """
    return PhysicsProgram(worlds, plan)


def shift_values(program: PhysicsProgram, positions: Mapping[str, float]) -> World:
    """The first world of a program with its shifts at the given positions, 0 where none is given.

    Raises:
        UnknownNameError: there is no such shift.
    """
    names = [channel.name for channel in program.channels]
    for name in positions:
        if name not in names:
            raise unknown_name("shift", name, names)
    state, stride = 0, 1
    for channel in program.channels:
        wanted = np.array([positions.get(channel.name, 0.0)])
        state += stride * int(channel.states(wanted)[0])
        stride *= len(channel.positions)
    return program.frames[0][state].world
