"""An opponent model by frequencies: what is offered often is what the others want.

The values of the offers that a party hears are counted issue by issue; an outcome is thought the
better for the others the more often its values were offered (frequency models, as in Tunali,
Aydogan & Sanchez-Anguix, PRIMA 2017).
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel


@kernel
def liking(w, i, k, p, outcome):
    """How often party ``p`` was offered the values of an outcome, summed over the issues."""
    at, rest, total = 0, outcome, 0
    for j in range(w.levels.head[k].num_issues):
        at += w.levels.issues[k, j]
    for j in range(w.levels.head[k].num_issues - 1, -1, -1):
        size = w.levels.issues[k, j]
        at -= size
        total += w.state.counts[i, p, at + rest % size]
        rest //= size
    return total


@kernel
def likeliest(w, i, k, p, last):
    """The place down to ``last`` whose outcome the others seem to like most; of equals the last."""
    best, most = last, liking(w, i, k, p, w.levels.order[k, p, last].outcome)
    for rank in range(last - 1, -1, -1):
        found = liking(w, i, k, p, w.levels.order[k, p, rank].outcome)
        if found > most:
            best, most = rank, found
    return best
