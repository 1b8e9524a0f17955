"""Mechanic: obstacles that wander over empty cells; meeting one is a hazard."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.grid.codes import D_MOVER, EMPTY_CELL
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_empty,
    is_mover,
    level_map,
    set_cell,
)


@kernel
def obstacles(w, i):
    """Each obstacle tries one random heading; an agent that it reaches is hit."""
    grid = level_map(w, i)
    for m in range(grid.num_obstacles):
        point = w.state.obstacles[i, m]
        if not is_mover(w, i, point):
            continue
        cell = cell_at(w, i, point.x, point.y)
        if not chance(w, i, w.rules[i].obstacle_rate, D_MOVER, 0, 2 * m):
            continue
        heading = choose(w, i, 4, D_MOVER, 0, 2 * m + 1)
        x, y = point.x + dx_of(heading), point.y + dy_of(heading)
        if not inside(grid, x, y) or not is_empty(cell_at(w, i, x, y)):
            continue
        a = agent_at(w, i, x, y)
        if a >= 0:
            w.scratch.agents[i, a].hit = 1
        set_cell(w, i, point.x, point.y, EMPTY_CELL)
        set_cell(w, i, x, y, cell)
        point.x = x
        point.y = y
