"""The canonical content of a market: what decides its split and its identity."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import fold
from adaptarium.envs.creators.codes import TOPICS

_SEED = np.uint64(0x63726561746F72)
_SPAN = 1 << 12  # above any number of thousandths from -1 to 1
_LEAST = 1 << 11


@kernel
def fold_row(total, values, count):
    """Absorb ``count`` small numbers, five a word: hashing is much of what a level costs."""
    word = np.int64(0)
    for j in range(count):
        word = word * _SPAN + (np.int64(values[j]) + _LEAST)
        if j % 5 == 4:
            total = fold(total, word)
            word = np.int64(0)
    return fold(total, word)


@kernel
def content_hash(w, k):
    """A 64-bit hash of users and creators of level row ``k``; padding and time do not count."""
    head, levels = w.levels.head[k], w.levels
    total = fold(fold(_SEED, head.num_users), head.num_creators)
    total = fold(total, head.num_genres)
    for u in range(head.num_users):
        user = levels.users[k, u]
        total = fold(total, np.int64(user.patience) * _SPAN + user.activity)
        total = fold_row(total, levels.likes[k, u], head.num_genres)
        total = fold_row(total, levels.tastes[k, u], TOPICS)
    for c in range(head.num_creators):
        creator = levels.creators[k, c]
        word = np.int64(creator.activity) * _SPAN + creator.cost
        total = fold(total, (word * _SPAN + creator.effort) * _SPAN + creator.kind)
        total = fold_row(total, levels.skills[k, c], head.num_genres)
        total = fold_row(total, levels.styles[k, c], TOPICS)
    return total
