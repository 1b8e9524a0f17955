"""Mechanic: production rules, by which things become other things (XLand-MiniGrid).

Nikulin et al., "XLand-MiniGrid: Scalable Meta-Reinforcement Learning Environments in JAX", 2024.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    EMPTY_CELL,
    P_DROP,
    R_BESIDE,
    R_HOLDS,
    USES_PRODUCTIONS,
)
from adaptarium.envs.grid.kernels.geometry import (
    cell_at,
    dx_of,
    dy_of,
    inside,
    level_map,
    seats_of,
    set_cell,
)
from adaptarium.envs.grid.kernels.task import matches


@kernel
def change_held(w, i, a, first, product):
    """What agent ``a`` holds becomes the product; 1 where it was such a thing."""
    agent = w.state.agents[i, a]
    held = int(agent.carrying)
    if held == 0 or not matches(held, first):
        return 0
    agent.carrying = 0 if product == EMPTY_CELL else product
    return 1


@kernel
def change_beside(w, i, a, first, product):
    """Every such thing next to agent ``a`` becomes the product; how many there were."""
    agent, changed = w.state.agents[i, a], 0
    for heading in range(4):
        x, y = agent.x + dx_of(heading), agent.y + dy_of(heading)
        if inside(level_map(w, i), x, y) and matches(cell_at(w, i, x, y), first):
            set_cell(w, i, x, y, product)
            changed += 1
    return changed


@kernel
def join_dropped(w, i, a, first, second, product):
    """What agent ``a`` has dropped and a thing next to it become the product; 1 where they do."""
    plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
    if plan.primitive != P_DROP or plan.held == 0 or agent.carrying != 0:
        return 0
    x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
    put = cell_at(w, i, x, y)
    for heading in range(4):
        ox, oy = x + dx_of(heading), y + dy_of(heading)
        if not inside(level_map(w, i), ox, oy):
            continue
        other = cell_at(w, i, ox, oy)
        straight = matches(put, first) and matches(other, second)
        if straight or (matches(put, second) and matches(other, first)):
            set_cell(w, i, ox, oy, EMPTY_CELL)
            set_cell(w, i, x, y, product)
            return 1
    return 0


@kernel
def apply(w, i, a, trigger, first, second, product, worth):
    """Let one production happen for agent ``a`` where its condition holds."""
    if trigger == R_HOLDS:
        times = change_held(w, i, a, first, product)
    elif trigger == R_BESIDE:
        times = change_beside(w, i, a, first, product)
    else:
        times = join_dropped(w, i, a, first, second, product)
    w.reward[i, a] += times * worth


@kernel
def produce(w, i):
    """Try the productions of the world and those of the level, in their order."""
    grid, rules = level_map(w, i), w.rules[i]
    own = rules.num_productions if rules.active & USES_PRODUCTIONS else 0
    if own == 0 and grid.num_productions == 0:
        return
    table = rules.productions
    for a in range(seats_of(w, i)):
        if not w.alive[i, a]:
            continue
        for j in range(own):
            trigger, first, second = table[j, 0], table[j, 1], table[j, 2]
            apply(w, i, a, trigger, first, second, table[j, 3], rules.production_worth[j])
        for j in range(grid.num_productions):
            one = w.levels.productions[w.core[i].level, j]
            apply(w, i, a, one.trigger, one.first, one.second, one.product, one.worth)
