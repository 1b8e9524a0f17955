"""What the agent sees: the board under its covers, the goal, the rules, and signals."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import below, observation_bits, unit
from adaptarium.envs.puzzle.codes import (
    CLOSED,
    COVERED,
    D_NOISE,
    D_NOISE_LAMP,
    D_NOISE_VALUE,
    DARK,
    FIRST_VALUE,
    FLAGGED,
    LIT,
    MARKED,
    MINE,
    MINE_SHOWN,
    NO_LAMP,
    OPEN,
    SHOWS_GOAL,
    USES_MINES,
    USES_NOISE,
)
from adaptarium.envs.puzzle.kernels.board import level_map


@kernel
def shown(w, i, cell):
    """The code of a cell as it is."""
    cover, value = w.state.cover[i, cell], w.state.board[i, cell]
    if cover == CLOSED:
        return MARKED if cell == level_map(w, i).mark else COVERED
    if cover != OPEN:
        return FLAGGED
    if w.rules[i].active & USES_MINES and value == MINE:
        return MINE_SHOWN
    return FIRST_VALUE + value


@kernel
def misread(w, i, purpose, where):
    """Whether the sensor fails at a place."""
    return unit(observation_bits(w, i, purpose, 0, where)) < w.rules[i].noise


@kernel
def see_cell(w, i, x, y):
    """The code of a cell as it is read."""
    grid = level_map(w, i)
    where = y << 8 | x
    if w.rules[i].active & USES_NOISE and misread(w, i, D_NOISE, where):
        bits = observation_bits(w, i, D_NOISE_VALUE, 0, where)
        return FIRST_VALUE + below(bits, max(grid.values, 1))
    return shown(w, i, y * grid.width + x)


@kernel
def see_rules(w, i, row):
    """The rules that the level states."""
    k, seen = w.core[i].level, w.obs.rules[row, 0]
    grid = w.levels.map[k]
    cells = grid.height * grid.width
    for rule in range(seen.shape[0]):
        for cell in range(seen.shape[1]):
            for part in range(2):
                there = rule < grid.rules and cell < cells
                seen[rule, cell, part] = w.levels.rules[k, rule, cell, part] if there else 0


@kernel
def see_lamp(w, i):
    """The lamp as it is read."""
    lamp = w.state.counts[i, 0].lamp
    if lamp != NO_LAMP and w.rules[i].active & USES_NOISE and misread(w, i, D_NOISE_LAMP, 0):
        return DARK + LIT - lamp
    return lamp


@kernel
def observe(w, i, row):
    """Write the observation of slot ``i`` into observation row ``row``."""
    grid, counts = level_map(w, i), w.state.counts[i, 0]
    board, goal, signals = w.obs.board[row, 0], w.obs.goal[row, 0], w.obs.signals[row, 0]
    wanted = w.levels.goal[w.core[i].level]
    for y in range(board.shape[0]):
        for x in range(board.shape[1]):
            on_board = x < grid.width and y < grid.height
            board[y, x] = see_cell(w, i, x, y) if on_board else 0
            told = on_board and w.rules[i].active & SHOWS_GOAL != 0
            goal[y, x] = FIRST_VALUE + wanted[y * grid.width + x] if told else 0
    see_rules(w, i, row)
    signals[0] = counts.wrong + counts.rest if w.rules[i].left_visible else 0
    signals[1] = see_lamp(w, i)
    signals[2] = w.core[i].first
