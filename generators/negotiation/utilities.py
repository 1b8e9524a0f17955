"""Utilities of outcomes from those of single values, and their ranks."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import UNIT


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
            w.levels.order[k, p, o] = 0


@kernel
def add_up(w, i, k, p):
    """Write the utility of every outcome to a party: the sum of ``scratch.shares`` of its values.

    Issue by issue, each outcome of those before becomes one for each value; from the last one on,
    so that nothing is overwritten before it is read.
    """
    utilities, shares, count, at = w.levels.utilities[k, p], w.scratch.shares[i, p], 1, 0
    utilities[0] = 0
    for j in range(w.levels.head[k].num_issues):
        size = w.levels.issues[k, j]
        for prefix in range(count - 1, -1, -1):
            before = utilities[prefix]
            for value in range(size):
                utilities[prefix * size + value] = before + shares[at + value]
        count *= size
        at += size


@kernel
def bucket_of(utility, count):
    """The better the utility, the lower; as many as there are outcomes."""
    return (UNIT - utility) * (count - 1) // UNIT


@kernel
def rank(w, i, k, p):
    """Write a party's outcomes from the best to the worst; equal ones in the order of numbers.

    Counting sort by coarse utility, then insertion, which then moves little.
    """
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
        order[starts[b]] = o
        starts[b] += 1
    for place in range(1, count):
        outcome = order[place]
        value, free = utilities[outcome], place
        while free > 0 and utilities[order[free - 1]] < value:
            order[free] = order[free - 1]
            free -= 1
        order[free] = outcome
