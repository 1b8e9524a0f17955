"""Mechanics: moves that no agent chose, sliding on ice and being blown by the wind."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.grid.codes import D_WIND, ICE
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_free,
    level_map,
    seats_of,
)


@kernel
def shift_agent(w, i, a, heading):
    """Move agent ``a`` one cell if nothing is in the way; True when it moved."""
    agent = w.state.agents[i, a]
    x, y = agent.x + dx_of(heading), agent.y + dy_of(heading)
    if not inside(level_map(w, i), x, y):
        return False
    if not is_free(cell_at(w, i, x, y)) or agent_at(w, i, x, y) >= 0:
        return False
    agent.x = x
    agent.y = y
    w.scratch.agents[i, a].moved = 1
    return True


@kernel
def ice(w, i):
    """An agent that entered ice slides on until it leaves the ice or is stopped."""
    grid = level_map(w, i)
    for a in range(seats_of(w, i)):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        if not plan.moved:
            continue
        for _ in range(grid.height + grid.width):
            if cell_at(w, i, agent.x, agent.y) & 0xFF != ICE:
                break
            if not shift_agent(w, i, a, plan.move):
                break


@kernel
def wind(w, i):
    """The wind moves each living agent one cell with its probability.

    Not the one for whom the tile that it has just entered ends the episode.
    """
    rules = w.rules[i]
    for a in range(seats_of(w, i)):
        agent = w.state.agents[i, a]
        entered = w.scratch.agents[i, a].moved != 0
        over = entered and rules.tile_ends[cell_at(w, i, agent.x, agent.y) & 0xFF]
        if w.alive[i, a] and not over and chance(w, i, rules.wind, D_WIND, a, 0):
            shift_agent(w, i, a, rules.wind_heading)
