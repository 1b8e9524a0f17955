"""Mechanics of a mine field: revealing, the first click, and flags."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import (
    AS_IS,
    CLOSED,
    MINE,
    OPEN,
    OPENING,
    V_FLAG,
    V_REVEAL,
    WITH_FLAG,
)
from adaptarium.envs.puzzle.kernels.board import level_map, near


@kernel
def count_mines(w, i, k, values, cell):
    """How many of the cells around ``cell`` hold a mine."""
    found = 0
    for direction in range(8):
        at = near(w, i, k, cell, direction)
        found += at >= 0 and values[at] == MINE
    return found


@kernel
def number_field(w, i, k, values):
    """Write into every cell of ``values`` without a mine how many there are beside it."""
    grid = w.levels.map[k]
    for cell in range(grid.height * grid.width):
        if values[cell] != MINE:
            values[cell] = count_mines(w, i, k, values, cell)


@kernel
def is_around(w, i, cell, centre):
    """Whether ``cell`` is ``centre`` or one of the eight around it."""
    if cell == centre:
        return True
    for direction in range(8):
        if near(w, i, w.core[i].level, centre, direction) == cell:
            return True
    return False


@kernel
def move_mine(w, i, cell, centre):
    """Move a mine to the first free cell that is not around ``centre``; False where none is."""
    grid, board = level_map(w, i), w.state.board[i]
    for at in range(grid.height * grid.width):
        if board[at] != MINE and not is_around(w, i, at, centre):
            board[at] = MINE
            board[cell] = 0
            return True
    return False


@kernel
def first_click(w, i):
    """The first cell revealed is made safe, as the rule says (Microsoft's moves the mine away)."""
    plan, counts = w.scratch.plan[i, 0], w.state.counts[i, 0]
    if plan.verb != V_REVEAL or counts.opened:
        return
    counts.opened = 1
    rule, board = w.rules[i].first_click, w.state.board[i]
    if rule == AS_IS:
        return
    moved = board[plan.target] == MINE and move_mine(w, i, plan.target, plan.target)
    if rule == OPENING:
        for direction in range(8):
            at = near(w, i, w.core[i].level, plan.target, direction)
            if at >= 0 and board[at] == MINE:
                moved = move_mine(w, i, at, plan.target) or moved
    if moved:
        number_field(w, i, w.core[i].level, board)


@kernel
def reveal(w, i):
    """Open a cell; an empty one opens those around it, and so on."""
    plan, counts, board = w.scratch.plan[i, 0], w.state.counts[i, 0], w.state.board[i]
    if plan.verb != V_REVEAL:
        return
    cover, queue = w.state.cover[i], w.scratch.queue[i]
    cover[plan.target] = OPEN
    if board[plan.target] == MINE:
        plan.failed = 1
        return
    counts.rest -= 1
    queue[0] = plan.target
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        if board[cell] != 0 or not w.rules[i].cascade:
            continue
        for direction in range(8):
            at = near(w, i, w.core[i].level, cell, direction)
            if at >= 0 and cover[at] == CLOSED:
                cover[at] = OPEN
                counts.rest -= 1
                queue[tail] = at
                tail += 1


@kernel
def flag(w, i):
    """Put a flag on a covered cell, or take it away; a cell with a flag cannot be revealed."""
    plan, cover = w.scratch.plan[i, 0], w.state.cover[i]
    if plan.verb == V_FLAG:
        cover[plan.target] = CLOSED if cover[plan.target] == WITH_FLAG else WITH_FLAG
