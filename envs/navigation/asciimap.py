"""Maps as rows of text: ``+`` at the corners of cells, ``-`` and ``|`` where there is a wall.

::

    +-+-+
    |   |
    + +-+
    |   |
    +-+-+

Row ``2 y + 1``, column ``2 x + 1`` is the middle of cell (x, y); it holds a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.navigation.codes import EAST, MAX_SIDE, NORTH, SOUTH, WEST

Walls = npt.NDArray[np.uint8]


def drawn(walls: Walls) -> list[str]:
    """(height, width) wall bits as rows of text."""
    height, width = walls.shape
    canvas = np.full((2 * height + 1, 2 * width + 1), " ")
    canvas[::2, ::2] = "+"
    for bit, sign, y, x in ((NORTH, "-", 0, 1), (SOUTH, "-", 2, 1), (WEST, "|", 1, 0)):
        part = canvas[y : y + 2 * height - 1 : 2, x : x + 2 * width - 1 : 2]
        part[(walls & bit) > 0] = sign
    canvas[1::2, 2::2][(walls & EAST) > 0] = "|"
    return ["".join(row) for row in canvas]


def read(rows: Any) -> Walls:
    """(height, width) wall bits of rows of text; (0, 0) of none.

    Raises:
        LevelError: they are no map, or a map that is open to the outside.
    """
    canvas = _canvas(rows)
    if canvas is None:
        return np.zeros((0, 0), np.uint8)
    across, upright = canvas[::2, 1::2], canvas[1::2, ::2]
    _check_signs(canvas[::2, ::2], "+", "a corner")
    _check_signs(across, "- ", "a place between corners of a row")
    _check_signs(upright, "| ", "a place between corners of a column")
    _check_signs(canvas[1::2, 1::2], " ", "the middle of a cell")
    lies, stands = across == "-", upright == "|"
    border = (lies[0], lies[-1], stands[:, 0], stands[:, -1])
    if not all(side.all() for side in border):
        raise LevelError("map: its border has a gap; expected a wall all around")
    parts = (lies[:-1], NORTH), (lies[1:], SOUTH), (stands[:, :-1], WEST), (stands[:, 1:], EAST)
    return sum(wall.astype(np.uint8) * np.uint8(bit) for wall, bit in parts)


def _canvas(rows: Any) -> npt.NDArray[np.str_] | None:
    """The rows as a table of signs; None where there are none."""
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
        raise LevelError(f"map = {rows!r:.60}: expected a list of rows")
    if not rows:
        return None
    if not all(isinstance(row, str) for row in rows):
        raise LevelError("map: expected rows of text")
    height, width = len(rows), len(rows[0])
    if any(len(row) != width for row in rows):
        raise LevelError(f"map: expected {width} signs in each row, as in the first")
    for what, count in (("rows", height), ("columns", width)):
        if count % 2 == 0 or not 3 <= count <= 2 * MAX_SIDE + 1:
            raise LevelError(
                f"map: {count} {what}, expected an odd number from 3 to {2 * MAX_SIDE + 1}"
            )
    return np.array([list(row) for row in rows])


def _check_signs(part: npt.NDArray[np.str_], known: str, what: str) -> None:
    wrong = ~np.isin(part, list(known))
    if wrong.any():
        raise LevelError(f"map: {str(part[wrong][0])!r} in {what}, expected one of {list(known)}")
