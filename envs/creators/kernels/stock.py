"""Mechanics: which items can be shown and which users come, side by side for the rankers."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.creators.codes import BPR, D_ACTIVE_USER, MF, TOPICS, UNIT


@kernel
def is_open(w, i, slot):
    """Whether the item of a slot can be shown."""
    item = w.state.items[i, slot]
    return item.born >= 0 and w.state.now[i, 0].time - item.born < w.rules[i].recency


@kernel
def take_stock(w, i):
    """List the items that can be shown; what rankers ask of them stands side by side."""
    now, s = w.state.now[i, 0], w.scratch
    count = 0
    for c in range(now.num_creators):
        s.stock[i, c] = 0.0
        s.given[i, c] = 0.0
    for slot in range(w.rules[i].window * now.num_creators):
        if not is_open(w, i, slot):
            continue
        item, square = w.state.items[i, slot], 1.0
        owner = slot % now.num_creators
        s.open[i, 1 + count] = slot
        s.place[i, slot] = count
        s.genre[i, count] = item.genre
        s.owner[i, count] = owner
        s.stock[i, owner] += 1.0
        for d in range(TOPICS):
            topic = item.topics[d] / UNIT
            s.topics[i, d, count] = topic
            square += topic * topic
        s.length[i, count] = math.sqrt(square)
        count += 1
    s.open[i, 0] = count
    gather_factors(w, i)


@kernel
def factor_of(w, i, m, slot, f):
    """Factor ``f`` of an item in model ``m``: its genre's part, its creator's, and its own."""
    creators, genre = w.state.now[i, 0].num_creators, w.state.items[i, slot].genre
    shared = (
        w.state.genre_factors[i, m, genre, f] + w.state.creator_factors[i, m, slot % creators, f]
    )
    return shared + w.state.item_factors[i, m, slot, f]


@kernel
def gather_factors(w, i):
    """The factors of open items of the model in use, a row a factor: scoring runs along items."""
    scorer = w.state.now[i, 0].scorer
    if scorer != MF and scorer != BPR:
        return
    for f in range(w.rules[i].factors + 1):
        for x in range(w.scratch.open[i, 0]):
            slot = w.scratch.open[i, 1 + x]
            w.scratch.factors[i, f, x] = factor_of(w, i, scorer - MF, slot, f)


@kernel
def wake(w, i):
    """Who comes in this round, each with the chance that its level gives it."""
    k, count = w.core[i].level, 0
    for u in range(w.state.now[i, 0].num_users):
        if w.state.users[i, u].left != 0:
            continue
        if chance(w, i, w.levels.users[k, u].activity / UNIT, D_ACTIVE_USER, 0, u):
            count += 1
            w.scratch.awake[i, count] = u
    w.scratch.awake[i, 0] = count
