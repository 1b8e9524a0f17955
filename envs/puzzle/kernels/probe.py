"""Mechanics of a hidden rule: the lamp that answers for it, and the agent's own answer."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import ALL, ANY, DARK, LIT, V_ANSWER
from adaptarium.envs.puzzle.kernels.board import level_map


@kernel
def lamp_of(w, i, k, values, rule):
    """What the lamp shows for the switches ``values`` if ``rule`` of level row ``k`` holds."""
    grid, table = w.levels.map[k], w.levels.rules[k, rule]
    asked, met = 0, 0
    for cell in range(grid.height * grid.width):
        condition = table[cell, 0]
        if condition > 0:
            asked += 1
            met += (values[cell] > 0) == (condition == 2)
    logic = w.rules[i].logic
    if logic == ALL:
        return LIT if met == asked else DARK
    if logic == ANY:
        return LIT if met > 0 else DARK
    return LIT if met % 2 == 1 else DARK


@kernel
def light(w, i):
    """Show what the hidden rule says of the switches as they are now."""
    k = w.core[i].level
    rule = w.levels.map[k].answer
    w.state.counts[i, 0].lamp = lamp_of(w, i, k, w.state.board[i], rule)


@kernel
def answer(w, i):
    """Name the hidden rule."""
    plan, counts = w.scratch.plan[i, 0], w.state.counts[i, 0]
    if plan.verb != V_ANSWER:
        return
    if plan.target == level_map(w, i).answer:
        counts.rest -= 1
    else:
        plan.failed = 1
