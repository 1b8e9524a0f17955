"""What every arm pays on average now: kept in the state, and made anew where it changes."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import USES_RECHARGE, USES_RESTLESS
from adaptarium.envs.bandit.kernels.dynamics import output_of
from adaptarium.envs.core.compiling import kernel


@kernel
def by_switches(w, i, k, b, arm):
    """The mean that the steps since the arm's last switch leave, or its plain one."""
    since = w.state.arms[i, b].since
    if since > 0 and arm.num_recharge > 0:
        return w.levels.recharge[k, w.state.arms[i, b].identity, since - 1]
    if since < 0 and arm.num_satiation > 0:
        return w.levels.satiation[k, w.state.arms[i, b].identity, -since - 1]
    return arm.mean


@kernel
def mean_of(w, i, k, b):
    """The mean of the arm with number ``b``."""
    active, state = w.rules[i].active, w.state.arms[i, b]
    arm = w.levels.arms[k, state.identity]
    value = arm.mean
    if active & USES_RECHARGE:
        value = by_switches(w, i, k, b, arm)
    if active & USES_RESTLESS and not state.good:
        value = arm.low
    row = w.state.now[i, 0].context
    for j in range(w.levels.head[k].num_features):
        value += w.state.coefficients[i, b, j] * w.levels.contexts[k, row, j]
    return value


@kernel
def set_means(w, i):
    """Find the mean of every arm, and the highest."""
    k = w.core[i].level
    common = output_of(w, i, k)
    best = mean_of(w, i, k, 0) + common
    for b in range(w.levels.head[k].num_arms):
        w.state.means[i, b] = mean_of(w, i, k, b) + common
        best = max(best, w.state.means[i, b])
    w.state.now[i, 0].best = best


@kernel
def follow(w, i):
    """Mechanic: where something moves the means, or did so before a shift, find them anew."""
    now = w.state.now[i, 0]
    moving = w.rules[i].active & (USES_RECHARGE | USES_RESTLESS) != 0
    moving = moving or now.contexts > 0 or now.hidden > 0
    if moving or now.moved:
        set_means(w, i)
        now.moved = moving


@kernel
def expected(w, i, mean):
    """The expected payoff of an arm with this mean: a probability is cut to [0, 1]."""
    return mean if w.rules[i].gaussian else min(max(mean, 0.0), 1.0)
