"""Mechanic: picking up, dropping, toggling doors and boxes (minigrid 3.2, minigrid_env.py)."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    BOX,
    CLOSED,
    COLOUR_SHIFT,
    CONTENT_MASK,
    CONTENT_SHIFT,
    DOOR,
    EMPTY_CELL,
    KEY,
    LOCKED,
    OPAQUE,
    OPEN,
    P_DROP,
    P_PICKUP,
    P_TOGGLE,
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

COLOUR_COUNT = 6


@kernel
def door_cell(colour, state):
    """A packed door."""
    closed = 0 if state == OPEN else OPAQUE | SOLID
    return DOOR | colour << COLOUR_SHIFT | state << STATE_SHIFT | closed


@kernel
def content(box):
    """The packed cell of what a box holds."""
    number = ((box >> CONTENT_SHIFT) & CONTENT_MASK) - 1
    if number < 0:
        return EMPTY_CELL
    tile, colour = KEY + number // COLOUR_COUNT, number % COLOUR_COUNT
    return tile | colour << COLOUR_SHIFT | SOLID | PORTABLE


@kernel
def toggled(cell, carrying, keys_match):
    """The cell after a toggle: doors open, close and unlock; a box gives way to what it holds."""
    if cell & 0xFF == BOX:
        return content(cell)
    if cell & 0xFF != DOOR:
        return cell
    state, colour = (cell >> STATE_SHIFT) & 0xFF, (cell >> COLOUR_SHIFT) & 0xFF
    if state == LOCKED:
        fits = not keys_match or (carrying >> COLOUR_SHIFT) & 0xFF == colour
        return door_cell(colour, OPEN) if carrying & 0xFF == KEY and fits else cell
    return door_cell(colour, CLOSED if state == OPEN else OPEN)


@kernel
def interact(w, i):
    """Each agent acts on the cell ahead, in the order of the agents."""
    grid = level_map(w, i)
    for a in range(seats_of(w, i)):
        primitive, agent = w.scratch.agents[i, a].primitive, w.state.agents[i, a]
        if not P_PICKUP <= primitive <= P_TOGGLE:
            continue
        x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
        if not inside(grid, x, y) or agent_at(w, i, x, y) >= 0:
            continue
        cell, carrying = cell_at(w, i, x, y), int(agent.carrying)
        if primitive == P_PICKUP:
            if carrying == 0 and cell & PORTABLE:
                agent.carrying = cell
                set_cell(w, i, x, y, EMPTY_CELL)
        elif primitive == P_DROP:
            if carrying != 0 and is_empty(cell):
                set_cell(w, i, x, y, carrying)
                agent.carrying = 0
        else:
            set_cell(w, i, x, y, toggled(cell, carrying, w.rules[i].keys_match))
