"""The canonical content of a user and a catalogue: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold
from adaptarium.envs.market.codes import RESOLUTION

_SEED = np.uint64(0x6D61726B6574)
_STEPS = 1.0 / RESOLUTION
_SPAN = 1 << 16  # above any number of steps from -1 to 1


@kernel
def steps_of(value):
    """A parameter from -1 to 1 as a whole number above zero."""
    return np.int64((value + 2.0) * _STEPS + 0.5)


@kernel
def content_hash(w, k):
    """A 64-bit hash of the user and the items of level row ``k``; padding and time do not count."""
    head, levels = w.levels.head[k], w.levels
    total = fold(fold(_SEED, head.num_genres), head.num_topics)
    total = fold(fold(total, head.num_items), head.patience)
    for g in range(head.num_genres):
        total = fold(total, steps_of(levels.genres[k, g]))
    for d in range(head.num_topics):
        total = fold(total, steps_of(levels.topics[k, d]))
    for n in range(head.num_items):
        # Three numbers of 16 bits a word: hashing is much of what a fresh level costs.
        item = levels.items[k, n]
        word = np.int64(item.genre) * _SPAN + steps_of(item.quality)
        for d in range(head.num_topics):
            if d % 3 == 2:
                total = fold(total, word)
                word = np.int64(0)
            word = word * _SPAN + steps_of(levels.item_topics[k, n, d])
        total = fold(total, word)
    return total
