"""Mechanic: the social measures of an episode.

Efficiency is the reward of all agents a step, equality is 1 less the Gini coefficient of the
agents' returns (losses count as nothing), sustainability is the mean time at which an apple is
eaten as a share of the time limit, and peace is the share of agents who may act (Perolat et al., A
multi-agent reinforcement learning model of common-pool resource appropriation, NeurIPS 2017,
section 2.3, where times are averaged by agent and peace counts agents).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import USES_BEAMS
from adaptarium.envs.grid.kernels.geometry import seats_of


@kernel
def gained(w, i, a):
    """What agent ``a`` has gained in this inner episode, the present step included."""
    return max(w.returns[i, a] - w.inner_from[i, a] + w.reward[i, a], 0.0)


@kernel
def equality(w, i):
    """1 less the Gini coefficient of the returns of all who have had a seat; 0 for no returns."""
    agents = seats_of(w, i)
    total, apart = 0.0, 0.0
    for a in range(agents):
        mine = gained(w, i, a)
        total += mine
        for b in range(a):
            apart += abs(mine - gained(w, i, b))
    return 1.0 - apart / (agents * total) if total > 0.0 else 0.0


@kernel
def society(w, i):
    """Bring the running measures up to this step."""
    metrics, steps = w.metrics[i], w.core[i].elapsed + 1
    total, moved, living, free = 0.0, False, 0, 0
    for a in range(seats_of(w, i)):
        total += w.reward[i, a]
        moved |= w.reward[i, a] != 0.0
        if w.alive[i, a]:
            living += 1
            beams = w.rules[i].active & USES_BEAMS
            free += 0 if beams and w.state.records[i, a].frozen > 0 else 1
    metrics.efficiency += (total - metrics.efficiency) / steps
    metrics.peace += (free / max(living, 1) - metrics.peace) / steps
    if moved:
        metrics.equality = equality(w, i)
