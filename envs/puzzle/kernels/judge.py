"""Mechanic: what the step was worth, and whether it ends the episode."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import NO_VERB


@kernel
def judge(w, i):
    """Pay for progress, success, failure, idleness and time."""
    plan, counts, rules = w.scratch.plan[i, 0], w.state.counts[i, 0], w.rules[i]
    core, metrics = w.core[i], w.metrics[i]
    left = counts.wrong + counts.rest
    metrics.left = left
    if counts.total > 0:
        w.reward[i, 0] += rules.progress * (plan.before - left) / counts.total
    w.reward[i, 0] -= rules.step_cost
    if plan.verb == NO_VERB:
        w.reward[i, 0] -= rules.idle_cost
    else:
        metrics.moves += 1
    if plan.failed:
        metrics.failures += 1
        w.reward[i, 0] -= rules.failure_cost
        if rules.failure_ends:
            w.terminated[i, 0] = True
    if left == 0:
        share = 1.0 - rules.solved_decay * (core.elapsed + 1) / core.limit
        w.reward[i, 0] += rules.solved * share
        metrics.success = 1
        w.terminated[i, 0] = True
