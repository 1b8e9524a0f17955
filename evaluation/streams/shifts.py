"""A stream's task that changes while it is learnt: where its shifts stand, and when.

Learners meet a task's shifts as they are: all that ``adaptarium.shifted`` carries out, and partners
at other seats, under any schedule. It counts an environment's own steps or episodes while the task
is learnt, over all of the task's blocks.

An evaluation plays every task as it is at that moment, and holds it there: before its first block
unshifted (or as the schedules begin), between two blocks and after the last as it was left. Where
environments differ (schedules with chance, those that count episodes, slots) its episodes are
shared out among them: episode ``e`` is played as environment ``e % num_envs`` stands. Shifts of the
reward change what agents are told; evaluations count what the world gives, of all seats together.

A shift that follows progress moves by the scores of the training lines: a report is what the
learner has scored in its episodes between two evaluations. The counts at which it moved are in the
record, for a ``times`` schedule that plays the same again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.physics import is_physics
from adaptarium.wrappers.schedules import (
    ChanceSchedule,
    ProgressSchedule,
    StepSchedule,
    TimesSchedule,
)
from adaptarium.wrappers.spec import Shift, ShiftPlan, Slots

Floats = npt.NDArray[np.float64]
Group = tuple[ShiftPlan | None, list[int]]
"""A plan that is held, None where nothing is shifted, and the numbers of its episodes."""


def read_plan(given: str | Mapping[str, Any], folder: Path) -> ShiftPlan:
    """The plan of a task's table; files lie beside the stream file.

    Raises:
        ShiftError: it is malformed.
    """
    if isinstance(given, str):
        return ShiftPlan.load(folder / given)
    return ShiftPlan.from_data(dict(given))


def held(plan: ShiftPlan, positions: Sequence[float]) -> ShiftPlan:
    """A plan that stands still, in all environments alike.

    Args:
        plan: The plan.
        positions: Where to hold each of its shifts.
    """
    shifts = tuple(
        shift.model_copy(update={"when": TimesSchedule(times=((0, p),)), "slots": Slots()})
        for shift, p in zip(plan, positions, strict=True)
    )
    return ShiftPlan(shift=shifts)


def groups(clock: Clock, episodes: int) -> Iterator[Group]:
    """The episodes of an evaluation, by what they are played under.

    Args:
        clock: Where the shifts of every environment stand.
        episodes: How many there are.
    """
    if not clock.shifts:
        yield None, list(range(episodes))
        return
    now = zip(clock.shifts, clock.positions(), strict=True)
    positions = np.array([_moved(shift, row) for shift, row in now])
    mine = positions[:, np.arange(episodes) % positions.shape[1]]
    for column in np.unique(mine, axis=1).T:
        plan = _played(clock.shifts, column)
        yield plan, np.flatnonzero((mine == column[:, None]).all(axis=0)).tolist()


def _moved(shift: Shift, positions: Floats) -> Floats:
    """Positions as they act: the physics move in steps, and most things are on or off."""
    if not is_physics(shift) or isinstance(shift.when, TimesSchedule):
        return positions
    steps = shift.when.resolution or shift.what.resolution  # type: ignore[union-attr]
    return np.rint(positions * steps) / steps


def _played(shifts: Sequence[Shift], positions: Floats) -> ShiftPlan | None:
    """The plan of an episode, without the physics that are not in force."""
    kept = [
        (shift, float(p))
        for shift, p in zip(shifts, positions, strict=True)
        if p > 0 or not is_physics(shift) or getattr(shift.what, "path", ())
    ]
    if not kept:
        return None
    plan = ShiftPlan(shift=tuple(shift for shift, _ in kept))
    return held(plan, [p for _, p in kept])


def in_force(clock: Clock) -> list[bool]:
    """Whether each shift is in force in any environment."""
    return [bool(row.any()) for row in clock.positions()]


def switch_times(clock: Clock, number: int) -> list[tuple[int, float]]:
    """The counts at which a shift that follows progress moved, where all environments agree."""
    track = clock.tracks[number]
    mine = list(track.switches(0))
    return mine if all(list(track.switches(i)) == mine for i in range(track.n)) else []


def last_in_force(plan: ShiftPlan, counts: Sequence[int]) -> list[float] | None:
    """Where the shifts stand at the last of some rising counts at which any is in force.

    Under a schedule with chance, one that follows progress or one that counts episodes that is not
    known beforehand: there it is the change in full.
    """
    for count in reversed(counts):
        found = [_known_position(shift, count) for shift in plan]
        if any(found):
            return found
    return None


def _known_position(shift: Shift, count: int) -> float:
    when = shift.when
    if isinstance(when, ChanceSchedule | ProgressSchedule) or when.unit == "episode":
        return 1.0
    return float(when.position(np.array([count]))[0])


def check_switches(plan: ShiftPlan, counts: Sequence[int]) -> None:
    """Refuse sudden switches between two evaluations: what they did would not be seen.

    Args:
        plan: The shifts.
        counts: Steps of each environment at the evaluations of its blocks, rising.

    Raises:
        ShiftError: the first such switch, and the nearest count that is valid.
    """
    for shift in plan:
        when = shift.when
        if not isinstance(when, StepSchedule) or when.unit == "episode":
            continue
        for count in (when.at, when.until):
            if count is not None and count <= counts[-1] and count not in counts:
                near = min(counts, key=lambda one, count=count: abs(one - count))  # type: ignore[misc]
                raise ShiftError(
                    f"shift {shift.name!r}: its switch at {count} falls between two evaluations; "
                    f"the nearest valid is {near}"
                )
