"""The start of an inner episode: the level's board becomes the state."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import (
    CLOSED,
    MINE,
    NO_LAMP,
    OPEN,
    USES_ANSWER,
    USES_CARDS,
    USES_GOAL,
    USES_MINES,
    USES_SLIDE,
)
from adaptarium.envs.puzzle.kernels.change import count_wrong
from adaptarium.envs.puzzle.kernels.mines import number_field
from adaptarium.envs.puzzle.kernels.probe import light


@kernel
def lay_out(w, i, k):
    """Copy the cells of level row ``k``; returns how many of them are covered and to be found."""
    grid, active = w.levels.map[k], w.rules[i].active
    hidden = 0
    for cell in range(grid.height * grid.width):
        value = w.levels.cells[k, cell]
        w.state.board[i, cell] = value
        w.state.cover[i, cell] = OPEN
        if active & USES_CARDS and value > 0:
            w.state.cover[i, cell] = CLOSED
            hidden += 1
        if active & USES_MINES:
            w.state.cover[i, cell] = CLOSED
            w.state.board[i, cell] = MINE if value == 1 else 0
            hidden += value != 1
    return hidden


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    active, counts, grid = w.rules[i].active, w.state.counts[i, 0], w.levels.map[k]
    hidden = lay_out(w, i, k)
    counts.gap = -1
    counts.up = -1
    counts.second = -1
    counts.opened = 0
    counts.wrong = 0
    counts.rest = 0
    counts.lamp = NO_LAMP
    if active & USES_SLIDE:
        for cell in range(grid.height * grid.width):
            if w.levels.cells[k, cell] == 0 and counts.gap < 0:
                counts.gap = cell
    if active & USES_MINES:
        number_field(w, i, k, w.state.board[i])
        counts.rest = hidden
    elif active & USES_CARDS:
        counts.rest = hidden // 2
    if active & USES_GOAL:
        counts.wrong = count_wrong(w, i)
    if active & USES_ANSWER and grid.rules > 0:
        light(w, i)
        counts.rest += 1
    counts.total = counts.wrong + counts.rest
    w.alive[i, 0] = 1
    w.acting[i, 0] = 1
    metrics = w.metrics[i]
    metrics.success = 0
    metrics.failures = 0
    metrics.moves = 0
    metrics.left = counts.total
