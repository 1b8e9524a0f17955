"""Mechanics: what the agent means to do, and what slips in instead."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.puzzle.codes import D_SLIP, D_SLIP_ACTION, NO_VERB
from adaptarium.envs.puzzle.kernels.board import decode, num_actions


@kernel
def intent(w, i):
    """Decode the action; a number that is none, or not valid, does nothing."""
    counts, plan = w.state.counts[i, 0], w.scratch.plan[i, 0]
    decode(w, i, w.actions[i, 0])
    plan.before = counts.wrong + counts.rest
    plan.failed = 0


@kernel
def slip(w, i):
    """A random valid action takes the place of the chosen one, with probability ``slip``."""
    if not chance(w, i, w.rules[i].slip, D_SLIP, 0, 0):
        return
    plan, count, valid = w.scratch.plan[i, 0], num_actions(w, i), 0
    for action in range(count):
        decode(w, i, action)
        valid += plan.verb != NO_VERB
    wanted = choose(w, i, valid, D_SLIP_ACTION, 0, 0)
    for action in range(count):
        decode(w, i, action)
        if plan.verb != NO_VERB:
            if wanted == 0:
                return
            wanted -= 1
