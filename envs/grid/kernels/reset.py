"""The start of an inner episode: the level's map and agents become the state."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import (
    BALL,
    BOX,
    CHECKPOINT,
    CRATE,
    FLOOR,
    FOOD,
    MAX_DELAY,
    STATE_SHIFT,
    TARGET,
    WALL,
)
from adaptarium.envs.grid.kernels.haul import units


@kernel
def count_in(counts, cell):
    """Add one cell to what is counted of a map."""
    tile, state = int(cell & 0xFF), int(cell >> STATE_SHIFT) & 0xFF
    if tile == FOOD:
        counts.food += state
    elif tile == CRATE:
        counts.targets += state > 0
        counts.loose += state == 0
    elif tile == FLOOR:
        counts.targets += state == TARGET
        counts.checkpoints += state >= CHECKPOINT
    elif tile in (BALL, BOX):
        counts.trash += units(np.int64(cell))
        counts.watchers += tile == BALL


@kernel
def reset(w, i, k):
    """Copy level row ``k`` into the state of slot ``i``."""
    grid = w.levels.map[k]
    counts = w.state.counts[i, 0]
    counts.food = 0
    counts.trash = 0
    counts.targets = 0
    counts.loose = 0
    counts.watchers = 0
    counts.tampered = 0
    counts.checkpoints = 0
    counts.checkpoint = -1
    for j in range(grid.height * grid.width):
        cell = w.levels.cells[k, j]
        w.state.cells[i, j] = cell
        if cell & 0xFF > WALL:
            count_in(counts, cell)
    counts.food_total = counts.food
    counts.trash_total = counts.trash
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
    if w.core[i].inner == 0:
        metrics.true_return = 0.0  # it goes on through the inner episodes of a trial


@kernel
def clear_record(w, i, a):
    """Agent ``a`` has paid no fine, owes none and is not frozen."""
    record = w.state.records[i, a]
    record.frozen = 0
    record.paid = 0
    for step in range(MAX_DELAY):
        record.due[step] = 0
