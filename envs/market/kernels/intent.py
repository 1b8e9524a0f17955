"""Mechanic: which slate the action number means; and which numbers are valid.

Slates are numbered as they stand in a sorted list: (0, 1, 2), (0, 1, 3), and so on.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel


@kernel
def unused(used, rank):
    """The candidate that is number ``rank`` among those whose bit is not set."""
    c = 0
    while rank > 0 or used >> c & 1:
        rank -= 1 - (used >> c & 1)
        c += 1
    return c


@kernel
def lay_out(w, i, number):
    """Write the slate of an action number into the plan; False where there is no such slate."""
    rules = w.rules[i]
    if number < 0 or number >= rules.slates:
        return False
    rest, used, valid = number, 0, True
    for j in range(rules.slate):
        rank = np.int64(np.uint32(rest) // np.uint32(rules.blocks[j]))  # narrow ones divide faster
        rest -= rank * rules.blocks[j]
        c = unused(used, rank)
        used |= 1 << c
        w.scratch.plan[i, j] = c
        valid = valid and c < rules.recency
    return valid


@kernel
def intent(w, i):
    """Decide what is shown; an action that is not valid shows nothing."""
    if not lay_out(w, i, w.actions[i, 0]):
        for j in range(w.rules[i].slate):
            w.scratch.plan[i, j] = -1


@kernel
def masks(w, i):
    """Write which slates are valid."""
    for number in range(w.mask.shape[2]):
        w.mask[i, 0, number] = lay_out(w, i, number)
