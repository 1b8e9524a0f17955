"""A stream's task that changes while it is learnt: where its shifts stand, and when.

A schedule counts the steps of one environment since the task's block began, so that it stands at
``count`` once ``count * num_envs`` steps of the block are learnt. Every evaluation plays the task
as it is at that moment: before the block unshifted, after it as the block left it. What an
evaluation can play so are factors (``what.kind = "factors"``) in all environments, under a schedule
whose position depends on the count of steps alone; the task is learnt in a single block, and sudden
switches fall on evaluations. Scores keep the scale of the unshifted task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.world import World
from adaptarium.wrappers.physics import compile_plan, shift_values
from adaptarium.wrappers.schedules import StepSchedule
from adaptarium.wrappers.spec import FactorChange, Shift, ShiftPlan, Slots

SCHEDULES = ("step", "linear", "periodic", "times")
"""The schedules whose position depends on the count alone."""

Positions = Mapping[str, float]


@dataclass(frozen=True)
class TaskShift:
    """The shifts of a task, and the block in which they happen.

    Attributes:
        plan: The shifts.
        begin: Steps of the stream before the block.
        end: Steps of the stream when it is over.
        num_envs: Environments side by side.
    """

    plan: ShiftPlan
    begin: int
    end: int
    num_envs: int

    def positions(self, step: int) -> dict[str, float]:
        """Where each shift stands after ``step`` steps of the stream."""
        if step < self.begin:
            return {shift.name: 0.0 for shift in self.plan}
        count = np.array([(min(step, self.end) - self.begin) // self.num_envs])
        return {shift.name: float(shift.when.position(count)[0]) for shift in self.plan}

    def spans(self, steps: list[int]) -> list[tuple[Shift, int, int | None]]:
        """From which to which of some rising steps each shift was in force; None: to the end."""
        found: list[tuple[Shift, int, int | None]] = []
        for shift in self.plan:
            begin: int | None = None
            for step in (step for step in steps if step >= self.begin):
                on = self.positions(step)[shift.name] > 0
                if on and begin is None:
                    begin = step
                elif not on and begin is not None:
                    found.append((shift, begin, step))
                    begin = None
            if begin is not None:
                found.append((shift, begin, None))
        return found

    def last_in_force(self, steps: list[int]) -> dict[str, float] | None:
        """The positions at the last of some rising steps at which any shift was in force."""
        for step in reversed(steps):
            found = self.positions(step)
            if any(found.values()):
                return found
        return None

    def check(self, steps: list[int]) -> None:
        """Refuse shifts that evaluations at ``steps`` cannot show.

        Raises:
            ShiftError: the first such shift, and what is expected.
        """
        for shift in self.plan:
            _check_kind(shift)
            if isinstance(shift.when, StepSchedule):
                self._check_grid(shift, shift.when.at, steps)
                if shift.when.until is not None:
                    self._check_grid(shift, shift.when.until, steps)

    def _check_grid(self, shift: Shift, count: int, steps: list[int]) -> None:
        step = self.begin + count * self.num_envs
        if step in steps or step > self.end:
            return
        near = min((one for one in steps if self.begin <= one <= self.end), key=_from(step))
        raise ShiftError(
            f"shift {shift.name!r}: its switch at {count} is {step - self.begin} steps into the "
            "block, where nothing is evaluated; the nearest valid is "
            f"{(near - self.begin) // self.num_envs}"
        )


def _from(step: int) -> Any:
    return lambda one: abs(one - step)


def _check_kind(shift: Shift) -> None:
    if not isinstance(shift.what, FactorChange):
        raise ShiftError(
            f"shift {shift.name!r}: what.kind = {shift.what.kind!r}: expected 'factors' in a stream"
        )
    if shift.when.kind not in SCHEDULES or shift.when.unit != "step":
        raise ShiftError(
            f"shift {shift.name!r}: when = {shift.when.kind!r} by {shift.when.unit}s: expected "
            f"one of {', '.join(SCHEDULES)} by steps in a stream"
        )
    if shift.slots != Slots():
        raise ShiftError(f"shift {shift.name!r}: slots: expected none in a stream")


def read_plan(given: str | Mapping[str, Any], folder: Path) -> ShiftPlan:
    """The plan of a task's table; files lie beside the stream file.

    Raises:
        ShiftError: it is malformed.
    """
    if isinstance(given, str):
        return ShiftPlan.load(folder / given)
    return ShiftPlan.from_data(dict(given))


def shifted_world(world: World, plan: ShiftPlan, positions: Positions) -> World:
    """The world with its shifts at some positions; itself where all are at 0.

    Raises:
        AdaptariumError: the plan does not fit the world.
    """
    if not any(positions.values()):
        return world
    return shift_values(compile_plan([world], plan), positions)
