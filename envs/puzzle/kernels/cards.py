"""Mechanics of memory cards: turning two up, and down again where they do not match."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.puzzle.codes import CLOSED, D_SWAP, OPEN, V_FLIP


@kernel
def turn_down(w, i):
    """Two cards that did not match are turned down, and may change places unseen."""
    counts, board, cover = w.state.counts[i, 0], w.state.board[i], w.state.cover[i]
    if counts.second < 0:
        return
    if chance(w, i, w.rules[i].swap, D_SWAP, 0, 0):
        value = board[counts.up]
        board[counts.up] = board[counts.second]
        board[counts.second] = value
    cover[counts.up] = CLOSED
    cover[counts.second] = CLOSED
    counts.up = -1
    counts.second = -1


@kernel
def flip(w, i):
    """Turn a card up; two equal ones stay."""
    plan, counts, board = w.scratch.plan[i, 0], w.state.counts[i, 0], w.state.board[i]
    if plan.verb != V_FLIP:
        return
    w.state.cover[i, plan.target] = OPEN
    if counts.up < 0:
        counts.up = plan.target
    elif board[counts.up] == board[plan.target]:
        counts.up = -1
        counts.rest -= 1
    else:
        counts.second = plan.target
        w.reward[i, 0] -= w.rules[i].mismatch_cost
