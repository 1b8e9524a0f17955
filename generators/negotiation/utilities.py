"""Utilities of outcomes from those of single values, and their ranks."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import MAX_OUTCOMES, UNIT

# Up to so many outcomes each is compared with each: faster than to sort.
FEW = 100


@kernel
def curved(gain, most, curvature):
    """The utility of so many steps above the worst.

    ``x (1 + c) / (1 + c x)`` with ``x = gain / most`` and ``c`` the curvature in hundredths: 0 is
    linear, above it concave, below it convex. In whole numbers, so that both targets agree.
    """
    return UNIT * gain * (100 + curvature) // (100 * most + curvature * gain)


@kernel
def lay_out(w, k, issues):
    """Count the outcomes of the level's issues; what lies beyond them in its row is zero."""
    head, outcomes = w.levels.head[k], 1
    for j in range(issues):
        outcomes *= w.levels.issues[k, j]
    head.num_issues = issues
    head.num_outcomes = outcomes
    for j in range(issues, w.levels.issues.shape[1]):
        w.levels.issues[k, j] = 0
    for p in range(w.levels.utilities.shape[1]):
        for o in range(outcomes, w.levels.utilities.shape[2]):
            w.levels.utilities[k, p, o] = 0
            w.levels.order[k, p, o].outcome = 0
            w.levels.order[k, p, o].utility = 0


@kernel
def add_up(w, i, k, p):
    """Write the utility of every outcome to a party: the sum of ``scratch.shares`` of its values.

    From the last issue on, whose values change fastest: all outcomes of those behind an issue stand
    in the first places, and are repeated for each of its values, the first one in their own place.
    """
    utilities, shares, count, at = w.levels.utilities[k, p], w.scratch.shares[i, p], 1, 0
    for j in range(w.levels.head[k].num_issues):
        at += w.levels.issues[k, j]
    utilities[0] = 0
    for j in range(w.levels.head[k].num_issues - 1, -1, -1):
        size = w.levels.issues[k, j]
        at -= size
        for value in range(size - 1, -1, -1):
            for o in range(count):
                utilities[value * count + o] = utilities[o] + shares[at + value]
        count *= size


@kernel
def rank(w, i, k, p):
    """Write a party's outcomes from the best to the worst; equal ones in the order of numbers."""
    if w.levels.head[k].num_outcomes <= FEW:
        rank_few(w, i, k, p)
    else:
        rank_many(w, i, k, p)
    w.levels.parties[k, p].best = w.levels.order[k, p, 0].utility


@kernel
def rank_few(w, i, k, p):
    """The place of an outcome is the number of those before it: comparisons run side by side."""
    count = int(w.levels.head[k].num_outcomes)
    utilities, order, keys = w.levels.utilities[k, p], w.levels.order[k, p], w.scratch.buckets[i]
    for o in range(count):
        keys[o] = utilities[o] * MAX_OUTCOMES - o
    for o in range(count):
        key, place = keys[o], 0
        for other in range(count):
            place += keys[other] > key
        order[place].outcome = o
        order[place].utility = utilities[o]


@kernel
def bucket_of(utility, count):
    """The better the utility, the lower; as many as there are outcomes."""
    return (UNIT - utility) * (count - 1) // UNIT


@kernel
def rank_many(w, i, k, p):
    """Counting sort by coarse utility, then insertion, which then moves little."""
    count = int(w.levels.head[k].num_outcomes)
    utilities, order, starts = w.levels.utilities[k, p], w.levels.order[k, p], w.scratch.buckets[i]
    for b in range(count + 1):
        starts[b] = 0
    for o in range(count):
        starts[bucket_of(utilities[o], count) + 1] += 1
    for b in range(count):
        starts[b + 1] += starts[b]
    for o in range(count):
        b = bucket_of(utilities[o], count)
        order[starts[b]].outcome = o
        order[starts[b]].utility = utilities[o]
        starts[b] += 1
    for place in range(1, count):
        outcome, value, free = order[place].outcome, order[place].utility, place
        while free > 0 and order[free - 1].utility < value:
            order[free].outcome = order[free - 1].outcome
            order[free].utility = order[free - 1].utility
            free -= 1
        order[free].outcome = outcome
        order[free].utility = value
