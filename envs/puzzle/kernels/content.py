"""The canonical content of a level: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold, mix

_SEED = np.uint64(0x70757A7A6C65)


@kernel
def content_hash(w, k):
    """A 64-bit hash of all that level row ``k`` holds but padding, time limits and names."""
    grid = w.levels.map[k]
    total = fold(fold(fold(_SEED, grid.height), grid.width), grid.rules)
    total = fold(fold(fold(total, grid.answer), grid.mark + 1), grid.colours)
    cells = grid.height * grid.width
    for cell in range(cells):
        total = fold(total, np.int64(w.levels.cells[k, cell]) << 8 | w.levels.goal[k, cell])
    for rule in range(grid.rules):
        table = w.levels.rules[k, rule]
        for cell in range(cells):
            total = fold(total, np.int64(table[cell, 0]) << 8 | table[cell, 1])
    return mix(fold(total, grid.values))
