"""Rooms in a grid, with walls between them and places for doors (minigrid 3.2, core/roomgrid.py).

Rooms are squares of ``size`` cells whose walls overlap; room (column, row) has its corner at
``(size - 1)`` times that. Its walls are numbered as headings are: east, south, west, north.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import EMPTY_CELL, WALL
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.generators.grid.paint import (
    blank,
    get,
    random_empty_within,
    start_at,
    wall_rectangle,
)
from adaptarium.generators.grid.purposes import G_AGENT, G_DOOR, G_HEADING

_TRIES = 64


@kernel
def rooms(w, k, rows, columns, size, max_steps):
    """An empty grid of rooms."""
    step = size - 1
    blank(w, k, rows * step + 1, columns * step + 1, EMPTY_CELL, max_steps)
    for j in range(rows * columns):
        wall_rectangle(w, k, j % columns * step, j // columns * step, size, size)


@kernel
def door_place(w, i, k, columns, size, column, row, wall):
    """The number of the cell for a door in a wall of a room; both its rooms agree on it."""
    if wall > 1:  # the east wall of the room to the west, the south wall of the one to the north
        column, row, wall = column + dx_of(wall), row + dy_of(wall), wall - 2
    along = 1 + level_below(w, i, G_DOOR, 2 * (row * columns + column) + wall, size - 2)
    x = column * (size - 1) + (size - 1 if wall == 0 else along)
    y = row * (size - 1) + (size - 1 if wall == 1 else along)
    return y * w.levels.map[k].width + x


@kernel
def middle(w, k, size, rows, columns):
    """The number of the middle cell of the middle room: MiniGrid keeps things away from it."""
    y = rows // 2 * (size - 1) + size // 2
    return y * w.levels.map[k].width + columns // 2 * (size - 1) + size // 2


@kernel
def place_in_room(w, i, k, purpose, draw, size, column, row, shy, cell):
    """Write ``cell`` to a random empty cell of a room, not next to the cell ``shy``; or -1."""
    x, y = column * (size - 1), row * (size - 1)
    at = random_empty_within(w, i, k, purpose, draw, x, y, x + size, y + size, shy)
    if at >= 0:
        w.levels.cells[k, at] = cell
    return at


@kernel
def agent_in_room(w, i, k, size, column, row):
    """Start the agent in a room, facing nothing but free cells or a wall; False for no such."""
    x, y = column * (size - 1), row * (size - 1)
    width = w.levels.map[k].width
    for draw in range(_TRIES):
        at = random_empty_within(w, i, k, G_AGENT, draw, x, y, x + size, y + size, -1)
        heading = level_below(w, i, G_HEADING, draw, 4)
        if at < 0:
            return False
        faced = get(w, k, at % width + dx_of(heading), at // width + dy_of(heading))
        if faced == EMPTY_CELL or faced & 0xFF == WALL:
            start_at(w, k, at, heading)
            return True
    return False
