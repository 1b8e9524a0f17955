"""Distances on a level while it is generated: structural checks and measures of difficulty."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import DOOR, ICE, LAVA, SOLID
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.generators.grid.paint import get


@kernel
def barred(w, k, x, y):
    """Whether a careful walker keeps off (x, y); doors count as open."""
    grid = w.levels.map[k]
    if x < 0 or y < 0 or x >= grid.width or y >= grid.height:
        return True
    cell = get(w, k, x, y)
    if cell & 0xFF == LAVA:
        return True
    return cell & SOLID != 0 and cell & 0xFF != DOOR


@kernel
def landing(w, k, at, heading, target):
    """Where a move from cell ``at`` ends, slides included; -1 where it ends badly or not at all.

    Cells are numbered row by row. Reaching ``target`` ends a move, whatever stands there.
    """
    width = w.levels.map[k].width
    x, y = at % width + dx_of(heading), at // width + dy_of(heading)
    for _ in range(w.levels.map[k].height + width):
        if 0 <= x < width and y * width + x == target:
            return target
        if barred(w, k, x, y):
            return -1
        if get(w, k, x, y) & 0xFF != ICE:
            break
        nx, ny = x + dx_of(heading), y + dy_of(heading)
        if 0 <= nx < width and ny * width + nx == target:
            return target
        if barred(w, k, nx, ny):
            there = 0 <= nx < width and 0 <= ny < w.levels.map[k].height
            if there and get(w, k, nx, ny) & 0xFF == LAVA:
                return -1
            break
        x, y = nx, ny
    return y * width + x


@kernel
def distance(w, i, k, start, target):
    """Fewest moves from cell ``start`` to cell ``target``, -1 where there is no way.

    Crates stay where they are, doors count as open, hazards are shunned. Works in the scratch
    memory of slot ``i``.
    """
    if start == target:
        return 0
    for j in range(w.levels.map[k].height * w.levels.map[k].width):
        w.scratch.marks[i, j] = -1
    w.scratch.marks[i, start] = 0
    w.scratch.queue[i, 0] = start
    head, tail = 0, 1
    while head < tail:
        at = int(w.scratch.queue[i, head])
        head += 1
        for heading in range(4):
            to = landing(w, k, at, heading, target)
            if to < 0 or w.scratch.marks[i, to] >= 0:
                continue
            w.scratch.marks[i, to] = w.scratch.marks[i, at] + 1
            if to == target:
                return int(w.scratch.marks[i, to])
            w.scratch.queue[i, tail] = to
            tail += 1
    return -1


@kernel
def start_cell(w, k, a):
    """The number of the cell where agent ``a`` starts."""
    start = w.levels.agents[k, a]
    return start.y * w.levels.map[k].width + start.x


@kernel
def goal_cell(w, k):
    """The number of the goal's cell."""
    return w.levels.map[k].goal_y * w.levels.map[k].width + w.levels.map[k].goal_x


@kernel
def way_to_goal(w, i, k):
    """Fewest moves from the first agent to the goal, -1 where there is no way."""
    return distance(w, i, k, start_cell(w, k, 0), goal_cell(w, k))


@kernel
def find(w, k, tile):
    """The number of the first cell with ``tile``, -1 where there is none."""
    for j in range(w.levels.map[k].height * w.levels.map[k].width):
        if int(w.levels.cells[k, j]) & 0xFF == tile:
            return j
    return -1
