"""An exact solver for sliding tiles: iterative-deepening A* (Korf, Artificial Intelligence, 1985).

A test holds it equal to the search on the kernel.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import TooLargeError
from adaptarium.envs.puzzle.kernels import astar
from adaptarium.envs.puzzle.kernels.astar import MAX_DEPTH, TOO_MANY, Room

MAX_NODES = 400_000_000
# The gap's moves in the order of the verbs: up, right, down, left.
DX = (0, 1, 0, -1)
DY = (-1, 0, 1, 0)


@functools.cache
def _entry() -> Entry:
    return Entry(astar.search, "the sliding-tile solver", source_digest([astar.__name__]))


def fewest_moves(board: npt.NDArray[Any], goal: npt.NDArray[Any], size: int) -> list[int]:
    """The directions of the gap (0 up, 1 right, 2 down, 3 left) on a shortest way to the goal.

    Args:
        board: (cells,) tiles, each once, 0 the gap.
        goal: (cells,) the same tiles.
        size: Tiles a side.

    Raises:
        LevelError: the goal cannot be reached.
        TooLargeError: the search outgrew its budget.
    """
    cells = size * size
    tiles = np.asarray(board[:cells], np.int64)
    if sorted(tiles.tolist()) != list(range(cells)) or _is_odd(tiles, goal[:cells], size):
        raise LevelError("the tiles cannot be brought into the order of the goal")
    room = Room(
        board=tiles.copy(),
        home=np.argsort(np.asarray(goal[:cells])).astype(np.int64),
        tried=np.zeros(MAX_DEPTH + 2, np.int64),
        taken=np.zeros(MAX_DEPTH + 2, np.int64),
        left=np.zeros(MAX_DEPTH + 2, np.int64),
        steps=np.array([DX, DY], np.int64),
        line=np.zeros(size, np.int64),
        rising=np.zeros(size, np.int64),
    )
    gap = int(np.flatnonzero(tiles == 0)[0])
    length = int(_entry().bind(room, size, gap, MAX_NODES)(size, gap, MAX_NODES))
    if length == TOO_MANY:
        raise TooLargeError(f"sliding tiles: more than {MAX_NODES} boards; take a smaller board")
    return room.taken[:length].tolist()


def _is_odd(board: npt.NDArray[Any], goal: npt.NDArray[Any], size: int) -> bool:
    """Whether the arrangement's parity differs from that of the gap's way: it is unsolvable."""
    if sorted(goal.tolist()) != sorted(board.tolist()):
        return True
    home = np.argsort(goal)[board]
    swaps = sum(int((home[cell + 1 :] < home[cell]).sum()) for cell in range(len(home)))
    start, end = int(np.argmin(board)), int(np.argmin(goal))
    return (swaps + abs(start % size - end % size) + abs(start // size - end // size)) % 2 == 1
