"""Mechanic: an extra observation, of an arm that is not pulled."""

from __future__ import annotations

from adaptarium.envs.bandit.kernels.payoff import paid_by
from adaptarium.envs.core.compiling import kernel


@kernel
def watch(w, i):
    """Draw what the watched arm would have paid, and take it from the budget."""
    plan = w.scratch.plan[i, 0]
    if plan.watch >= 0:
        plan.watched = paid_by(w, i, plan.watch, w.state.means[i, plan.watch])
        w.state.now[i, 0].budget -= 1
