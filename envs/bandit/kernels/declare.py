"""Mechanic: declaring the best arm ends the inner episode."""

from __future__ import annotations

from adaptarium.envs.bandit.kernels.means import expected
from adaptarium.envs.core.compiling import kernel


@kernel
def declare(w, i):
    """Pay for the right arm, any of the best ones, or charge for a wrong one."""
    arm = w.scratch.plan[i, 0].declared
    if arm < 0:
        return
    mean, best = w.state.means[i, arm], w.state.now[i, 0].best
    right = expected(w, i, mean) >= expected(w, i, best)
    w.reward[i, 0] += w.rules[i].declared if right else -w.rules[i].mistaken
    w.metrics[i].success = right
    w.terminated[i, 0] = True
