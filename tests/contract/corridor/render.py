"""Pictures of a corridor."""

from __future__ import annotations

from typing import Any

import numpy as np
from corridor.level import read

from adaptarium.envs.core.batch import Batch

COLOURS = {".": (200, 200, 200), "#": (60, 60, 60), "G": (0, 200, 0), "S": (200, 200, 200)}


def ansi(batch: Batch, i: int) -> str:
    """The corridor with the agent as ``@``."""
    row = read(batch.w, int(batch.w.core[i]["level"]))["corridor"].replace("S", ".")
    at = int(batch.w.state.place[i, 0])
    return row[:at] + "@" + row[at + 1 :]


def frame(batch: Batch, i: int) -> np.ndarray[Any, Any]:
    """(16, 16 length, 3) uint8."""
    pixels = [COLOURS.get(cell, (200, 0, 0)) for cell in ansi(batch, i)]
    return np.kron(np.array([pixels], np.uint8), np.ones((16, 16, 1), np.uint8))
