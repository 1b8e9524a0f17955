"""Mechanic: the pulled arm pays, and the measures take note."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import D_NOISE, D_PAYOFF, USES_DECLARE
from adaptarium.envs.bandit.kernels.means import expected
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.core.noise import dynamics_normal


@kernel
def paid_by(w, i, b, mean):
    """What arm ``b`` pays at this step if it is pulled: the same whoever asks, and how often."""
    rules = w.rules[i]
    if not rules.gaussian:
        return 1.0 if chance(w, i, mean, D_PAYOFF, 0, b) else 0.0
    arm = w.levels.arms[w.core[i].level, w.state.arms[i, b].identity]
    spread = rules.noise * arm.spread
    return mean + spread * dynamics_normal(w, i, D_NOISE, 0, b) if spread > 0.0 else mean


@kernel
def measure(w, i, mean):
    """Count a pull of an arm with this mean."""
    metrics = w.metrics[i]
    lost = expected(w, i, w.state.now[i, 0].best) - expected(w, i, mean)
    metrics.pulls += 1
    metrics.regret += lost
    metrics.best_pulls += lost <= 0.0
    if not w.rules[i].active & USES_DECLARE:
        metrics.success = 2 * metrics.best_pulls > metrics.pulls


@kernel
def payoff(w, i):
    """Draw what the pulled arm pays."""
    plan = w.scratch.plan[i, 0]
    if plan.arm < 0:
        return
    mean = w.state.means[i, plan.arm]
    plan.payoff = paid_by(w, i, plan.arm, mean)
    measure(w, i, mean)
    now = w.state.now[i, 0]
    w.metrics[i].switches += now.held >= 0 and now.held != plan.arm
