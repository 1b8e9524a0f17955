"""Mechanic: production rules, by which things become other things (XLand-MiniGrid).

Nikulin et al., "XLand-MiniGrid: Scalable Meta-Reinforcement Learning Environments in JAX", 2024.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    ANY_COLOUR,
    COLOUR_SHIFT,
    EMPTY,
    EMPTY_CELL,
    P_DROP,
    PORTABLE,
    R_BESIDE,
    R_HOLDS,
    SOLID,
    USES_PRODUCTIONS,
    WORTH_UNITS,
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


@kernel
def fits(cell, tile, colour):
    """Whether a packed cell is a thing of this tile and colour."""
    return cell & 0xFF == tile and (colour == ANY_COLOUR or (cell >> COLOUR_SHIFT) & 0xFF == colour)


@kernel
def product_of(row):
    """The packed cell that a production makes."""
    tile, colour = int(row[5]), int(row[6])
    if tile == EMPTY:
        return EMPTY_CELL
    return tile | colour << COLOUR_SHIFT | SOLID | PORTABLE


@kernel
def change_held(w, i, a, row):
    """What agent ``a`` holds becomes the product; 1 where it was such a thing."""
    agent = w.state.agents[i, a]
    held = int(agent.carrying)
    if held == 0 or not fits(held, row[1], row[2]):
        return 0
    product = product_of(row)
    agent.carrying = 0 if product == EMPTY_CELL else product
    return 1


@kernel
def change_beside(w, i, a, row):
    """Every such thing next to agent ``a`` becomes the product; how many there were."""
    agent, changed = w.state.agents[i, a], 0
    for heading in range(4):
        x, y = agent.x + dx_of(heading), agent.y + dy_of(heading)
        if inside(level_map(w, i), x, y) and fits(cell_at(w, i, x, y), row[1], row[2]):
            set_cell(w, i, x, y, product_of(row))
            changed += 1
    return changed


@kernel
def join_dropped(w, i, a, row):
    """What agent ``a`` has dropped and a thing next to it become the product; 1 where they do."""
    plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
    if plan.primitive != P_DROP or plan.held == 0 or agent.carrying != 0:
        return 0
    x, y = agent.x + dx_of(agent.heading), agent.y + dy_of(agent.heading)
    put = cell_at(w, i, x, y)
    first, second = fits(put, row[1], row[2]), fits(put, row[3], row[4])
    for heading in range(4):
        ox, oy = x + dx_of(heading), y + dy_of(heading)
        if not inside(level_map(w, i), ox, oy):
            continue
        other = cell_at(w, i, ox, oy)
        straight = first and fits(other, row[3], row[4])
        if straight or (second and fits(other, row[1], row[2])):
            set_cell(w, i, ox, oy, EMPTY_CELL)
            set_cell(w, i, x, y, product_of(row))
            return 1
    return 0


@kernel
def apply(w, i, a, row, worth):
    """Let one production happen for agent ``a`` where its condition holds."""
    if row[0] == R_HOLDS:
        times = change_held(w, i, a, row)
    elif row[0] == R_BESIDE:
        times = change_beside(w, i, a, row)
    else:
        times = join_dropped(w, i, a, row)
    w.reward[i, a] += times * (worth / WORTH_UNITS)


@kernel
def produce(w, i):
    """Try the productions of the world and those of the level, in their order."""
    grid, rules, k = level_map(w, i), w.rules[i], w.core[i].level
    own = rules.num_productions if rules.active & USES_PRODUCTIONS else 0
    if own == 0 and grid.num_productions == 0:
        return
    for a in range(seats_of(w, i)):
        if not w.alive[i, a]:
            continue
        for j in range(own):
            apply(w, i, a, rules.productions[j], rules.worths[j])
        for j in range(grid.num_productions):
            apply(w, i, a, w.levels.productions[k, j], w.levels.worths[k, j])
