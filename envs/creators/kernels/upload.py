"""Mechanic: creators who work upload an item each, over what they uploaded a window ago."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, bits_at, unit
from adaptarium.envs.creators.codes import (
    D_TOPIC,
    EFFORTS,
    FACTORISED,
    MAX_STREAK,
    REST,
    TOPICS,
    UNIT,
)
from adaptarium.envs.creators.kernels.seats import seat_of

_EFFORTS = len(EFFORTS)
_HEAVIEST = len(EFFORTS) - 1


@kernel
def slot_of(w, i, time, c):
    """The slot of what creator ``c`` uploads in round ``time``."""
    return time % w.rules[i].window * w.state.now[i, 0].num_creators + c


@kernel
def spread(w, i, where):
    """A number from -1 to 1 that belongs to the platform or to an item, no chance of the market."""
    core = w.core[i]
    return 2.0 * unit(bits_at(core.key_partners, core.clock, where)) - 1.0


@kernel
def write_item(w, i, c, slot, genre, effort):
    """Genre, quality and topics of a new item."""
    k, rules, creator = w.core[i].level, w.rules[i], w.state.creators[i, c]
    item, lacking = w.state.items[i, slot], 1.0 - effort / _HEAVIEST
    item.popularity = 0.0
    item.weighted = 0.0
    item.born = w.state.now[i, 0].time
    item.serial = creator.items
    item.clicks = 0
    item.shown = 0
    item.genre = genre
    item.quality = np.int64(w.levels.skills[k, c, genre] * (1.0 - rules.effort * lacking))
    for d in range(TOPICS):
        off = rules.variety * spread(w, i, address(D_TOPIC, c, d)) * UNIT
        topic = np.int64(w.levels.styles[k, c, d] + off)
        item.topics[d] = min(max(topic, -UNIT), UNIT)


@kernel
def clear_factors(w, i, slot):
    """A new item has no factors of its own yet: those of its genre and creator stand for it."""
    for m in range(FACTORISED):
        for f in range(w.rules[i].factors + 1):
            w.state.item_factors[i, m, slot, f] = 0.0


@kernel
def upload(w, i):
    """Every creator's slot of this round holds a new item, or none."""
    now = w.state.now[i, 0]
    for c in range(now.num_creators):
        slot, work = slot_of(w, i, now.time, c), w.scratch.work[i, c]
        if work <= REST:
            w.state.items[i, slot].born = -1
            continue
        genre, effort = (work - 1) // _EFFORTS, (work - 1) % _EFFORTS
        write_item(w, i, c, slot, genre, effort)
        clear_factors(w, i, slot)
        creator = w.state.creators[i, c]
        creator.recent[creator.items % MAX_STREAK] = 0
        creator.items += 1
        w.state.made[i, c, genre] += 1
        w.state.genres[i, genre].made += 1
        cost = w.levels.creators[w.core[i].level, c].cost / UNIT
        pay(w, i, c, -w.rules[i].pay_work * cost * effort / _HEAVIEST)


@kernel
def pay(w, i, c, amount):
    """Credit a creator, who may sit at a seat."""
    w.metrics[i].creator_welfare += amount / w.state.now[i, 0].num_creators
    a = seat_of(w, i, c)
    if a >= 0:
        w.reward[i, a] += amount
