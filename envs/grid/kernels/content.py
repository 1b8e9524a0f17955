"""The canonical content of a level: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold, mix
from adaptarium.envs.grid.codes import LOW_BYTES, RULE_PARTS, SECRET

_SEED = np.uint64(0x6C6576656C)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@kernel
def content_hash(w, k):
    """A 64-bit hash of size, cells, agents, obstacles, task and rules of level row ``k``.

    Padding, time limits and names do not count. How a mission is put counts where it goes with a
    task; to reach the goal is the same whatever it is called. Cells enter by a sum of
    position-keyed mixes: the terms are independent, so the processor overlaps them.
    """
    grid = w.levels.map[k]
    total = fold(fold(_SEED, grid.height), grid.width)
    for j in range(grid.height * grid.width):
        cell = np.int64(w.levels.cells[k, j]) & (LOW_BYTES | SECRET)
        total += mix(np.uint64(cell | (j + 1) << 32) * _SPREAD)
    for a in range(grid.num_agents):
        start = w.levels.agents[k, a]
        total = fold(fold(total, start.x), start.y)
        total = fold(fold(total, start.heading), start.level)
    for m in range(grid.num_obstacles):
        point = w.levels.obstacles[k, m]
        total = fold(fold(total, point.x), point.y)
    if grid.num_clauses > 0:
        total = fold(fold(fold(total, grid.mission), grid.noun), grid.other)
    for c in range(grid.num_clauses):
        clause = w.levels.clauses[k, c]
        total = fold(fold(fold(total, clause.condition), clause.what), clause.outcome)
        total = fold(fold(total, clause.x), clause.y)
    for j in range(grid.num_productions):
        for part in range(RULE_PARTS):
            total = fold(total, w.levels.productions[k, j, part])
        total = fold(total, w.levels.worths[k, j])
    return mix(total)
