"""The canonical content of an instance: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.bandit.codes import RESOLUTION
from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold

_SEED = np.uint64(0x62616E646974)
_STEPS = 1.0 / RESOLUTION
_OFFSET = float(1 << 40)  # above it no number is negative


@kernel
def absorb(total, value):
    """Absorb a parameter by its steps of ``RESOLUTION``."""
    return fold(total, np.int64(value * _STEPS + _OFFSET + 0.5))


@kernel
def arm_hash(w, k, a, total):
    """Absorb one arm."""
    arm = w.levels.arms[k, a]
    total = absorb(absorb(total, arm.mean), arm.spread)
    total = absorb(absorb(absorb(total, arm.low), arm.up), arm.down)
    total = fold(fold(fold(total, arm.good), arm.num_recharge), arm.num_satiation)
    for j in range(arm.num_recharge):
        total = absorb(total, w.levels.recharge[k, a, j])
    for j in range(arm.num_satiation):
        total = absorb(total, w.levels.satiation[k, a, j])
    for j in range(w.levels.head[k].num_features):
        total = absorb(total, w.levels.coefficients[k, a, j])
    for j in range(w.levels.head[k].num_hidden):
        total = absorb(total, w.levels.drive[k, a, j])
    return total


@kernel
def content_hash(w, k):
    """A 64-bit hash of arms and contexts of level row ``k``; padding and time do not count."""
    head = w.levels.head[k]
    total = fold(fold(_SEED, head.num_arms), head.num_features)
    total = fold(fold(total, head.num_contexts), head.num_hidden)
    for a in range(head.num_arms):
        total = arm_hash(w, k, a, total)
    for c in range(head.num_contexts):
        for j in range(head.num_features):
            total = absorb(total, w.levels.contexts[k, c, j])
    for j in range(head.num_hidden):
        total = absorb(total, w.levels.output[k, j])
        for m in range(head.num_hidden):
            total = absorb(total, w.levels.decay[k, j, m])
    return total
