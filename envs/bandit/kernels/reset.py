"""The start of an inner episode: the instance becomes the state."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import D_SHUFFLE, MEMORY_TRIAL
from adaptarium.envs.bandit.kernels.means import set_means
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, below, bits_at


@kernel
def shuffle(w, i, count):
    """Give the arms their numbers anew; while a solver scripts chance they keep them.

    The optimum under full information does not depend on numbers.
    """
    if w.core[i].scripted:
        return
    for b in range(count - 1, 0, -1):
        where = address(D_SHUFFLE, 0, b)
        other = below(bits_at(w.core[i].key_dynamics, w.core[i].clock, where), b + 1)
        taken = w.state.arms[i, b].identity
        w.state.arms[i, b].identity = w.state.arms[i, other].identity
        w.state.arms[i, other].identity = taken


@kernel
def clear(result):
    """Make a place of the queue, or of what was told, empty."""
    result.arm = 0
    result.payoff = 0.0
    result.due = 0


@kernel
def begin_now(w, i, k):
    """What is not an arm's own. What the last step told outlives an inner episode's end."""
    now, rules, head = w.state.now[i, 0], w.rules[i], w.levels.head[k]
    now.num_arms = head.num_arms
    now.contexts = head.num_contexts
    now.hidden = head.num_hidden
    now.moved = 0
    if w.core[i].inner == 0:
        for j in range(w.state.told.shape[1]):
            clear(w.state.told[i, j])
        now.told = 0
        now.last = 0
    for j in range(w.state.queue.shape[1]):
        clear(w.state.queue[i, j])
    now.queued = 0
    now.held = -1
    now.context = 0
    now.budget_total = rules.extra_observations if rules.watch else 0
    now.budget = now.budget_total


@kernel
def begin_arms(w, i, k):
    """Every arm as the level has it, and nothing kept in the places beyond."""
    head, keeps = w.levels.head[k], w.rules[i].memory == MEMORY_TRIAL and w.core[i].inner > 0
    for b in range(w.state.tallies.shape[1]):
        w.state.arms[i, b].identity = b if b < head.num_arms else 0
        w.state.means[i, b] = 0.0
        if not keeps:
            w.state.tallies[i, b, 0] = 0.0
            w.state.tallies[i, b, 1] = 0.0
    if w.rules[i].shuffled:
        shuffle(w, i, head.num_arms)
    for b in range(head.num_arms):
        state = w.state.arms[i, b]
        state.good = w.levels.arms[k, state.identity].good
        state.since = 1
        for j in range(head.num_features):
            w.state.coefficients[i, b, j] = w.levels.coefficients[k, state.identity, j]


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    w.alive[i, 0] = 1
    w.acting[i, 0] = 1
    begin_now(w, i, k)
    begin_arms(w, i, k)
    for j in range(w.state.hidden.shape[1]):
        w.state.hidden[i, j] = 0.0
    set_means(w, i)
    metrics = w.metrics[i]
    metrics.regret = 0.0
    metrics.success = 0
    metrics.pulls = 0
    metrics.best_pulls = 0
    metrics.switches = 0
