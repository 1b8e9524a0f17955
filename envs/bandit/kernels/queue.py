"""Mechanic: delayed and batched feedback. A payoff is paid when it is told."""

from __future__ import annotations

from adaptarium.envs.bandit.kernels.deliver import pay
from adaptarium.envs.core.compiling import kernel


@kernel
def queue(w, i):
    """Tell and pay the results that are due; all of them when the inner episode ends."""
    now, core = w.state.now[i, 0], w.core[i]
    if now.queued == 0:
        return
    last = w.terminated[i, 0] or core.elapsed + 1 >= core.limit
    count = 0
    while count < now.queued and (last or w.state.queue[i, count].due <= core.elapsed):
        result = w.state.queue[i, count]
        pay(w, i, result.arm, result.payoff)
        count += 1
    if count > 0:
        drop(w, i, count)


@kernel
def drop(w, i, count):
    """Take the first results out of the queue."""
    now = w.state.now[i, 0]
    rest = now.queued - count
    for j in range(now.queued):
        result = w.state.queue[i, j]
        if j < rest:
            later = w.state.queue[i, j + count]
            result.arm = later.arm
            result.payoff = later.payoff
            result.due = later.due
        else:
            result.arm = 0
            result.payoff = 0.0
            result.due = 0
    now.queued = rest
