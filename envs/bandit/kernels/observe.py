"""What is seen: the last action, what was told, time and budget, and what a world adds."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import PAYOFF_LIMIT, USES_REVEAL
from adaptarium.envs.core.compiling import kernel


@kernel
def cut(value):
    """A payoff as far as the observation space goes."""
    return min(max(value, -PAYOFF_LIMIT), PAYOFF_LIMIT)


@kernel
def show_feedback(w, i, row):
    """The results of the last step, in the order in which they were told."""
    hidden = w.rules[i].one_sided
    for j in range(w.obs.feedback.shape[2] // 2):
        arm, payoff = 0, 0.0
        if j < w.state.now[i, 0].told:
            arm, payoff = w.state.told[i, j].arm, w.state.told[i, j].payoff
        if hidden and arm == 1:
            arm, payoff = 0, 0.0
        w.obs.feedback[row, 0, 2 * j] = arm
        w.obs.feedback[row, 0, 2 * j + 1] = cut(payoff)


@kernel
def show_signals(w, i, row):
    """Start of an inner episode, share of its time gone, budget left, discount."""
    core, now = w.core[i], w.state.now[i, 0]
    signals = w.obs.signals[row, 0]
    signals[0] = core.first
    signals[1] = core.elapsed / core.limit
    signals[2] = now.budget / now.budget_total if now.budget_total > 0 else 0.0
    between = core.first and core.inner > 0
    signals[3] = w.rules[i].credit if between else 1.0


@kernel
def show_context(w, i, row):
    """The features of the present context, as far as the level has any."""
    k = w.core[i].level
    features = w.levels.head[k].num_features
    for j in range(w.obs.context.shape[2]):
        shown = w.levels.contexts[k, w.state.now[i, 0].context, j] if j < features else 0.0
        w.obs.context[row, 0, j] = shown


@kernel
def show_arms(w, i, row):
    """Tallies and means, zero where they are not kept."""
    rules = w.rules[i]
    for b in range(w.obs.tallies.shape[2] // 2):
        count, total = w.state.tallies[i, b, 0], w.state.tallies[i, b, 1]
        if count == 0.0 or rules.memory == 0 or (b == 0 and rules.one_sided):
            count, total = 0.0, 0.0
        w.obs.tallies[row, 0, 2 * b] = count
        w.obs.tallies[row, 0, 2 * b + 1] = cut(total / count) if count > 0.0 else 0.0
    for b in range(w.obs.means.shape[2]):
        shown = w.state.means[i, b] if rules.active & USES_REVEAL else 0.0
        w.obs.means[row, 0, b] = cut(shown)


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of slot ``i``."""
    w.obs.last_action[row, 0] = w.state.now[i, 0].last
    show_feedback(w, i, row)
    show_signals(w, i, row)
    show_context(w, i, row)
    show_arms(w, i, row)
