"""Mechanic: turning and moving, with several agents at once, and crates that are pushed."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    COLOUR_SHIFT,
    CRATE,
    EMPTY_CELL,
    FLOOR,
    P_LEFT,
    P_RIGHT,
    STATE_SHIFT,
    TARGET,
)
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_empty,
    is_free,
    level_map,
    seats_of,
    set_cell,
)


@kernel
def is_target(cell):
    """Whether crates belong here, and none stands here."""
    return cell & 0xFF == FLOOR and (cell >> STATE_SHIFT) & 0xFF == TARGET


@kernel
def takes_crate(cell):
    """Whether a crate can be pushed here."""
    return is_empty(cell) or is_target(cell)


@kernel
def uncovered(crate):
    """What is left where a crate has stood: a target keeps its colour in the crate's state."""
    colour = ((crate >> STATE_SHIFT) & 0xFF) - 1
    return EMPTY_CELL if colour < 0 else FLOOR | colour << COLOUR_SHIFT | TARGET << STATE_SHIFT


@kernel
def put_onto(crate, cell):
    """A crate as it stands on ``cell``."""
    covered = 1 + ((cell >> COLOUR_SHIFT) & 0xFF) if is_target(cell) else 0
    return crate & ~(0xFF << STATE_SHIFT) | covered << STATE_SHIFT


@kernel
def can_enter(w, i, x, y, heading):
    """Whether the map lets an agent enter (x, y); a crate there must have room to go."""
    grid = level_map(w, i)
    if not inside(grid, x, y):
        return False
    cell = cell_at(w, i, x, y)
    if is_free(cell):
        return True
    if cell & 0xFF != CRATE or not w.rules[i].crates_move:
        return False
    bx, by = x + dx_of(heading), y + dy_of(heading)
    if not inside(grid, bx, by) or agent_at(w, i, bx, by) >= 0:
        return False
    return takes_crate(cell_at(w, i, bx, by))


@kernel
def push(w, i, a):
    """Move the crate that agent ``a`` walks into, if there is one, a cell on."""
    plan, counts = w.scratch.agents[i, a], w.state.counts[i, 0]
    crate = cell_at(w, i, plan.x, plan.y)
    if crate & 0xFF != CRATE:
        return
    x, y = plan.x + dx_of(plan.move), plan.y + dy_of(plan.move)
    below = cell_at(w, i, x, y)
    set_cell(w, i, x, y, put_onto(crate, below))
    set_cell(w, i, plan.x, plan.y, uncovered(crate))
    plan.pushed = 1
    plan.stored = int(is_target(below)) - int((crate >> STATE_SHIFT) & 0xFF > 0)
    counts.loose -= plan.stored


@kernel
def claims(w, i, b, x, y):
    """Whether agent ``b``, or the crate that it pushes, is about to enter (x, y)."""
    its = w.scratch.agents[i, b]
    if its.move < 0:
        return False
    if its.x == x and its.y == y:
        return True
    beyond = its.x + dx_of(its.move) == x and its.y + dy_of(its.move) == y
    return beyond and cell_at(w, i, its.x, its.y) & 0xFF == CRATE


@kernel
def conflict(w, i, a):
    """Whether another agent or its crate takes, or stays on, a cell that agent ``a`` needs.

    Two that want one cell both stay, crates included, and two agents never swap places.
    """
    plan, me = w.scratch.agents[i, a], w.state.agents[i, a]
    pushes = cell_at(w, i, plan.x, plan.y) & 0xFF == CRATE
    beyond_x, beyond_y = plan.x + dx_of(plan.move), plan.y + dy_of(plan.move)
    for b in range(seats_of(w, i)):
        if b == a or not w.alive[i, b]:
            continue
        other, its = w.state.agents[i, b], w.scratch.agents[i, b]
        stands_there = other.x == plan.x and other.y == plan.y
        if its.move < 0:
            if stands_there:
                return True
            continue
        if claims(w, i, b, plan.x, plan.y) or (pushes and claims(w, i, b, beyond_x, beyond_y)):
            return True
        if stands_there and its.x == me.x and its.y == me.y:
            return True
    return False


@kernel
def settle_conflicts(w, i):
    """Cancel conflicting moves until none conflicts; all cancelled in a round fall together."""
    agents = seats_of(w, i)
    for _ in range(agents):
        cancelled = 0
        for a in range(agents):
            plan = w.scratch.agents[i, a]
            plan.hit = 1 if plan.move >= 0 and conflict(w, i, a) else 0
            cancelled += plan.hit
        for a in range(agents):
            plan = w.scratch.agents[i, a]
            if plan.hit:
                plan.hit = 0
                plan.move = -1
        if cancelled == 0:
            return


@kernel
def movement(w, i):
    """Turn, then move all agents at once."""
    agents = seats_of(w, i)
    for a in range(agents):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        if plan.primitive == P_LEFT:
            agent.heading = (agent.heading + 3) & 3
        elif plan.primitive == P_RIGHT:
            agent.heading = (agent.heading + 1) & 3
        if plan.move < 0:
            continue
        plan.x = agent.x + dx_of(plan.move)
        plan.y = agent.y + dy_of(plan.move)
        if not can_enter(w, i, plan.x, plan.y, plan.move):
            plan.move = -1
    if agents > 1:
        settle_conflicts(w, i)
    for a in range(agents):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        if plan.move < 0:
            continue
        push(w, i, a)
        agent.x = plan.x
        agent.y = plan.y
        plan.moved = 1
