"""Mechanic: obstacles that go to any free cell around them, before the agents move.

MiniGrid's moving obstacles (minigrid 3.2, ``envs/dynamicobstacles.py``): each in its turn goes to a
cell drawn from the free ones of the three by three around it, and never onto an agent.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.grid.codes import D_MOVER, EMPTY_CELL
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    inside,
    is_empty,
    is_mover,
    level_map,
    set_cell,
)


@kernel
def is_open(w, i, x, y):
    """Whether an obstacle may go to (x, y)."""
    if not inside(level_map(w, i), x, y) or not is_empty(cell_at(w, i, x, y)):
        return False
    return agent_at(w, i, x, y) < 0


@kernel
def nth_open(w, i, x, y, n):
    """Which of the nine cells around (x, y) is the ``n``-th open one, in reading order."""
    for place in range(9):
        if is_open(w, i, x - 1 + place % 3, y - 1 + place // 3):
            if n == 0:
                return place
            n -= 1
    return 4


@kernel
def wander(w, i):
    """Move every obstacle that has somewhere to go."""
    for m in range(level_map(w, i).num_obstacles):
        point, count = w.state.obstacles[i, m], 0
        x, y = point.x, point.y
        if not is_mover(w, i, point):
            continue
        if not chance(w, i, w.rules[i].obstacle_rate, D_MOVER, 0, 2 * m):
            continue
        for place in range(9):
            count += is_open(w, i, x - 1 + place % 3, y - 1 + place // 3)
        if count == 0:
            continue
        place = nth_open(w, i, x, y, choose(w, i, count, D_MOVER, 0, 2 * m + 1))
        point.x = x - 1 + place % 3
        point.y = y - 1 + place // 3
        set_cell(w, i, point.x, point.y, cell_at(w, i, x, y))
        set_cell(w, i, x, y, EMPTY_CELL)
