"""Utilities that depend on how values of different issues go together."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.generators.negotiation.purposes import G_PAIR


@kernel
def drawn_pair(w, i, p, j, first, second):
    """How well two values of issue ``j`` and the next one go together for a party, by itself."""
    issues, size = w.knobs[i].issues, w.knobs[i].values
    return level_below(w, i, G_PAIR, ((p * issues + j) * size + first) * size + second, UNIT + 1)


@kernel
def pair(w, i, p, j, first, second):
    """The same; what goes together for the first party does not for the second one, zero-sum."""
    own = drawn_pair(w, i, p, j, first, second)
    if p != 1:
        return own
    apart = w.knobs[i].apart
    opposed = UNIT - drawn_pair(w, i, 0, j, first, second)
    return (apart * own + (1000 - apart) * opposed) // 1000


@kernel
def pairs_of(w, i, p, outcome):
    """The sum over all successive issues."""
    issues, size, total = int(w.knobs[i].issues), int(w.knobs[i].values), 0
    second, rest = outcome % size, outcome // size
    for j in range(issues - 2, -1, -1):
        first = rest % size
        total += pair(w, i, p, j, first, second)
        second, rest = first, rest // size
    return total


@kernel
def interact(w, i, k, p):
    """Mix what pairs of values are worth into the utilities of a party, from 0 to 1 again.

    Halves are rounded up for the first party and down for the second one, so that zero-sum is
    exact.
    """
    knobs, utilities, sums = w.knobs[i], w.levels.utilities[k, p], w.scratch.buckets[i]
    outcomes, links = int(w.levels.head[k].num_outcomes), int(w.knobs[i].issues) - 1
    low, high = 0, 0
    for o in range(outcomes):
        alone = (1000 - knobs.interaction) * links * utilities[o]
        sums[o] = alone + knobs.interaction * pairs_of(w, i, p, o)
        low = sums[o] if o == 0 else min(low, sums[o])
        high = sums[o] if o == 0 else max(high, sums[o])
    spread = max(high - low, 1)
    half = spread - 1 if p == 1 else spread
    for o in range(outcomes):
        utilities[o] = (2 * (sums[o] - low) * UNIT + half) // (2 * spread)
