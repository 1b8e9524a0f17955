"""Training on worlds that change: the shifted batch, and shifts that follow the learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.apply import room_for, split_plan
from adaptarium.wrappers.physics import PhysicsProgram, compile_plan
from adaptarium.wrappers.schedules import ProgressSchedule
from adaptarium.wrappers.spec import ShiftPlan


def program_of(plan: TrainingPlan) -> PhysicsProgram | None:
    """The program of a run's shifts; None where it has none.

    Raises:
        ShiftError: a shift is none of the physics, or does not fit the world.
    """
    if plan.shift is None:
        return None
    physics, interface = split_plan(plan.shift)
    if interface is not None:
        names = ", ".join(repr(shift.name) for shift in interface)
        raise ShiftError(
            f"shifts {names} are between world and agent; training follows those of the world "
            "itself (factors, levels, population)"
        )
    return None if physics is None else compile_plan([plan.world], physics)


def make_batch(
    plan: TrainingPlan, num_envs: int, num_threads: int = 1, autoreset: str = "same_step"
) -> Batch:
    """A batch of a run's world that follows its shifts, with the room that they need.

    Raises:
        AdaptariumError: the shifts do not fit the world, in its several kinds.
    """
    program = program_of(plan)
    room = room_for([plan.world], program) if program is not None else None
    batch = Batch(
        [plan.world], num_envs, autoreset=autoreset, num_threads=num_threads, capacity=room
    )
    if program is not None:
        batch.attach(program)
    return batch


class Follower:
    """Moves the shifts that follow a learner's progress, by the rows of progress of its run.

    All that it goes by is in the rows and in the batch's state, so that a run that was interrupted
    goes on as if it had not been.

    Args:
        shifts: The run's shifts.
        batch: Its batch.
        rows: Steps of the run for each step of a slot.
    """

    def __init__(self, shifts: ShiftPlan, batch: Batch, rows: int) -> None:
        self._shifts, self._batch, self._rows = tuple(shifts), batch, rows

    def follow(self, progress: Sequence[Mapping[str, Any]]) -> None:
        """Move each shift one stage on where the scores since its last move suffice.

        Args:
            progress: The rows of progress so far.
        """
        shifter = self._batch.shifter
        if shifter is None:
            return
        core = self._batch.w.core
        for shift, track in zip(self._shifts, shifter.tracks, strict=True):
            when = shift.when
            if not isinstance(when, ProgressSchedule):
                continue
            moves = track.switches(0)
            count, position = moves[-1] if moves else (0, 0.0)
            if position >= 1.0:
                continue
            if when.unit == "episode":  # rows know steps alone: those since the count was reached
                recent = progress if int(core["episode"][0]) >= count else []
            else:
                recent = [row for row in progress if int(row["step"]) // self._rows >= count]
            scores = [float(row["return_mean"]) for row in recent if row["return_mean"]]
            last = scores[-when.window_size :]
            if len(last) == when.window_size and np.mean(last) >= when.threshold:
                stage = round(position * when.stages) + 1
                self._batch.reach(shift.name, stage / when.stages)
