"""Mechanic: pulls and switches have a price."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def costs(w, i):
    """Pay for the pull, and for leaving the arm that was held; the first pull switches nothing."""
    plan, held = w.scratch.plan[i, 0], w.state.now[i, 0].held
    if plan.arm < 0:
        return
    w.reward[i, 0] -= w.rules[i].pull_cost
    if held >= 0 and held != plan.arm:
        w.reward[i, 0] -= w.rules[i].switch_cost
