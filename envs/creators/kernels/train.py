"""Mechanic: models are trained anew on the feedback that is kept, when they are used and due.

Both factor models are trained by stochastic gradient descent over the log, oldest round first, and
go on from where the last training left them. An item's factors are the sum of those of its genre,
of its creator and of its own: items live for a few rounds, and a new one is known by the first two
(metadata embeddings; Kula, CBRecSys 2015). ``mf`` fits clicks by squared error with biases
(Koren, Bell & Volinsky, Computer 42, 2009); ``bpr`` prefers what was clicked to items drawn among
all that are kept (Rendle et al., UAI 2009). With inverse propensities a click in place ``j`` counts
one over the chance that the place is looked at (Schnabel et al., ICML 2016; for pairs Saito, 2020).
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, below, bits_at
from adaptarium.envs.creators.codes import (
    BPR,
    CLAIRVOYANT,
    D_NEGATIVE,
    LINUCB,
    MF,
    POPULARITY,
    RANDOM,
)
from adaptarium.envs.creators.kernels.linucb import learn_bandit
from adaptarium.envs.creators.kernels.stock import factor_of

_MOST = 10.0  # of a factor


@kernel
def is_due(w, i):
    """Whether the ranker in use learns, and was not trained of late."""
    now = w.state.now[i, 0]
    if now.scorer == RANDOM or now.scorer == CLAIRVOYANT:
        return False
    last = now.trained[now.scorer]
    return last < 0 or now.time - last >= w.rules[i].retrain


@kernel
def count_of(w, i, j):
    """What a click in place ``j`` counts."""
    return 1.0 / w.rules[i].attention[j] if w.rules[i].unbiased else 1.0


@kernel
def count_clicks(w, i):
    """The popularity of every item, as of now."""
    for slot in range(w.rules[i].window * w.state.now[i, 0].num_creators):
        item = w.state.items[i, slot]
        item.popularity = item.weighted if w.rules[i].unbiased else item.clicks


@kernel
def held(value):
    """A factor cut to what keeps products finite, however fast it is learnt."""
    return min(max(value, -_MOST), _MOST)


@kernel
def look_up(w, i, m, slot, whole):
    """Write all factors of an item, its bias last."""
    for f in range(w.rules[i].factors + 1):
        whole[f] = factor_of(w, i, m, slot, f)


@kernel
def nudge(w, i, m, slot, sign):
    """Move all parts of an item's factors by what is noted in ``push``."""
    creators, genre = w.state.now[i, 0].num_creators, w.state.items[i, slot].genre
    rate, decay, push = w.rules[i].rate, w.rules[i].regularisation, w.scratch.push[i]
    own = w.state.item_factors[i, m, slot]
    kind, maker = w.state.genre_factors[i, m, genre], w.state.creator_factors[i, m, slot % creators]
    for f in range(w.rules[i].factors + 1):
        own[f] = held(own[f] + rate * (sign * push[f] - decay * own[f]))
        kind[f] = held(kind[f] + rate * (sign * push[f] - decay * kind[f]))
        maker[f] = held(maker[f] + rate * (sign * push[f] - decay * maker[f]))


@kernel
def follow_gradient(w, i, p, whole, slope):
    """Move a user's factors along those of an item, and note what the item's move by."""
    rate, decay, push = w.rules[i].rate, w.rules[i].regularisation, w.scratch.push[i]
    for f in range(w.rules[i].factors):
        push[f] = slope * p[f]
        p[f] = held(p[f] + rate * (slope * whole[f] - decay * p[f]))
    push[w.rules[i].factors] = slope


@kernel
def fit_click(w, i, u, slot, target):
    """One step of ``mf``: the user's and the item's factors follow the error."""
    rules, width, p = w.rules[i], w.rules[i].factors, w.state.user_factors[i, 0, u]
    whole = w.scratch.whole[i, 0]
    look_up(w, i, 0, slot, whole)
    error = target - p[width] - whole[width]
    for f in range(width):
        error -= p[f] * whole[f]
    p[width] = held(p[width] + rules.rate * (error - rules.regularisation * p[width]))
    follow_gradient(w, i, p, whole, error)
    nudge(w, i, 0, slot, 1.0)


@kernel
def prefer(w, i, u, better, worse, count):
    """One step of ``bpr``: the user prefers one item to another."""
    width, p = w.rules[i].factors, w.state.user_factors[i, 1, u]
    apart, other = w.scratch.whole[i, 0], w.scratch.whole[i, 1]
    look_up(w, i, 1, better, apart)
    look_up(w, i, 1, worse, other)
    ahead = apart[width] - other[width]
    for f in range(width):
        apart[f] -= other[f]
        ahead += p[f] * apart[f]
    follow_gradient(w, i, p, apart, count / (1.0 + math.exp(ahead)))
    nudge(w, i, 1, better, 1.0)
    nudge(w, i, 1, worse, -1.0)


@kernel
def other_item(w, i, slot, k):
    """An item that is kept, drawn among all, other than the one in ``slot``; -1 where none is."""
    core, kept = w.core[i], w.rules[i].window * w.state.now[i, 0].num_creators
    for attempt in range(4):
        where = address(D_NEGATIVE, attempt, k)
        drawn = below(bits_at(core.key_partners, core.clock, where), kept)
        if drawn != slot and w.state.items[i, drawn].born >= 0:
            return drawn
    return -1


@kernel
def learn_entry(w, i, scorer, u, j, entry, k):
    """One entry of the log, by the model in use."""
    slot, click = (entry - 1) >> 1, (entry - 1) & 1
    if scorer == MF:
        fit_click(w, i, u, slot, count_of(w, i, j) if click else 0.0)
    elif click:
        worse = other_item(w, i, slot, k)
        if worse >= 0:
            prefer(w, i, u, slot, worse, count_of(w, i, j))


@kernel
def entry_of(w, i, u, row, j, time):
    """The entry of the log, or 0 where the item has been replaced since it was shown."""
    entry = w.state.log[i, u, row, j]
    if entry == 0:
        return 0
    born = w.state.items[i, (entry - 1) >> 1].born
    return entry if 0 <= born <= time else 0


@kernel
def learn_log(w, i, scorer, epoch):
    """One pass over the log, oldest round first."""
    now, rules = w.state.now[i, 0], w.rules[i]
    for back in range(min(rules.window - 1, now.time), 0, -1):
        time = now.time - back
        row = time % rules.window
        for u in range(now.num_users):
            for j in range(rules.slate):
                entry = entry_of(w, i, u, row, j, time)
                if entry > 0:
                    k = ((epoch * rules.window + row) * now.num_users + u) * rules.slate + j
                    learn_entry(w, i, scorer, u, j, entry, k & 0xFFFFFF)


@kernel
def train(w, i):
    """Train the model in use, if it is due."""
    now = w.state.now[i, 0]
    if not is_due(w, i):
        return
    if now.scorer == POPULARITY:
        count_clicks(w, i)
    elif now.scorer == LINUCB:
        learn_bandit(w, i)
    elif now.scorer == MF or now.scorer == BPR:
        for epoch in range(w.rules[i].epochs):
            learn_log(w, i, now.scorer, epoch)
    now.trained[now.scorer] = now.time
