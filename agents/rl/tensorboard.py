"""Progress and losses as TensorBoard events; importing this needs TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.logger import KVWriter
from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"


class TensorBoardWriter(KVWriter):
    """Writes the numbers that a learner logs.

    Unlike the library's own writer it drops what a killed run wrote after its last checkpoint.

    Args:
        run: The run's folder; the event files go into its ``tensorboard/``.
        first: The step that the run goes on from; TensorBoard forgets events from there on.
    """

    def __init__(self, run: Path, first: int) -> None:
        self.events = SummaryWriter(str(run / FOLDER), purge_step=first + 1)

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        """Write the numbers of one row.

        Args:
            key_values: Names to values; only numbers are written.
            key_excluded: Names to the formats that leave them out.
            step: Environment steps so far.
        """
        for name, value in key_values.items():
            excluded = "tensorboard" in (key_excluded.get(name) or ())
            if not excluded and isinstance(value, int | float | np.number):
                self.events.add_scalar(name, value, step)
        self.events.flush()

    def close(self) -> None:
        """Close the event file."""
        self.events.close()
