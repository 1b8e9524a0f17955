"""Mechanics: potential-based shaping toward the goal (Ng, Harada & Russell, ICML 1999).

The potential of a cell is minus its Manhattan distance to the goal (in reading order the first)
over the size of the map; it is zero once the agent is out, so that the optimal policies stay the
same.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.kernels.geometry import level_map, seats_of


@kernel
def potential(w, i, a):
    """The potential of agent ``a`` where it stands."""
    grid, agent = level_map(w, i), w.state.agents[i, a]
    if grid.goal_x < 0 or not w.alive[i, a] or w.terminated[i, a]:
        return 0.0
    distance = abs(agent.x - grid.goal_x) + abs(agent.y - grid.goal_y)
    return -distance / (grid.height + grid.width)


@kernel
def potential_before(w, i):
    """Note every agent's potential before anything moves."""
    for a in range(w.reward.shape[1]):
        w.scratch.agents[i, a].potential = potential(w, i, a)


@kernel
def shaping(w, i):
    """Pay ``weight * (discount * after - before)``."""
    rules = w.rules[i]
    for a in range(seats_of(w, i)):
        if w.alive[i, a]:
            gain = rules.shaping_discount * potential(w, i, a)
            gain -= w.scratch.agents[i, a].potential
            w.reward[i, a] += rules.shaping * gain
