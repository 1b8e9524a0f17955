"""When the shifts of a stream's tasks were in force, as lines of the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adaptarium.evaluation.measures.record import ShiftMark
from adaptarium.evaluation.streams.plan import Stream
from adaptarium.evaluation.streams.shifts import in_force, switch_times
from adaptarium.wrappers.clock import Clock


class Marks:
    """What was said of the shifts of a life so far.

    A mark begins with the first evaluation at which its shift is in force in any environment, and
    ends with the first at which it is in none.

    Args:
        stream: The stream.
        common: What every line of the life says.
    """

    def __init__(self, stream: Stream, common: Mapping[str, Any]) -> None:
        self._tasks, self._common = stream.tasks, common
        self._open: dict[tuple[str, str], ShiftMark] = {}

    def go_on(self, marks: Iterable[ShiftMark]) -> None:
        """Take up the marks of a life that was interrupted, rising."""
        for mark in marks:
            self._note(mark)

    def _note(self, mark: ShiftMark) -> None:
        self._open.pop((mark.task, mark.name), None)
        if mark.end is None:
            self._open[mark.task, mark.name] = mark

    def at(self, place: int, clock: Clock, step: int) -> list[ShiftMark]:
        """The lines that an evaluation adds.

        Args:
            place: The task that is evaluated.
            clock: Where its shifts stand.
            step: Steps learnt before.
        """
        task, found = self._tasks[place], list[ShiftMark]()
        if task.is_held:  # it is what the shifted task is compared with
            return found
        for number, on in enumerate(in_force(clock)):
            shift = clock.shifts[number]
            before = self._open.get((task.name, shift.name))
            if before is None and not on:
                continue
            times = switch_times(clock, number)
            mark = ShiftMark(
                **self._common,
                task=task.name,
                name=shift.name,
                begin=step if before is None else before.begin,
                end=None if on else step,
                success=shift.success.model_dump(),
                times=times or None,
            )
            if mark != before:
                found.append(mark)
                self._note(mark)
        return found
