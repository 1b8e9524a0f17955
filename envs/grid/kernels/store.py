"""Mechanic: crates that belong onto targets (Sokoban, Hiroyuki Imabayashi, Thinking Rabbit 1982).

The episode ends in success once every crate stands on a target.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.kernels.geometry import seats_of


@kernel
def store(w, i):
    """Pay for crates pushed onto or off targets, and end the episode with the last one."""
    counts, rules, core = w.state.counts[i, 0], w.rules[i], w.core[i]
    if counts.targets == 0:
        return
    for a in range(seats_of(w, i)):
        if not w.alive[i, a]:
            continue
        w.reward[i, a] += rules.stored * w.scratch.agents[i, a].stored
        if counts.loose == 0:
            decay = 1.0 - rules.goal_decay * (core.elapsed + 1) / core.limit
            w.reward[i, a] += rules.task_reward * decay
            w.terminated[i, a] = True
            w.metrics[i].success = 1
