"""A newcomer in a running episode, under shifts of the population."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.grid.codes import D_JOIN, USES_BEAMS
from adaptarium.envs.grid.kernels.geometry import agent_at, cell_at, is_empty, level_map
from adaptarium.envs.grid.kernels.reset import clear_record


@kernel
def is_vacant(w, i, at):
    """Whether cell ``at`` is empty and nobody stands there."""
    width = level_map(w, i).width
    x, y = at % width, at // width
    return is_empty(cell_at(w, i, x, y)) and agent_at(w, i, x, y) < 0


@kernel
def join(w, i, a):
    """Put newcomer ``a`` on a vacant cell, each equally likely; False where there is none.

    It faces east, with full energy and empty hands, and has the level of the seat that it follows
    when the seats of the level are gone through again and again.
    """
    grid = level_map(w, i)
    vacant = 0
    for at in range(grid.height * grid.width):
        vacant += is_vacant(w, i, at)
    if vacant == 0:
        return False
    wanted = choose(w, i, vacant, D_JOIN, a, 0)
    agent = w.state.agents[i, a]
    agent.level = w.levels.agents[w.core[i].level, a % grid.num_agents].level
    agent.heading = 0
    agent.energy = w.rules[i].energy
    agent.carrying = 0
    if w.rules[i].active & USES_BEAMS:
        clear_record(w, i, a)
    for at in range(grid.height * grid.width):
        if is_vacant(w, i, at):
            wanted -= 1
            if wanted < 0:
                agent.x = at % grid.width
                agent.y = at // grid.width
                return True
    return False
