"""World primitives that generators are written in: they read like prose and write level rows."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import EMPTY_CELL, GOAL_CELL, WALL_CELL


@kernel
def blank(w, k, height, width, cell, max_steps):
    """An empty level of this size, every cell ``cell``, one agent at (0, 0), no goal."""
    grid = w.levels.map[k]
    grid.height = height
    grid.width = width
    grid.num_agents = 1
    grid.num_obstacles = 0
    grid.goal_x = -1
    grid.goal_y = -1
    w.info[k].max_steps = max_steps
    for j in range(height * width):
        w.levels.cells[k, j] = cell


@kernel
def walled(w, k, height, width, max_steps):
    """An empty room with a wall around it."""
    blank(w, k, height, width, EMPTY_CELL, max_steps)
    for x in range(width):
        put(w, k, x, 0, WALL_CELL)
        put(w, k, x, height - 1, WALL_CELL)
    for y in range(height):
        put(w, k, 0, y, WALL_CELL)
        put(w, k, width - 1, y, WALL_CELL)


@kernel
def put(w, k, x, y, cell):
    """Write one packed cell."""
    w.levels.cells[k, y * w.levels.map[k].width + x] = cell


@kernel
def get(w, k, x, y):
    """Read one packed cell."""
    return int(w.levels.cells[k, y * w.levels.map[k].width + x])


@kernel
def put_goal(w, k, x, y):
    """Write the goal."""
    put(w, k, x, y, GOAL_CELL)
    w.levels.map[k].goal_x = x
    w.levels.map[k].goal_y = y


@kernel
def place_agent(w, k, a, x, y, heading, level):
    """Start agent ``a`` at (x, y); ``level`` is 0 where agents have none."""
    start = w.levels.agents[k, a]
    start.x = x
    start.y = y
    start.heading = heading
    start.level = level


@kernel
def wall_column(w, k, x, y0, y1):
    """A wall from (x, y0) to (x, y1), both included."""
    for y in range(y0, y1 + 1):
        put(w, k, x, y, WALL_CELL)


@kernel
def wall_row(w, k, y, x0, x1):
    """A wall from (x0, y) to (x1, y), both included."""
    for x in range(x0, x1 + 1):
        put(w, k, x, y, WALL_CELL)


@kernel
def count_empty(w, k, x0, x1):
    """How many plain empty cells lie in the columns ``x0`` to ``x1``, the last not included."""
    count = 0
    for y in range(w.levels.map[k].height):
        for x in range(x0, x1):
            count += get(w, k, x, y) == EMPTY_CELL
    return count


@kernel
def nth_empty(w, k, x0, x1, n):
    """The number of the ``n``-th plain empty cell in columns ``x0`` to ``x1``, -1 past the last."""
    for y in range(w.levels.map[k].height):
        for x in range(x0, x1):
            if get(w, k, x, y) == EMPTY_CELL:
                if n == 0:
                    return y * w.levels.map[k].width + x
                n -= 1
    return -1


@kernel
def random_empty(w, i, k, purpose, draw, x0, x1):
    """A uniformly drawn empty cell in columns ``x0`` to ``x1``, -1 where there is none."""
    count = count_empty(w, k, x0, x1)
    if count == 0:
        return -1
    return nth_empty(w, k, x0, x1, level_below(w, i, purpose, draw, count))
