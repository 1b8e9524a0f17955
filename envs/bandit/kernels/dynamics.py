"""Mechanic: pulls drive a hidden linear state, which is part of every payoff.

Dynamical linear bandits (Mussi, Metelli & Restelli, ICML 2023): ``x' = A x + B u + noise``, and a
pull pays ``<theta, u> + <omega, x>`` with noise. An arm is one action ``u``: its mean is
``<theta, u>``, its drive ``B u``.
"""

from __future__ import annotations

from adaptarium.envs.bandit.codes import D_HIDDEN
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.noise import dynamics_normal


@kernel
def output_of(w, i, k):
    """What the hidden state adds to every mean."""
    total = 0.0
    for j in range(w.levels.head[k].num_hidden):
        total += w.levels.output[k, j] * w.state.hidden[i, j]
    return total


@kernel
def dynamics(w, i):
    """Move the hidden state by one step."""
    count, k = w.state.now[i, 0].hidden, w.core[i].level
    if count == 0:
        return
    arm, noise = w.scratch.plan[i, 0].arm, w.rules[i].hidden_noise
    for j in range(count):
        moved = 0.0
        for m in range(count):
            moved += w.levels.decay[k, j, m] * w.state.hidden[i, m]
        if arm >= 0:
            moved += w.levels.drive[k, w.state.arms[i, arm].identity, j]
        if noise > 0.0:
            moved += noise * dynamics_normal(w, i, D_HIDDEN, 0, j)
        w.scratch.hidden[i, j] = moved
    for j in range(count):
        w.state.hidden[i, j] = w.scratch.hidden[i, j]
