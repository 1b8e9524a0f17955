"""The start of an inner episode: the level's map and agents become the state."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import BALL, BOX, FOOD, MAX_DELAY, STATE_SHIFT
from adaptarium.envs.grid.kernels.haul import units


@kernel
def reset(w, i, k):
    """Copy level row ``k`` into the state of slot ``i``."""
    grid = w.levels.map[k]
    food, trash = 0, 0
    for j in range(grid.height * grid.width):
        cell = w.levels.cells[k, j]
        w.state.cells[i, j] = cell
        if cell & 0xFF == FOOD:
            food += int(cell >> STATE_SHIFT) & 0xFF
        elif cell & 0xFF == BALL or cell & 0xFF == BOX:
            trash += units(np.int64(cell))
    counts = w.state.counts[i, 0]
    counts.food = food
    counts.food_total = food
    counts.trash = trash
    counts.trash_total = trash
    counts.energy_total = w.rules[i].energy
    for a in range(w.reward.shape[1]):
        here = a < grid.num_agents
        w.alive[i, a] = here
        w.acting[i, a] = here
        start, agent = w.levels.agents[k, a], w.state.agents[i, a]
        agent.x = start.x
        agent.y = start.y
        agent.heading = start.heading
        agent.level = start.level
        agent.energy = w.rules[i].energy
        agent.carrying = 0
    for a in range(w.state.records.shape[1]):
        clear_record(w, i, a)
    for m in range(w.state.obstacles.shape[1]):
        w.state.obstacles[i, m].x = w.levels.obstacles[k, m].x
        w.state.obstacles[i, m].y = w.levels.obstacles[k, m].y
    metrics = w.metrics[i]
    metrics.success = 0
    metrics.hazards = 0
    metrics.moves = 0
    metrics.food = 0
    metrics.trash = 0
    metrics.caught = 0
    metrics.cleaned = 0
    metrics.sanctions = 0
    metrics.efficiency = 0.0
    metrics.equality = 0.0
    metrics.sustainability = 0.0
    metrics.peace = 0.0


@kernel
def clear_record(w, i, a):
    """Agent ``a`` has paid no fine, owes none and is not frozen."""
    record = w.state.records[i, a]
    record.frozen = 0
    record.paid = 0
    for step in range(MAX_DELAY):
        record.due[step] = 0
