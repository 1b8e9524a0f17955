"""The canonical content of a domain: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold

_SEED = np.uint64(0x6E65676F746961)


@kernel
def content_hash(w, k):
    """A 64-bit hash of level row ``k``: issues, utilities, players; padding and time do not count.

    The order of a party follows from its utilities.
    """
    head = w.levels.head[k]
    total = fold(fold(fold(_SEED, head.num_issues), head.num_parties), head.first)
    for j in range(head.num_issues):
        total = fold(total, w.levels.issues[k, j])
    for p in range(head.num_parties):
        party = w.levels.parties[k, p]
        total = fold(total, party.reservation * 64 + party.kind)
        # Two utilities a word: hashing is most of what a fresh level costs.
        for o in range(0, head.num_outcomes, 2):
            second = w.levels.utilities[k, p, o + 1] if o + 1 < head.num_outcomes else 0
            total = fold(total, w.levels.utilities[k, p, o] * 65536 + second)
    return total
