"""Mechanics that change an open board: pressing, sliding, and operators with stated rules."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import V_APPLY, V_LEFT, V_PRESS, V_UP
from adaptarium.envs.puzzle.kernels.board import add_pattern, level_map, target_of_gap


@kernel
def press(w, i):
    """Add one to every cell of the pattern around the pressed one."""
    plan = w.scratch.plan[i, 0]
    if plan.verb == V_PRESS:
        add_pattern(w, i, w.core[i].level, w.state.board[i], plan.target, 1)


@kernel
def slide(w, i):
    """Move the gap; the tile that was there takes its place."""
    plan, counts, board = w.scratch.plan[i, 0], w.state.counts[i, 0], w.state.board[i]
    if plan.verb < V_UP or plan.verb > V_LEFT:
        return
    at = target_of_gap(w, i, plan.verb)
    board[counts.gap] = board[at]
    board[at] = 0
    counts.gap = at


@kernel
def operate(w, i, k, values, rule):
    """Every cell of ``values`` takes its source's value plus an amount, by a rule of the level."""
    grid, table, old = w.levels.map[k], w.levels.rules[k, rule], w.scratch.value[i]
    cells = grid.height * grid.width
    for cell in range(cells):
        old[cell] = values[cell]
    for cell in range(cells):
        source = min(max(table[cell, 0], 1), cells) - 1
        values[cell] = (old[source] + table[cell, 1]) % grid.colours


@kernel
def apply(w, i):
    """Apply an operator."""
    plan = w.scratch.plan[i, 0]
    if plan.verb == V_APPLY:
        operate(w, i, w.core[i].level, w.state.board[i], plan.target)


@kernel
def count_wrong(w, i):
    """How many cells differ from the goal."""
    grid, goal = level_map(w, i), w.levels.goal[w.core[i].level]
    wrong = 0
    for cell in range(grid.height * grid.width):
        wrong += w.state.board[i, cell] != goal[cell]
    return wrong


@kernel
def compare(w, i):
    """Count what is wrong now."""
    w.state.counts[i, 0].wrong = count_wrong(w, i)
