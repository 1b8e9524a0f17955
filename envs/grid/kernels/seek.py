"""How built-in players find their way: the nearest cell from which something can be done.

A flood goes out from the agent over free cells, around the other agents. A way is one number: the
heading of its first step (4: the agent is there) times 8, plus the heading to face there (4: any).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    APPLE_CELL,
    BALL,
    BIN_CELL,
    BOX,
    LAVA,
    OBSTACLE,
    OPAQUE,
    SOILED_CELL,
    STATE_SHIFT,
)
from adaptarium.envs.grid.kernels.forage import is_load
from adaptarium.envs.grid.kernels.geometry import (
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_free,
    level_map,
    moves_itself,
    seats_of,
)

AIM_FOOD, AIM_TRASH, AIM_BIN, AIM_EVADER, AIM_APPLE, AIM_WATER = range(6)
HERE, ANY_WAY, NO_WAY = 4, 4, -1
SEED_APPLES = 3  # apples that a sparing player leaves together, its own meal included


@kernel
def is_wanted(w, i, aim, cell, most):
    """Whether a cell is something to stand next to; food up to the level ``most``."""
    tile = cell & 0xFF
    if aim == AIM_FOOD:
        return is_load(cell) and cell >> STATE_SHIFT & 0xFF <= most
    if aim == AIM_TRASH:
        return tile in (BALL, BOX)
    if aim == AIM_BIN:
        return cell == BIN_CELL
    return aim == AIM_EVADER and moves_itself(cell)


@kernel
def is_others(w, i, a, x, y):
    """Whether another living agent is nearer to (x, y) than agent ``a``, or as near and first."""
    agent = w.state.agents[i, a]
    mine = abs(agent.x - x) + abs(agent.y - y)
    for b in range(seats_of(w, i)):
        other = w.state.agents[i, b]
        theirs = abs(other.x - x) + abs(other.y - y)
        if w.alive[i, b] and b != a and (theirs < mine or (theirs == mine and b < a)):
            return True
    return False


@kernel
def is_spared(w, i, x, y):
    """Whether (x, y) is an apple that is left for seed: too few stand around."""
    if cell_at(w, i, x, y) != APPLE_CELL:
        return False
    grid, radius, found = level_map(w, i), w.rules[i].radius, 0
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dx * dx + dy * dy <= radius * radius and inside(grid, x + dx, y + dy):
                found += cell_at(w, i, x + dx, y + dy) == APPLE_CELL
                if found == SEED_APPLES:
                    return False
    return True


@kernel
def soiled_ahead(w, i, x, y, heading):
    """Whether a beam from (x, y) meets soiled water."""
    grid = level_map(w, i)
    for _ in range(w.rules[i].reach):
        x, y = x + dx_of(heading), y + dy_of(heading)
        if not inside(grid, x, y) or cell_at(w, i, x, y) & OPAQUE:
            return False
        if cell_at(w, i, x, y) == SOILED_CELL:
            return True
    return False


@kernel
def facing_at(w, i, aim, target, most, x, y):
    """The heading in which (x, y) serves the aim, ``ANY_WAY``, or -1 where it does not.

    ``target`` is the one cell that is wanted next to it, -1 for any.
    """
    grid = level_map(w, i)
    if aim == AIM_APPLE:
        return ANY_WAY if cell_at(w, i, x, y) == APPLE_CELL else NO_WAY
    for heading in range(4):
        nx, ny = x + dx_of(heading), y + dy_of(heading)
        if not inside(grid, nx, ny):
            continue
        if aim == AIM_WATER:
            found = soiled_ahead(w, i, x, y, heading)
        else:
            found = is_wanted(w, i, aim, cell_at(w, i, nx, ny), most)
        if found and (target < 0 or target == ny * grid.width + nx):
            return heading
    return NO_WAY


@kernel
def is_passable(w, i, x, y, sparing):
    """Whether a player would walk over (x, y)."""
    cell = cell_at(w, i, x, y)
    if not is_free(cell) or cell & 0xFF in (LAVA, OBSTACLE):
        return False
    return not (sparing and is_spared(w, i, x, y))


@kernel
def begin_flood(w, i, a):
    """Mark the cells of the agents as seen, and begin at that of agent ``a``."""
    grid = level_map(w, i)
    for at in range(grid.height * grid.width):
        w.scratch.marks[i, at] = NO_WAY
    for b in range(seats_of(w, i)):
        if w.alive[i, b]:
            other = w.state.agents[i, b]
            w.scratch.marks[i, other.y * grid.width + other.x] = HERE
    w.scratch.queue[i, 0] = w.state.agents[i, a].y * grid.width + w.state.agents[i, a].x


@kernel
def seek(w, i, a, aim, target, most, shares, sparing):
    """The way of agent ``a`` to the nearest cell that serves the aim, -1 where there is none.

    One that ``shares`` leaves a cell to whom is nearer to it, unless there is no other; one that is
    ``sparing`` keeps off apples for seed.
    """
    grid, last_resort = level_map(w, i), NO_WAY
    begin_flood(w, i, a)
    head, tail = 0, 1
    while head < tail:
        at = int(w.scratch.queue[i, head])
        head += 1
        x, y, first = at % grid.width, at // grid.width, int(w.scratch.marks[i, at])
        facing = facing_at(w, i, aim, target, most, x, y)
        if facing >= 0:
            if not (shares and is_others(w, i, a, x, y)):
                return first * 8 + facing
            if last_resort < 0:
                last_resort = first * 8 + facing
        for heading in range(4):
            nx, ny = x + dx_of(heading), y + dy_of(heading)
            to = ny * grid.width + nx
            if not inside(grid, nx, ny) or w.scratch.marks[i, to] >= 0:
                continue
            if is_passable(w, i, nx, ny, sparing):
                w.scratch.marks[i, to] = heading if first == HERE else first
                w.scratch.queue[i, tail] = to
                tail += 1
    return last_resort
