"""Mechanic: what the step brought is told and paid, or kept for later."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import USES_QUEUE
from adaptarium.envs.core.compiling import kernel


@kernel
def forget_told(w, i):
    """Clear what the step before has told."""
    now = w.state.now[i, 0]
    for j in range(now.told):
        w.state.told[i, j].arm = 0
        w.state.told[i, j].payoff = 0.0
    now.told = 0


@kernel
def tell(w, i, arm, payoff):
    """Tell one result, of an arm's number plus one; only after a shift can there be no place."""
    now = w.state.now[i, 0]
    if now.told >= w.state.told.shape[1]:
        return
    result = w.state.told[i, now.told]
    result.arm = arm
    result.payoff = payoff
    now.told += 1


@kernel
def pay(w, i, arm, payoff):
    """Tell and pay one result."""
    tell(w, i, arm, payoff)
    w.reward[i, 0] += w.rules[i].payoff * payoff


@kernel
def keep(w, i, arm, payoff):
    """Keep a result until its batch is full and its delay over."""
    rules, now, time = w.rules[i], w.state.now[i, 0], w.core[i].elapsed
    result = w.state.queue[i, now.queued]
    result.arm = arm
    result.payoff = payoff
    result.due = (time // rules.batch + 1) * rules.batch - 1 + rules.delay
    now.queued += 1


@kernel
def deliver(w, i):
    """Tell the watched arm at once, and the pulled one when its time has come."""
    plan, now = w.scratch.plan[i, 0], w.state.now[i, 0]
    forget_told(w, i)
    if plan.watch >= 0:
        tell(w, i, plan.watch + 1, plan.watched)
    if plan.arm < 0:
        return
    now.held = plan.arm
    # The queue has room for every delay and batch that the batch was made for; where a shift left
    # older results in it, the newest may find it full.
    if w.rules[i].active & USES_QUEUE and now.queued < w.state.queue.shape[1]:
        keep(w, i, plan.arm + 1, plan.payoff)
    else:
        pay(w, i, plan.arm + 1, plan.payoff)
