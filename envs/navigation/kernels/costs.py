"""Mechanic: steps, bumps and effort have a price."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def costs(w, i):
    """Charge everyone in play."""
    rules = w.rules[i]
    for a in range(w.state.now[i, 0].num_agents):
        if not w.alive[i, a]:
            continue
        x, y = float(w.actions[i, a, 0]), float(w.actions[i, a, 1])
        w.reward[i, a] -= rules.step_cost + rules.effort_cost * 0.5 * (x * x + y * y)
        if w.scratch.plan[i, a].bumped:
            w.reward[i, a] -= rules.bump_cost
