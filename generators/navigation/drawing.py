"""What the map generators share: walls, ways, starts and goals."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.navigation.codes import EAST, NORTH, RESOLUTION, SKILLS, SOUTH, WEST
from adaptarium.generators.navigation.purposes import G_GOAL, G_HEADING, G_PLACE, G_START

STEPS = round(1.0 / RESOLUTION)  # of a metre
CLOSED = NORTH | EAST | SOUTH | WEST
FREE = 0.2  # how far from the middle of its cell a start or a goal may lie, in each direction
STEPS_A_CELL = 8  # of the time limit


@kernel
def exact(value):
    """The nearest multiple of the resolution of levels."""
    return math.floor(value * STEPS + 0.5) / STEPS


@kernel
def blank(w, k, size, bits, max_steps):
    """A square map for one agent without talents, with the same wall bits in every cell."""
    head = w.levels.head[k]
    head.height = size
    head.width = size
    head.num_agents = 1
    head.num_items = 0
    head.num_segments = 0
    head.num_rooms = 0
    head.num_orders = 0
    head.has_goal = 0
    head.goal_x = 0.0
    head.goal_y = 0.0
    for j in range(size * size):
        w.levels.walls[k, j] = bits
    for a in range(w.levels.talents.shape[1]):
        talent = w.levels.talents[k, a]
        talent.cost = 0.0
        for skill in range(SKILLS):
            talent.skills[skill] = 0.0
    for j in range(w.levels.demands.shape[1]):
        demand = w.levels.demands[k, j]
        demand.worth = 0.0
        for skill in range(SKILLS):
            demand.needs[skill] = 0.0
    w.info[k].max_steps = max_steps


@kernel
def neighbour(size, cell, side):
    """The cell beside a cell, by side: 0 north, 1 east, 2 south, 3 west; -1 outside."""
    x, y = cell % size, cell // size
    if side == 0:
        return cell - size if y > 0 else -1
    if side == 1:
        return cell + 1 if x + 1 < size else -1
    if side == 2:
        return cell + size if y + 1 < size else -1
    return cell - 1 if x > 0 else -1


@kernel
def open_side(w, k, size, cell, side):
    """Take the wall between a cell and its neighbour away."""
    other = neighbour(size, cell, side)
    w.levels.walls[k, cell] &= ~(1 << side)
    w.levels.walls[k, other] &= ~(1 << ((side + 2) % 4))


@kernel
def close_side(w, k, size, cell, side):
    """Put a wall on one side of a cell, and of its neighbour where there is one."""
    other = neighbour(size, cell, side)
    w.levels.walls[k, cell] |= 1 << side
    if other >= 0:
        w.levels.walls[k, other] |= 1 << ((side + 2) % 4)


@kernel
def close_border(w, k, size):
    """Wall the map in."""
    for j in range(size):
        close_side(w, k, size, j, 0)
        close_side(w, k, size, (size - 1) * size + j, 2)
        close_side(w, k, size, j * size, 3)
        close_side(w, k, size, j * size + size - 1, 1)


@kernel
def flood(w, i, k, start):
    """Write the fewest moves between cells from cell ``start``, -1 where there is no way.

    Into the marks of slot ``i``; returns how many cells were reached.
    """
    size = w.levels.head[k].width
    marks, queue = w.scratch.marks, w.scratch.queue
    for j in range(w.levels.head[k].height * size):
        marks[i, j] = -1
    marks[i, start] = 0
    queue[i, 0] = start
    first, last = 0, 1
    while first < last:
        cell = int(queue[i, first])
        first += 1
        for side in range(4):
            if w.levels.walls[k, cell] & (1 << side):
                continue
            other = neighbour(size, cell, side)
            if marks[i, other] < 0:
                marks[i, other] = marks[i, cell] + 1
                queue[i, last] = other
                last += 1
    return last


@kernel
def within(w, i, cell, size, axis, k):
    """A coordinate in a cell, near its middle, along axis 0 (x) or 1 (y); draw number ``k``."""
    base = cell % size if axis == 0 else cell // size
    span = round(FREE * STEPS)
    return base + 0.5 + (level_below(w, i, G_PLACE, k, 2 * span + 1) - span) / STEPS


@kernel
def place_start(w, i, k, cell):
    """The agent's start in a cell, with any heading."""
    size, start = w.levels.head[k].width, w.levels.starts[k, 0]
    start.x = exact(within(w, i, cell, size, 0, 0))
    start.y = exact(within(w, i, cell, size, 1, 1))
    start.heading = float(level_below(w, i, G_HEADING, 0, 360))
    start.role = 0


@kernel
def place_goal(w, i, k, cell):
    """The goal in a cell."""
    size, head = w.levels.head[k].width, w.levels.head[k]
    head.goal_x = exact(within(w, i, cell, size, 0, 2))
    head.goal_y = exact(within(w, i, cell, size, 1, 3))
    head.has_goal = 1


@kernel
def place_both(w, i, k):
    """Start and goal in two different cells, any of the map."""
    count = w.levels.head[k].width * w.levels.head[k].width
    start = level_below(w, i, G_START, 0, count)
    goal = level_below(w, i, G_GOAL, 0, count - 1)
    goal += goal >= start
    place_start(w, i, k, start)
    place_goal(w, i, k, goal)


@kernel
def way_to_goal(w, i, k):
    """Fewest moves between cells from the start to the goal."""
    head, start = w.levels.head[k], w.levels.starts[k, 0]
    flood(w, i, k, int(start.y) * head.width + int(start.x))
    return int(w.scratch.marks[i, int(head.goal_y) * head.width + int(head.goal_x)])
