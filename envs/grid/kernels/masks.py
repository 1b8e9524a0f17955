"""Which actions a world's vocabulary has; grid actions are otherwise always valid."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def masks(w, i):
    """Write the action mask of every agent of slot ``i``."""
    count = w.rules[i].num_actions
    for a in range(w.mask.shape[1]):
        for j in range(w.mask.shape[2]):
            w.mask[i, a, j] = j < count
