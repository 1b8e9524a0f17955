"""Small pieces that every mechanic uses."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel, small
from adaptarium.envs.grid.codes import BALL, EMPTY, OBSTACLE, SOLID


@small
def dx_of(heading):
    """East is +1, west is -1."""
    return int(heading == 0) - int(heading == 2)


@small
def dy_of(heading):
    """South is +1, north is -1."""
    return int(heading == 1) - int(heading == 3)


@small
def inside(grid, x, y):
    """Whether (x, y) lies on the map."""
    return 0 <= x < grid.width and 0 <= y < grid.height


@small
def level_map(w, i):
    """The map record of the slot's level. Unsigned indices spare the check for negative ones."""
    return w.levels.map[np.uint64(w.core[i].level)]


@small
def seats_of(w, i):
    """How many seats have been taken in the episode: the level's, and those of newcomers."""
    return max(np.int64(level_map(w, i).num_agents), np.int64(w.core[i].seats))


@small
def cell_at(w, i, x, y):
    """The packed cell at (x, y) as a signed integer; the caller has checked the bounds."""
    return np.int64(w.state.cells[i, np.uint64(y * level_map(w, i).width + x)])


@small
def set_cell(w, i, x, y, cell):
    """Write a packed cell."""
    w.state.cells[i, np.uint64(y * level_map(w, i).width + x)] = cell


@small
def is_free(cell):
    """Nothing solid stands here."""
    return cell & SOLID == 0


@small
def is_empty(cell):
    """The plain empty tile: things can be dropped or moved here."""
    return cell & 0xFF == EMPTY


@small
def moves_itself(cell):
    """An obstacle, or a ball that moves: what has been picked up leaves another cell behind."""
    return cell & 0xFF == OBSTACLE or cell & 0xFF == BALL


@kernel
def is_mover(w, i, point):
    """Whether what moves from ``point`` is still there: neither caught nor picked up."""
    return point.x >= 0 and moves_itself(cell_at(w, i, point.x, point.y))


@kernel
def agent_at(w, i, x, y):
    """Index of the living agent at (x, y), or -1."""
    for a in range(seats_of(w, i)):
        agent = w.state.agents[i, a]
        if w.alive[i, a] and agent.x == x and agent.y == y:
            return a
    return -1
