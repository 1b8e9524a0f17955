"""Mechanic: what entering a tile is worth, and whether it ends the episode."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    FLOOR,
    FOOD,
    GOAL,
    GRASS_CELL,
    LAVA,
    OBSTACLE,
    STATE_SHIFT,
)
from adaptarium.envs.grid.kernels.geometry import cell_at, seats_of, set_cell
from adaptarium.envs.grid.kernels.tread import tread


@kernel
def eat(w, i, a):
    """Agent ``a`` eats the apple on which it stands; the sustainability of Perolat et al. (2017).

    It is the mean time at which an apple is eaten, as a share of the time limit.
    """
    agent, core, metrics = w.state.agents[i, a], w.core[i], w.metrics[i]
    set_cell(w, i, agent.x, agent.y, GRASS_CELL)
    metrics.food += 1
    when = (core.elapsed + 1) / core.limit
    metrics.sustainability += (when - metrics.sustainability) / metrics.food


@kernel
def enter_tile(w, i, a, cell):
    """Agent ``a`` enters ``cell``: reward, end, measures."""
    rules, core, tile = w.rules[i], w.core[i], cell & 0xFF
    value = rules.entry_reward[tile]
    if tile == GOAL:
        value *= 1.0 - rules.goal_decay * (core.elapsed + 1) / core.limit
        w.metrics[i].success = 1
    elif tile in (LAVA, OBSTACLE):
        w.metrics[i].hazards += 1
        if rules.supervised and w.state.counts[i, 0].watchers == 0:
            value = 0.0
    elif tile == FOOD:
        eat(w, i, a)
    elif tile == FLOOR:
        tread(w, i, a, (cell >> STATE_SHIFT) & 0xFF)
    w.reward[i, a] += value
    if rules.tile_ends[tile]:
        w.terminated[i, a] = True


@kernel
def arrive(w, i):
    """Settle where every agent now stands, and charge the step."""
    rules = w.rules[i]
    for a in range(seats_of(w, i)):
        if not w.alive[i, a]:
            continue
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        w.reward[i, a] -= rules.step_cost
        w.metrics[i].moves += plan.moved
        if plan.moved:
            enter_tile(w, i, a, cell_at(w, i, agent.x, agent.y))
        elif plan.hit:
            enter_tile(w, i, a, OBSTACLE)
