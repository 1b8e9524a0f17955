"""Mechanics: apples grow back on grass, and rain soils the water that they need.

An apple grows back the likelier the more apples stand around (Perolat et al., A multi-agent
reinforcement learning model of common-pool resource appropriation, NeurIPS 2017), and the slower
the more of the water is soiled (Hughes et al., Inequity aversion improves cooperation in
intertemporal social dilemmas, NeurIPS 2018).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.grid.codes import (
    APPLE_CELL,
    D_GROWTH,
    D_RAIN,
    D_RAIN_PLACE,
    GRASS_CELL,
    MAX_REGROWTH,
    SOILED_CELL,
    WATER_CELL,
)
from adaptarium.envs.grid.kernels.geometry import agent_at, cell_at, inside, level_map, set_cell


@kernel
def count_cells(w, i, cell):
    """How many cells of the map are ``cell``."""
    grid, found = level_map(w, i), 0
    for y in range(grid.height):
        for x in range(grid.width):
            found += cell_at(w, i, x, y) == cell
    return found


@kernel
def apples_around(w, i, x, y):
    """How many apples stand within the radius of (x, y)."""
    grid, radius, found = level_map(w, i), w.rules[i].radius, 0
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dx * dx + dy * dy <= radius * radius and inside(grid, x + dx, y + dy):
                found += cell_at(w, i, x + dx, y + dy) == APPLE_CELL
    return found


@kernel
def clean_share(w, i, clean, soiled):
    """1 where all water is clean, falling to 0 at the limit of pollution."""
    if soiled == 0:
        return 1.0
    return max(1.0 - soiled / ((clean + soiled) * w.rules[i].pollution_limit), 0.0)


@kernel
def grow(w, i):
    """Rain first; then each grass cell without an agent may bear an apple again.

    All chances are those of the step's beginning: what has just grown helps nothing to grow. So
    that order does not count, growing cells are marked first.
    """
    grid, rules = level_map(w, i), w.rules[i]
    clean, soiled = count_cells(w, i, WATER_CELL), count_cells(w, i, SOILED_CELL)
    share = clean_share(w, i, clean, soiled)
    for y in range(grid.height):
        for x in range(grid.width):
            at = y * grid.width + x
            w.scratch.marks[i, at] = 0
            if cell_at(w, i, x, y) != GRASS_CELL or agent_at(w, i, x, y) >= 0:
                continue
            around = min(apples_around(w, i, x, y), MAX_REGROWTH - 1)
            w.scratch.marks[i, at] = chance(w, i, rules.regrowth[around] * share, D_GROWTH, 0, at)
    apples = 0
    for y in range(grid.height):
        for x in range(grid.width):
            if w.scratch.marks[i, y * grid.width + x]:
                set_cell(w, i, x, y, APPLE_CELL)
            apples += cell_at(w, i, x, y) == APPLE_CELL
    rains = clean > 0 and share > 0.0 and chance(w, i, rules.pollution, D_RAIN, 0, 0)
    if rains:
        soil(w, i, choose(w, i, clean, D_RAIN_PLACE, 0, 0))
    w.metrics[i].success = apples > 0


@kernel
def soil(w, i, n):
    """Soil the ``n``-th cell of clean water, in reading order."""
    grid = level_map(w, i)
    for y in range(grid.height):
        for x in range(grid.width):
            if cell_at(w, i, x, y) == WATER_CELL:
                if n == 0:
                    set_cell(w, i, x, y, SOILED_CELL)
                n -= 1
