"""What every face over a batch can do with a plan of shifts."""

from __future__ import annotations

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.shifting import ShiftProgram


class Shiftable:
    """A face whose batch can follow a plan of shifts.

    Attributes:
        batch: The batch behind it.
    """

    batch: Batch

    def attach(self, plan: ShiftProgram) -> None:
        """Follow a plan of shifts; ``adaptarium.shifted`` makes one of a shift file.

        The infos then hold the position of every shift under ``"shift"``, and ``reset`` must come
        before the next step.

        Args:
            plan: A program for this face's worlds.

        Raises:
            ShiftError, StructuralShiftError, SplitError: the plan does not fit. Nothing has been
                changed then.
        """
        self.batch.attach(plan)
        self._attached()

    def _attached(self) -> None:
        """Take notice of the plan that the batch follows from now on."""

    def set_progress(self, name: str, position: float) -> None:
        """Move a shift that follows the learner's progress, from the step after the next on.

        Args:
            name: The shift's name.
            position: In [0, 1]; a shift that counts episodes takes it from the next one on.

        Raises:
            ShiftError: there is no plan of shifts, or the position is outside 0 to 1.
            UnknownNameError: the plan has no such shift.
            FactorError: the shift follows another schedule.
        """
        self.batch.reach(name, position)
