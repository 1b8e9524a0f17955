"""Mechanic: level-based foraging (Christianos, Schäfer & Albrecht, NeurIPS 2020, lbforaging).

Food is loaded when the levels of the agents beside it that load together reach its level. The
reward is shared by level and normalised by all food of the episode. As in lbforaging, an agent
takes part in one load a step, also where it stands beside two foods.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel, small
from adaptarium.envs.grid.codes import EMPTY_CELL, FOOD, P_LOAD, P_STAY, SOLID, STATE_SHIFT
from adaptarium.envs.grid.kernels.geometry import (
    cell_at,
    dx_of,
    dy_of,
    inside,
    level_map,
    seats_of,
    set_cell,
)


@small
def is_load(cell):
    """Food that is loaded, not an apple that is walked onto."""
    return cell & 0xFF == FOOD and cell & SOLID != 0


@kernel
def loads_at(w, i, a, x, y):
    """Whether agent ``a`` is loading beside (x, y)."""
    agent = w.state.agents[i, a]
    if w.scratch.agents[i, a].primitive != P_LOAD:
        return False
    return abs(agent.x - x) + abs(agent.y - y) == 1


@kernel
def load_food(w, i, x, y):
    """Load the food at (x, y) if the agents around it are strong enough together."""
    level = (cell_at(w, i, x, y) >> STATE_SHIFT) & 0xFF
    agents = seats_of(w, i)
    strength = 0
    for a in range(agents):
        if loads_at(w, i, a, x, y):
            strength += w.state.agents[i, a].level
    counts, rules = w.state.counts[i, 0], w.rules[i]
    loaded = strength >= level > 0
    for a in range(agents):
        if not loads_at(w, i, a, x, y):
            continue
        if loaded:
            worth = float(w.state.agents[i, a].level * level)
            if rules.food_normalised:
                worth /= strength * counts.food_total
            w.reward[i, a] += rules.food * worth
        else:
            w.reward[i, a] -= rules.failed_load_cost
    for a in range(agents):
        if loads_at(w, i, a, x, y):
            w.scratch.agents[i, a].primitive = P_STAY  # its load of this step is spent
    if loaded:
        set_cell(w, i, x, y, EMPTY_CELL)
        counts.food -= level
        w.metrics[i].food += level


@kernel
def forage(w, i):
    """Resolve every food that an agent loads; the episode ends with the last one."""
    grid = level_map(w, i)
    for a in range(seats_of(w, i)):
        if w.scratch.agents[i, a].primitive != P_LOAD:
            continue
        for heading in range(4):
            agent = w.state.agents[i, a]
            x, y = agent.x + dx_of(heading), agent.y + dy_of(heading)
            if inside(grid, x, y) and is_load(cell_at(w, i, x, y)):
                load_food(w, i, x, y)
                break
    counts = w.state.counts[i, 0]
    if counts.food_total > 0 and counts.food == 0:
        w.metrics[i].success = 1
        for a in range(seats_of(w, i)):
            w.terminated[i, a] = bool(w.alive[i, a])
