"""Iterative-deepening A* over sliding tiles, with an estimate that is kept up move by move.

The estimate is the Manhattan distance with linear conflicts (Hansson, Mayer & Yung, Information
Sciences 63, 1992), which never overrates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import kernel

MAX_DEPTH = 256
UNSOLVED, TOO_MANY = -1, -2


class Room(NamedTuple):
    """Work space of one search; boards hold each tile's number, 0 is the gap."""

    board: npt.NDArray[np.int64]  # (cells,)
    home: npt.NDArray[np.int64]  # (cells,) where each tile belongs
    tried: npt.NDArray[np.int64]  # (MAX_DEPTH + 1,) the next direction to try at a depth
    taken: npt.NDArray[np.int64]  # (MAX_DEPTH + 1,) the direction taken at a depth
    left: npt.NDArray[np.int64]  # (MAX_DEPTH + 1,) the estimate at a depth
    steps: npt.NDArray[np.int64]  # (2, 4) columns and rows of the four directions
    line: npt.NDArray[np.int64]  # (5,) places of the tiles that belong to a line
    rising: npt.NDArray[np.int64]  # (5,) the longest increasing part that ends at each


@kernel
def line_conflicts(room, first, stride, size):
    """How many tiles of a row or column must leave it, as they are in the wrong order there.

    All but the longest increasing part of those that belong there (at most five tiles).
    """
    count, longest = 0, 0
    for place in range(size):
        tile = room.board[first + place * stride]
        home = room.home[tile]
        belongs = home // size == first // size if stride == 1 else home % size == first % size
        if tile == 0 or not belongs:
            continue
        room.line[count] = home
        room.rising[count] = 1
        for before in range(count):
            if room.line[before] < home:
                room.rising[count] = max(room.rising[count], room.rising[before] + 1)
        longest = max(longest, room.rising[count])
        count += 1
    return count - longest


@kernel
def distance(room, tile, cell, size):
    """The Manhattan distance of a tile on ``cell`` to its place."""
    home = room.home[tile]
    return abs(cell % size - home % size) + abs(cell // size - home // size)


@kernel
def estimate(room, size):
    """A number of moves that no solution is shorter than.

    Every tile needs its distance, and each one that must leave its line two moves more.
    """
    total = 0
    for cell in range(size * size):
        tile = room.board[cell]
        if tile > 0:
            total += distance(room, tile, cell, size)
    for line in range(size):
        total += 2 * line_conflicts(room, line * size, 1, size)
        total += 2 * line_conflicts(room, line, size, size)
    return total


@kernel
def conflicts_between(room, one, other, size):
    """The conflicts of the two lines that a move between neighbouring cells leaves and enters."""
    if one % size == other % size:  # a tile that moves within its column changes two rows
        first, second = one - one % size, other - other % size
        return line_conflicts(room, first, 1, size) + line_conflicts(room, second, 1, size)
    first, second = one % size, other % size
    return line_conflicts(room, first, size, size) + line_conflicts(room, second, size, size)


@kernel
def destination(room, gap, direction, size):
    """The cell that the gap would move to; -1 off the board."""
    x = gap % size + room.steps[0, direction]
    y = gap // size + room.steps[1, direction]
    return y * size + x if 0 <= x < size and 0 <= y < size else -1


@kernel
def swap(room, gap, at):
    """Move the gap to ``at``."""
    room.board[gap] = room.board[at]
    room.board[at] = 0
    return at


@kernel
def advance(room, depth, gap, at, size):
    """Move the gap to ``at`` and write the estimate that the next depth has."""
    tile = room.board[at]
    left = room.left[depth] - distance(room, tile, at, size) + distance(room, tile, gap, size)
    left -= 2 * conflicts_between(room, gap, at, size)
    swap(room, gap, at)
    room.left[depth + 1] = left + 2 * conflicts_between(room, gap, at, size)


def search(room, size, gap, nodes):
    """The length of a shortest solution, its directions in ``room.taken``; negative for none."""
    room.left[0] = estimate(room, size)
    bound = room.left[0]
    while bound <= MAX_DEPTH:
        depth, least = 0, MAX_DEPTH + 1
        room.tried[0] = 0
        while depth >= 0:
            direction, left = room.tried[depth], room.left[depth]
            if direction == 0:
                nodes -= 1
                if nodes < 0:
                    return TOO_MANY
                if left == 0:
                    return depth
                if depth + left > bound:
                    least = min(least, depth + left)
                    direction = 4
            if direction < 4:
                room.tried[depth] = direction + 1
                back = depth > 0 and direction == (room.taken[depth - 1] + 2) % 4
                at = -1 if back else destination(room, gap, direction, size)
                if at >= 0:
                    advance(room, depth, gap, at, size)
                    gap = at
                    room.taken[depth] = direction
                    depth += 1
                    room.tried[depth] = 0
                continue
            depth -= 1
            if depth >= 0:
                back = (room.taken[depth] + 2) % 4
                gap = swap(room, gap, destination(room, gap, back, size))
        bound = least
    return UNSOLVED
