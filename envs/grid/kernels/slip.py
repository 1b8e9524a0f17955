"""Mechanic: a move may go sideways (FrozenLake's rule at slip = 2/3)."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import pick3
from adaptarium.envs.grid.codes import D_SLIP


@kernel
def slip(w, i):
    """Turn the heading of a move left or right with probability ``slip / 2`` each."""
    half = w.rules[i].slip * 0.5
    for a in range(w.reward.shape[1]):
        plan = w.scratch.agents[i, a]
        if plan.move < 0:
            continue
        side = pick3(w, i, half, half, D_SLIP, a, 0)
        if side == 1:
            plan.move = (plan.move + 3) & 3
        elif side == 2:
            plan.move = (plan.move + 1) & 3
