"""The contextual bandit: a ridge regression of clicks for each user, and its upper bound.

LinUCB with disjoint models (Li, Chu, Langford & Schapire, WWW 2010), an arm a user's item: features
are the item's topics and its genre, one of ``G``. The inverse of the Gram matrix is kept up to date
by rank-one steps (Sherman & Morrison, 1950), on what was shown since the last training.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import LINUCB, TOPICS, UNIT


@kernel
def feature(item, f):
    """Feature ``f`` of an item: its topics, then its genre."""
    if f < TOPICS:
        return item.topics[f] / UNIT
    return 1.0 if item.genre == f - TOPICS else 0.0


@kernel
def learn_shown(w, i, u, slot, target):
    """One rank-one step: user ``u`` was shown the item of ``slot``."""
    item, size = w.state.items[i, slot], TOPICS + w.state.now[i, 0].num_genres
    inverse, vector, spread = w.state.inverse[i, u], w.scratch.vector[i], 1.0
    for a in range(size):
        total = 0.0
        for b in range(size):
            total += inverse[a, b] * feature(item, b)
        vector[a] = total
        spread += total * feature(item, a)
    for a in range(size):
        for b in range(size):
            inverse[a, b] -= vector[a] * vector[b] / spread
        w.state.moment[i, u, a] += target * feature(item, a)


@kernel
def learn_bandit(w, i):
    """Learn from every round that is kept since the last training."""
    now, rules = w.state.now[i, 0], w.rules[i]
    since = max(now.trained[LINUCB], 0)
    for back in range(min(rules.window - 1, now.time - since), 0, -1):
        time = now.time - back
        for u in range(now.num_users):
            for j in range(rules.slate):
                entry = w.state.log[i, u, time % rules.window, j]
                slot = (entry - 1) >> 1
                if entry == 0 or not 0 <= w.state.items[i, slot].born <= time:
                    continue
                count = 1.0 / rules.attention[j] if rules.unbiased else 1.0
                learn_shown(w, i, u, slot, count * ((entry - 1) & 1))


@kernel
def score_bandit(w, i, u, row):
    """Upper bounds of every open item for user ``u``: only few features of an item are not zero."""
    size, s = TOPICS + w.state.now[i, 0].num_genres, w.scratch
    inverse, weights = w.state.inverse[i, u], s.vector[i]
    for a in range(size):
        total = 0.0
        for b in range(size):
            total += inverse[a, b] * w.state.moment[i, u, b]
        weights[a] = total
    width = w.rules[i].exploration
    for x in range(s.open[i, 0]):
        g = TOPICS + s.genre[i, x]
        mean, variance = 0.0 + weights[g], 0.0 + inverse[g, g]
        for d in range(TOPICS):
            topic = s.topics[i, d, x]
            mean += weights[d] * topic
            variance += 2.0 * topic * inverse[d, g]
            for e in range(TOPICS):
                variance += topic * s.topics[i, e, x] * inverse[d, e]
        row[x] = mean + width * math.sqrt(max(variance, 0.0))
