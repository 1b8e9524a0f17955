"""The canonical content of a map: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold

_SEED = np.uint64(0x736B69726D697368)


@kernel
def content_hash(w, k):
    """A 64-bit hash of level row ``k``: nodes, edges, starts, opponents; padding does not count.

    Ways and distances follow from the edges, places in the picture mean nothing to the players.
    """
    head = w.levels.head[k]
    total = fold(fold(_SEED, head.num_nodes), head.num_sites)
    for p in range(2):
        built_in = w.levels.players[k, p]
        total = fold(fold(total, head.start[p]), built_in.level * 16 + built_in.style)
    for u in range(head.num_nodes):
        total = fold(total, w.levels.spots[k, u, 2])
        for v in range(u):
            total = fold(total, w.levels.edges[k, u, v])
    return total
