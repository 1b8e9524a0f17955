"""Mechanic: which slate or question the action number means; and which numbers are valid.

Slates are numbered as they stand in a sorted list: (0, 1, 2), (0, 1, 3), and so on. Questions
follow, one a topic and one a genre.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.market.codes import MAX_TOPICS, UNKNOWN


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
def question_of(w, i, number):
    """The question that an action number asks; -1 where it asks nothing that is not known."""
    q, now = number - w.rules[i].slates, w.state.now[i, 0]
    if w.rules[i].ask == 0 or q < 0 or q >= MAX_TOPICS + now.num_genres:
        return -1
    if now.num_topics <= q < MAX_TOPICS:
        return -1
    return q if w.state.told[i, q] == UNKNOWN else -1


@kernel
def intent(w, i):
    """Decide what is shown or asked; an action that is not valid does neither."""
    number = w.actions[i, 0]
    w.scratch.asked[i, 0] = question_of(w, i, number)
    if not lay_out(w, i, number):
        for j in range(w.rules[i].slate):
            w.scratch.plan[i, j] = -1


@kernel
def masks(w, i):
    """Write which slates and questions are valid."""
    for number in range(w.mask.shape[2]):
        w.mask[i, 0, number] = lay_out(w, i, number) or question_of(w, i, number) >= 0
