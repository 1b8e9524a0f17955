"""Slates from scores: the best open items, with or without a bonus for their creators."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, below, bits_at
from adaptarium.envs.creators.codes import D_SCORE, SHUT


@kernel
def first_of(w, i, u):
    """The open item that is looked at first: which of equal ones is shown is left to chance."""
    core = w.core[i]
    drawn = bits_at(core.key_partners, core.clock, address(D_SCORE, 0, u))
    return below(drawn, w.scratch.open[i, 0])


@kernel
def clear(w, i, u):
    """Nothing is on the slate of user ``u``."""
    for j in range(w.rules[i].slate):
        w.scratch.slates[i, u, j] = -1


@kernel
def holds(w, i, u, x):
    """Whether the slate of user ``u`` has open item ``x``."""
    for j in range(w.rules[i].slate):
        if w.scratch.slates[i, u, j] == x:
            return True
    return False


@kernel
def best_left(w, i, u):
    """The open item of the highest score that is not on the slate yet; -1 where none is."""
    row, count, best = w.scratch.scores[i, u], w.scratch.open[i, 0], -1
    first = first_of(w, i, u)
    for n in range(count):
        x = first + n if first + n < count else first + n - count
        if row[x] > SHUT and (best < 0 or row[x] > row[best]) and not holds(w, i, u, x):
            best = x
    return best


@kernel
def fill(w, i, u):
    """Take the best items for the places that are still empty."""
    for j in range(w.rules[i].slate):
        if w.scratch.slates[i, u, j] < 0:
            w.scratch.slates[i, u, j] = best_left(w, i, u)


@kernel
def pick(w, i, u):
    """The items with the highest scores, with the bonuses of their creators, best first.

    One pass: each item is sifted into the slate from its end.
    """
    row, s, count = w.scratch.scores[i, u], w.scratch, w.scratch.open[i, 0]
    slate, places, filled = s.slates[i, u], w.rules[i].slate, 0
    first = first_of(w, i, u)
    for n in range(count):
        x = first + n if first + n < count else first + n - count
        if row[x] <= SHUT:
            continue
        worth = row[x] + s.bonus[i, s.owner[i, x]]
        if filled == places:
            last = slate[places - 1]
            if worth <= row[last] + s.bonus[i, s.owner[i, last]]:
                continue
        else:
            filled += 1
        j = filled - 1
        while j > 0:
            other = slate[j - 1]
            if worth <= row[other] + s.bonus[i, s.owner[i, other]]:
                break
            slate[j] = other
            j -= 1
        slate[j] = x


@kernel
def order(w, i, u):
    """Put what is on the slate in the order of its scores."""
    row, slate = w.scratch.scores[i, u], w.scratch.slates[i, u]
    for j in range(1, w.rules[i].slate):
        x, at = slate[j], j
        while x >= 0 and at > 0 and row[x] > row[slate[at - 1]]:
            slate[at] = slate[at - 1]
            at -= 1
        slate[at] = x


@kernel
def clear_bonus(w, i):
    """No creator is preferred."""
    for c in range(w.state.now[i, 0].num_creators):
        w.scratch.bonus[i, c] = 0.0
        w.scratch.dual[i, 0, c] = 0.0
        w.scratch.dual[i, 1, c] = 0.0


@kernel
def credit(w, i, u, discounted):
    """Note the exposure that creators had from a slate: by place as in DCG, or 1 an item."""
    for j in range(w.rules[i].slate):
        x = w.scratch.slates[i, u, j]
        if x >= 0:
            exposure = w.rules[i].discount[j] if discounted else 1.0
            w.scratch.given[i, w.scratch.owner[i, x]] += exposure


@kernel
def merit(w, i, c):
    """The share of the exposures that is fair to creator ``c``: that of its open items."""
    return w.scratch.stock[i, c] / np.float64(w.scratch.open[i, 0])
