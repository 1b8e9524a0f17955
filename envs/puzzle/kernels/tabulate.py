"""What presses and the lamp make of every setting, for the solver of hidden rules."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.puzzle.codes import LIT
from adaptarium.envs.puzzle.kernels.board import add_pattern
from adaptarium.envs.puzzle.kernels.probe import lamp_of


def tabulate(w, k, lit, after):
    """What the kernel makes of every setting, a bit a switch.

    ``lit[rule, setting]`` is 1 where the lamp would be lit, ``after[press, setting]`` the setting
    that a press leads to.
    """
    grid, values = w.levels.map[k], w.scratch.value[0]
    cells = grid.height * grid.width
    for setting in range(lit.shape[1]):
        for press in range(cells + 1):
            for cell in range(cells):
                values[cell] = setting >> cell & 1
            if press < cells:
                add_pattern(w, 0, k, values, press, 1)
                found = 0
                for cell in range(cells):
                    found |= np.int64(values[cell]) << cell
                after[press, setting] = found
            else:
                for rule in range(grid.rules):
                    lit[rule, setting] = lamp_of(w, 0, k, values, rule) == LIT
