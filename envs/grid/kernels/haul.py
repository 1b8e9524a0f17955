"""Mechanic: trash is picked up by the unit, split where it is heavy, and put into bins.

GMAH's Trash-Grid, rebuilt from its description (GMAH, IEEE TSMC-S 2026, arXiv 2408.11416):
light trash is carried directly, heavy trash is split first, every unit weighs one, and an agent
carries so many. What its description leaves open is ours: the state of a ball or a box is its
weight, splitting makes a box a heap of loose units, and what is put down beside a bin lies there.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    BALL,
    BIN_CELL,
    BOX,
    EMPTY_CELL,
    P_DROP,
    P_PICKUP,
    P_SPLIT,
    P_STAY,
    PORTABLE,
    SOLID,
    STATE_SHIFT,
)
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_empty,
    level_map,
    seats_of,
    set_cell,
)

LOW_HALF = 0xFFFF


@kernel
def units(cell):
    """The weight of trash: its state, and at least one."""
    return max((cell >> STATE_SHIFT) & 0xFF, 1)


@kernel
def heap(cell, count):
    """Loose trash of the colour of ``cell``, or nothing where ``count`` is 0."""
    if count == 0:
        return EMPTY_CELL
    return (cell & LOW_HALF & ~0xFF) | BALL | count << STATE_SHIFT | SOLID | PORTABLE


@kernel
def pick_up(w, i, a, x, y):
    """Take as much of the loose trash at (x, y) as agent ``a`` still has hands for."""
    agent, cell = w.state.agents[i, a], cell_at(w, i, x, y)
    carried = int(agent.carrying)
    if cell & 0xFF != BALL or (carried != 0 and carried & 0xFF != BALL):
        return
    held = units(carried) if carried else 0
    taken = min(units(cell), w.rules[i].carry_capacity - held)
    if taken > 0:
        agent.carrying = heap(cell, held + taken)
        set_cell(w, i, x, y, heap(cell, units(cell) - taken))


@kernel
def put_down(w, i, a, x, y):
    """Put all that agent ``a`` carries into the bin at (x, y), or onto the empty cell there."""
    agent, counts = w.state.agents[i, a], w.state.counts[i, 0]
    carried, cell = int(agent.carrying), cell_at(w, i, x, y)
    if carried & 0xFF != BALL:
        return
    if cell == BIN_CELL:
        put = min(units(carried), counts.trash)
        counts.trash -= put
        w.metrics[i].trash += put
        w.reward[i, a] += w.rules[i].trash * put / max(counts.trash_total, 1)
    elif is_empty(cell):
        set_cell(w, i, x, y, carried)
    else:
        return
    agent.carrying = 0


@kernel
def haul(w, i):
    """Each agent acts on the trash ahead, in the order of the agents; the last unit ends it."""
    grid, counts = level_map(w, i), w.state.counts[i, 0]
    for a in range(seats_of(w, i)):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        primitive = plan.primitive
        if primitive not in (P_PICKUP, P_DROP, P_SPLIT):
            continue
        plan.primitive = P_STAY  # it is not for hands that hold one thing
        x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
        if not inside(grid, x, y) or agent_at(w, i, x, y) >= 0:
            continue
        cell = cell_at(w, i, x, y)
        if primitive == P_PICKUP:
            pick_up(w, i, a, x, y)
        elif primitive == P_DROP:
            put_down(w, i, a, x, y)
        elif cell & 0xFF == BOX:
            set_cell(w, i, x, y, heap(cell, units(cell)))
    if counts.trash_total > 0 and counts.trash == 0:
        w.metrics[i].success = 1
        for a in range(seats_of(w, i)):
            w.terminated[i, a] = bool(w.alive[i, a])
