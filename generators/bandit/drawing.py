"""What the bandit generators share: empty instances, exact numbers, the best arm."""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.bandit.codes import RESOLUTION
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below

STEPS = round(1.0 / RESOLUTION)  # of a number between two whole ones


@kernel
def exact(value):
    """The nearest multiple of the resolution of levels."""
    return math.floor(value * STEPS + 0.5) / STEPS


@kernel
def drawn(w, i, purpose, j, low, high):
    """A multiple of the resolution from ``low`` to ``high``, each equally likely."""
    first, last = math.floor(low * STEPS + 0.5), math.floor(high * STEPS + 0.5)
    return (first + level_below(w, i, purpose, j, last - first + 1)) / STEPS


@kernel
def begin(w, i, k):
    """An instance of plain arms that all pay nothing."""
    knobs, head = w.knobs[i], w.levels.head[k]
    head.num_arms = knobs.arms
    head.num_features = knobs.features
    head.num_contexts = knobs.contexts
    head.num_hidden = knobs.hidden
    w.info[k].max_steps = knobs.horizon
    for a in range(knobs.arms):
        arm = w.levels.arms[k, a]
        arm.mean = 0.0
        arm.low = 0.0
        arm.up = 0.0
        arm.down = 0.0
        arm.spread = 1.0
        arm.good = 1
        arm.num_recharge = 0
        arm.num_satiation = 0
        for j in range(knobs.features):
            w.levels.coefficients[k, a, j] = 0.0
        for j in range(knobs.hidden):
            w.levels.drive[k, a, j] = 0.0
        for j in range(w.levels.recharge.shape[2]):  # a rejected candidate may have had longer ones
            w.levels.recharge[k, a, j] = 0.0
            w.levels.satiation[k, a, j] = 0.0


@kernel
def highest(w, k):
    """The arm with the highest mean, the first of equal ones."""
    best = 0
    for a in range(1, w.levels.head[k].num_arms):
        if w.levels.arms[k, a].mean > w.levels.arms[k, best].mean:
            best = a
    return best


@kernel
def finish(w, k):
    """Note the highest mean."""
    w.levels.head[k].best = w.levels.arms[k, highest(w, k)].mean


@kernel
def widen(w, i, k, gap, purpose, first):
    """Where a gap is asked for, lift a random arm from ``first`` on that far above all others."""
    if gap > 0.0:
        count = w.levels.head[k].num_arms - first
        chosen = first + level_below(w, i, purpose, 0, count)
        w.levels.arms[k, chosen].mean = -1e9
        top = w.levels.arms[k, highest(w, k)].mean
        w.levels.arms[k, chosen].mean = exact(top + gap)


@kernel
def closeness(w, i, k):
    """How close the second best arm is to the best: 10,000 where they are equal."""
    best = highest(w, k)
    second = -1e9
    for a in range(w.levels.head[k].num_arms):
        if a != best:
            second = max(second, w.levels.arms[k, a].mean)
    return np.int64((1.0 - (w.levels.arms[k, best].mean - second)) * STEPS)
