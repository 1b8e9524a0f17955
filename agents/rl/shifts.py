"""Training on worlds that change: the shifts that follow the learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.agents.rl.view import View
from adaptarium.wrappers.schedules import ProgressSchedule
from adaptarium.wrappers.spec import ShiftPlan


def next_position(when: ProgressSchedule, position: float, scores: Sequence[float]) -> float | None:
    """Where a shift that follows progress moves to; None where it stays.

    Args:
        when: Its schedule.
        position: Where it stands.
        scores: The learner's scores since it came there.
    """
    last = scores[-when.window_size :]
    if position >= 1.0 or len(last) < when.window_size or np.mean(last) < when.threshold:
        return None
    return (round(position * when.stages) + 1) / when.stages


class Follower:
    """Moves the shifts that follow a learner's progress, by the rows of progress of its run.

    All that it goes by is in the rows and in the view's state, so that a run that was interrupted
    goes on as if it had not been.

    Args:
        shifts: The run's shifts.
        view: What its learner sees.
        rows: Steps of the run for each step of a slot.
    """

    def __init__(self, shifts: ShiftPlan, view: View, rows: int) -> None:
        self._shifts, self._view, self._rows = tuple(shifts), view, rows

    def follow(self, progress: Sequence[Mapping[str, Any]]) -> None:
        """Move each shift one stage on where the scores since its last move suffice.

        Args:
            progress: The rows of progress so far.
        """
        tracks, core = self._view.tracks(), self._view.batch.w.core
        for shift in self._shifts:
            when = shift.when
            if not isinstance(when, ProgressSchedule):
                continue
            moves = tracks[shift.name].switches(0)
            count, position = moves[-1] if moves else (0, 0.0)
            if when.unit == "episode":  # rows know steps alone: those since the count was reached
                recent = progress if int(core["episode"][0]) >= count else []
            else:
                recent = [row for row in progress if int(row["step"]) // self._rows >= count]
            means = [row["return_mean"] for row in recent]
            # Read from the file, a row before the first end of an episode holds no number.
            scores = [float(mean) for mean in means if mean not in (None, "")]
            following = next_position(when, position, scores)
            if following is not None:
                self._view.set_progress(shift.name, following)
