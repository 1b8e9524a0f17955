"""Pools of bodies: adding, removing, and what follows for supply, technology and production."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    ARMY,
    BODIES,
    GROUPS,
    GUARD,
    HALL,
    HOME,
    MOST_SUPPLY,
    PLACES,
    SITES,
    SPEED_UP,
    THINGS,
)

ARMY_PLACE = SITES + HOME
NUM_GROUPS = len(GROUPS)


@kernel
def add(w, i, p, place, t, n):
    """``n`` fresh bodies of kind ``t`` at a place."""
    w.state.counts[i, p, place, t] += n
    w.state.life[i, p, place, t] += n * w.rules[i].life[p, t]
    w.state.total[i, p, t] += n
    if place >= SITES:
        w.state.groups[i, p, place - SITES].size += n
    if w.rules[i].flags[p, t] & HALL and place < SITES:
        w.state.sites[i, place].owner = p


@kernel
def remove(w, i, p, place, t, n):
    """``n`` bodies of a pool are no more; the rest keeps its life, as far as it can have it."""
    left = w.state.counts[i, p, place, t] - n
    w.state.counts[i, p, place, t] = left
    most = left * w.rules[i].life[p, t]
    if w.state.life[i, p, place, t] > most:
        w.state.life[i, p, place, t] = most
    w.state.total[i, p, t] -= n
    if place >= SITES:
        w.state.groups[i, p, place - SITES].size -= n
    elif w.rules[i].flags[p, t] & HALL and not has_hall(w, i, p, place):
        w.state.sites[i, place].owner = -1


@kernel
def has_hall(w, i, p, site):
    """Whether a town hall of the player stands at a site."""
    for t in range(w.rules[i].num_bodies[p]):
        if w.state.counts[i, p, site, t] > 0 and w.rules[i].flags[p, t] & HALL:
            return True
    return False


@kernel
def holder_of(w, i, p, t):
    """A place that holds a body of kind ``t``: the home force first, then the army, then sites."""
    for g in range(NUM_GROUPS):
        if w.state.counts[i, p, SITES + g, t] > 0:
            return SITES + g
    for site in range(SITES):
        if w.state.counts[i, p, site, t] > 0:
            return site
    return -1


@kernel
def main_site(w, i, p):
    """The base that is nearest to the start, or the start itself where none stands."""
    k = w.core[i].level
    for rank in range(w.levels.head[k].num_nodes):
        node = w.levels.order[k, p, rank]
        if node < SITES and w.state.sites[i, node].owner == p:
            return node
    return w.levels.head[k].start[p]


@kernel
def move_pool(w, i, p, source, target, t, n):
    """Move ``n`` bodies of a pool with their share of its life."""
    count = w.state.counts[i, p, source, t]
    part = w.state.life[i, p, source, t] * n // count
    w.state.counts[i, p, source, t] = count - n
    w.state.life[i, p, source, t] -= part
    w.state.counts[i, p, target, t] += n
    w.state.life[i, p, target, t] += part
    if source >= SITES:
        w.state.groups[i, p, source - SITES].size -= n
    if target >= SITES:
        w.state.groups[i, p, target - SITES].size += n


@kernel
def merge(w, i, p, source, target, guards):
    """Move all bodies of one group into another; guards stay behind unless ``guards``."""
    for t in range(w.rules[i].num_bodies[p]):
        n = w.state.counts[i, p, SITES + source, t]
        if n > 0 and (guards or not w.rules[i].flags[p, t] & GUARD):
            move_pool(w, i, p, SITES + source, SITES + target, t, n)


@kernel
def speed_of(w, i, p, g):
    """The speed of the slowest body of a group; guards only count where there is nobody else."""
    slowest, guard = 0, 0
    for t in range(w.rules[i].num_bodies[p]):
        if w.state.counts[i, p, SITES + g, t] <= 0:
            continue
        speed = w.rules[i].speed[p, t] + w.state.up[i, p, t, SPEED_UP]
        if w.rules[i].flags[p, t] & GUARD:
            guard = speed if guard == 0 else min(guard, speed)
        else:
            slowest = speed if slowest == 0 else min(slowest, speed)
    return slowest if slowest > 0 else max(guard, 50)


@kernel
def tally(w, i, p):
    """Work out technology, supply and capacity from what there is."""
    rules, me = w.rules[i], w.state.players[i, p]
    total, coming, able = w.state.total[i, p], w.state.coming[i, p], w.state.able[i, p]
    tech, used, cap, army, halls = 0, 0, 0, 0, 0
    for t in range(THINGS):
        able[t] = 0
    for t in range(rules.num_things[p]):
        have = total[t]
        if have + coming[t] == 0:
            continue
        flags = rules.flags[p, t]
        used += (have + coming[t]) * rules.supply[p, t]
        if flags & HALL:
            halls += have + coming[t]
        if have == 0:
            continue
        tech |= rules.counts_as[p, t]
        cap += have * rules.provides[p, t]
        if flags & ARMY:
            army += have * rules.supply[p, t]
        for other in range(rules.num_bodies[p]):
            if (rules.counts_as[p, t] >> other) & 1:
                able[other] += have
    me.tech = tech
    me.supply_used = used
    me.supply_cap = min(cap, MOST_SUPPLY)
    me.army = army
    me.halls = halls
    me.workers = total[rules.worker[p]]


@kernel
def clear_pools(w, i):
    """No body anywhere."""
    for p in range(2):
        for place in range(PLACES):
            for t in range(BODIES):
                w.state.counts[i, p, place, t] = 0
                w.state.life[i, p, place, t] = 0
        for t in range(THINGS):
            w.state.total[i, p, t] = 0
            w.state.coming[i, p, t] = 0
            w.state.able[i, p, t] = 0
            w.state.busy[i, p, t] = 0
