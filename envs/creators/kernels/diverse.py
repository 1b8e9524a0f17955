"""Re-rankers that are diverse: no slate shows the same thing twice if it can help it.

Items are alike by the cosine of their features, genre as one of ``G`` and topics.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import APDR, DPP, MMR, SHUT, TOPICS
from adaptarium.envs.creators.kernels.slates import fill, first_of

_NOTHING_LEFT = 1e-6  # of a determinant: the slate spans the item


@kernel
def likeness(w, i, x, y):
    """The cosine of the features of two open items, from -1 to 1."""
    s, total = w.scratch, 0.0
    if s.genre[i, x] == s.genre[i, y]:
        total += 1.0
    for d in range(TOPICS):
        total += s.topics[i, d, x] * s.topics[i, d, y]
    return total / (s.length[i, x] * s.length[i, y])


@kernel
def gain(w, i, u, x, reranker):
    """What open item ``x`` adds to the slate of user ``u``.

    ``mmr``: ``weight * score - (1 - weight) * m`` with the highest likeness ``m`` to what is on the
    slate, 0 for the first place (Carbonell & Goldstein, SIGIR 1998). ``apdr``: ``weight * score +
    (1 - weight) (log2(2 + c) - log2(1 + c))`` with ``c`` items of its genre there (CreAgent).
    ``dpp``: its factor of the determinant of ``diag(r) L diag(r)`` with the likeness ``L`` and
    ``r = 1 - weight + weight * score`` (Chen, Zhang & Zhou, NeurIPS 2018).
    """
    s, weight = w.scratch, w.rules[i].weight
    score = s.scores[i, u, x]
    if reranker == MMR:
        return weight * score - (1.0 - weight) * s.left[i, x]
    if reranker == APDR:
        return weight * score + (1.0 - weight) * w.rules[i].novelty[s.tally[i, s.genre[i, x]]]
    quality = 1.0 - weight + weight * score
    return quality * quality * s.left[i, x]


@kernel
def begin(w, i, reranker):
    """Nothing is on the slate: nothing is alike, and nothing is spanned."""
    for x in range(w.scratch.open[i, 0]):
        w.scratch.left[i, x] = 1.0 if reranker == DPP else 0.0
    for g in range(w.state.now[i, 0].num_genres):
        w.scratch.tally[i, g] = 0


@kernel
def take(w, i, j, x, reranker):
    """Item ``x`` is in place ``j``: what it takes from the others."""
    s, count = w.scratch, w.scratch.open[i, 0]
    s.tally[i, s.genre[i, x]] += 1
    if reranker == APDR:
        return
    if reranker == MMR:
        for y in range(count):
            alike = likeness(w, i, x, y)
            s.left[i, y] = max(s.left[i, y], alike) if j > 0 else alike
        return
    root = math.sqrt(s.left[i, x])
    for y in range(count):
        shared = 0.0
        for m in range(j):
            shared += s.columns[i, m, x] * s.columns[i, m, y]
        s.columns[i, j, y] = (likeness(w, i, x, y) - shared) / root
    for y in range(count):
        s.left[i, y] = max(s.left[i, y] - s.columns[i, j, y] * s.columns[i, j, y], 0.0)


@kernel
def diversify(w, i, u, reranker):
    """Place by place the item that adds most to the slate of user ``u``.

    Where no item adds to a determinant any more the best scores follow.
    """
    s, count = w.scratch, w.scratch.open[i, 0]
    first = first_of(w, i, u)
    begin(w, i, reranker)
    for j in range(w.rules[i].slate):
        best, most = -1, 0.0
        for n in range(count):
            x = first + n if first + n < count else first + n - count
            if s.scores[i, u, x] <= SHUT:
                continue
            added = gain(w, i, u, x, reranker)
            if (best < 0 or added > most) and not taken(w, i, u, x, j):
                best, most = x, added
        if best < 0 or (reranker == DPP and s.left[i, best] <= _NOTHING_LEFT):
            break
        s.slates[i, u, j] = best
        take(w, i, j, best, reranker)
    fill(w, i, u)


@kernel
def taken(w, i, u, x, places):
    """Whether item ``x`` is in one of the first places."""
    for j in range(places):
        if w.scratch.slates[i, u, j] == x:
            return True
    return False
