"""The work space of one search, and the small pieces that walk in it.

Cells are numbered row by row on a map with a wall around it, so that no step leaves it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import kernel

FAR = 1 << 14
"""Beyond every distance: no push brings a crate there."""


class Room(NamedTuple):
    """A puzzle, the state that is looked at, and the states that have been met.

    ``N`` is the number of states that may be kept, ``W`` the words that hold a set of crates.
    """

    wall: npt.NDArray[np.uint8]  # (cells,)
    is_goal: npt.NDArray[np.uint8]  # (cells,)
    live: npt.NDArray[np.uint8]  # (cells,) from here a crate can still be pushed to some goal
    place: npt.NDArray[np.int32]  # (cells,) the bit of a cell that may hold a crate, else -1
    cell_of: npt.NDArray[np.int32]  # (bits,) its inverse
    step: npt.NDArray[np.int64]  # (4,) to the neighbours: east, south, west, north
    pushes: npt.NDArray[np.int32]  # (goals, cells) pushes to a goal on an empty map, or FAR
    crates: npt.NDArray[np.int32]  # (crates,) cells of the state that is looked at
    on: npt.NDArray[np.uint8]  # (cells,) whether a crate stands there
    frozen: npt.NDArray[np.uint8]  # (cells,)
    seen: npt.NDArray[np.int32]  # (cells,) stamp of the last walk that reached a cell
    near: npt.NDArray[np.int32]  # (cells,) stamp of the last walk after a push
    walk: npt.NDArray[np.int32]  # (cells,) steps of that walk
    queue: npt.NDArray[np.int32]  # (cells,)
    row: npt.NDArray[np.int32]  # (crates + 1,) potentials of the assignment
    column: npt.NDArray[np.int32]  # (goals + 1,)
    match: npt.NDArray[np.int32]  # (goals + 1,)
    kept_row: npt.NDArray[np.int32]  # the three of the state that is expanded
    kept_column: npt.NDArray[np.int32]
    kept_match: npt.NDArray[np.int32]
    way: npt.NDArray[np.int32]  # (goals + 1,)
    least: npt.NDArray[np.int32]  # (goals + 1,)
    used: npt.NDArray[np.uint8]  # (goals + 1,)
    sets: npt.NDArray[np.uint64]  # (N, W) crates of a state, a bit a cell
    key: npt.NDArray[np.uint64]  # (W,) the same of the state that is looked for
    player: npt.NDArray[np.int32]  # (N,) cell, or the first cell of where it can walk to
    cost: npt.NDArray[np.int32]  # (N,) steps or pushes so far; -1 where a better way was found
    left: npt.NDArray[np.int32]  # (N,) estimate of those to come
    parent: npt.NDArray[np.int32]  # (N,)
    push: npt.NDArray[np.int32]  # (N,) 4 * cell of the crate before + heading, of the last push
    after: npt.NDArray[np.int32]  # (N,) next state of its bucket
    bucket: npt.NDArray[np.int32]  # (estimates,) first state of each total, -1 for none
    table: npt.NDArray[np.int32]  # (a power of two,) 1 + state, by hash
    counts: npt.NDArray[np.int64]  # (3,) states, stamp, total of the state expanded last


@kernel
def walk_from(room, stamps, start, stamp):
    """Mark by ``stamp`` the cells to which the player can walk, with the steps; the first one."""
    stamps[start] = stamp
    room.walk[start] = 0
    room.queue[0] = start
    head, tail, first = 0, 1, start
    while head < tail:
        at = int(room.queue[head])
        head += 1
        first = min(first, at)
        for heading in range(4):
            to = at + room.step[heading]
            if stamps[to] != stamp and not room.wall[to] and not room.on[to]:
                stamps[to] = stamp
                room.walk[to] = room.walk[at] + 1
                room.queue[tail] = to
                tail += 1
    return first
