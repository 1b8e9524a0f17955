"""What a player sees: itself, what it has learnt of the other, the map from its own side."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    ACTIONS,
    BODIES,
    GROUPS,
    MILLI,
    MOST_ORDERS,
    NEVER,
    POSSIBLE,
    SITES,
    THINGS,
    WAIT,
)
from adaptarium.envs.skirmish.kernels.feasible import obstacle
from adaptarium.envs.skirmish.kernels.movement import at
from adaptarium.envs.skirmish.kernels.orders import build_time
from adaptarium.envs.skirmish.kernels.vision import in_view
from adaptarium.envs.skirmish.layout import (
    AGE_SCALE,
    COUNT_SCALE,
    DONE_SCALE,
    FORCE_SCALES,
    HIGHEST,
    NODE_SCALES,
    PERCENT,
    REASON_SCALE,
    STATUS_SCALES,
)

NUM_GROUPS = len(GROUPS)
MOST = int(HIGHEST)


@kernel
def put(row, j, number, scale):
    """Write a whole number over its scale, from 0 to the highest entry."""
    row[j] = min(max(number, 0), MOST * scale) / scale


@kernel
def show_status(w, i, p, row):
    """Resources, supply and time."""
    me, rules, status = w.state.players[i, p], w.rules[i], w.obs.status[row, p]
    larva, scales = rules.larva[p], STATUS_SCALES
    put(status, 0, w.core[i].first, scales[0])
    put(status, 1, w.state.now[i, 0].time, scales[1])
    put(status, 2, me.minerals // MILLI, scales[2])
    put(status, 3, me.gas // MILLI, scales[3])
    put(status, 4, me.supply_used, scales[4])
    put(status, 5, me.supply_cap, scales[5])
    put(status, 6, me.workers, scales[6])
    put(status, 7, me.army, scales[7])
    put(status, 8, w.state.total[i, p, larva] if larva >= 0 else 0, scales[8])
    put(status, 9, me.energy // MILLI, scales[9])
    put(status, 10, me.income_minerals * 60 // MILLI, scales[10])
    put(status, 11, me.income_gas * 60 // MILLI, scales[11])
    put(status, 12, me.orders_left, scales[12])
    put(status, 13, rules.race[p], scales[13])
    put(status, 14, rules.race[1 - p], scales[14])


@kernel
def percent_done(w, i, p, item):
    """How far something under way is, in percent; 0 while it waits."""
    if item.finish >= NEVER:
        return 0
    whole = max(build_time(w, i, p, item.thing), 1)
    left = item.finish - w.state.now[i, 0].time
    return min(max(100 - 100 * left // whole, 0), 100)


@kernel
def show_own(w, i, p, row):
    """What the player has, and what is under way."""
    for t in range(THINGS):
        put(w.obs.own[row, p], t, w.state.total[i, p, t], COUNT_SCALE)
        put(w.obs.planned[row, p], t, w.state.coming[i, p, t], COUNT_SCALE)
        w.obs.progress[row, p, t] = 0.0
    for j in range(w.state.players[i, p].num_pending):
        item = w.state.pending[i, p, j]
        done = percent_done(w, i, p, item) / PERCENT
        if done > w.obs.progress[row, p, item.thing]:
            w.obs.progress[row, p, item.thing] = done


@kernel
def show_enemy(w, i, p, row):
    """What the player knows of the other's bodies, or all of them where there is no fog."""
    for t in range(BODIES):
        n, age = w.state.seen[i, p, t], w.state.now[i, 0].time - w.state.seen_at[i, p, t]
        if not w.rules[i].fog:
            n, age = w.state.total[i, 1 - p, t] if t < w.rules[i].num_bodies[1 - p] else 0, 0
        put(w.obs.enemy[row, p], t, n, COUNT_SCALE)
        put(w.obs.sighted[row, p], t, age if n > 0 else 0, AGE_SCALE)


@kernel
def force_at(w, i, p, node):
    """Supply of a player's army at a node, in halves."""
    total = 0
    for t in range(w.rules[i].num_bodies[p]):
        worth = w.rules[i].supply[p, t]
        if worth == 0 or t == w.rules[i].worker[p] or w.state.total[i, p, t] == 0:
            continue
        if node < SITES:
            total += worth * w.state.counts[i, p, node, t]
        for g in range(NUM_GROUPS):
            if w.state.counts[i, p, SITES + g, t] > 0 and at(w, i, p, g) == node:
                total += worth * w.state.counts[i, p, SITES + g, t]
    return total


@kernel
def owner_of(w, i, p, node):
    """Whose base a node is, as far as the player knows: 0 nobody's, 1 its own, 2 the other's."""
    if node < SITES and w.state.sites[i, node].owner == p:
        return 1
    if not w.rules[i].fog:
        return 2 if node < SITES and w.state.sites[i, node].owner == 1 - p else 0
    return 2 if w.state.spotted[i, p, node] else 0


@kernel
def show_node(w, i, p, row, rank, view):
    """One node, at its place from the player's start outwards."""
    k = w.core[i].level
    node, cells = w.levels.order[k, p, rank], w.obs.nodes[row, p, rank]
    minerals, gas = 0, 0
    if node < SITES:
        minerals = w.state.sites[i, node].near + w.state.sites[i, node].far
        gas = w.state.sites[i, node].gas
    seen = (view >> node) & 1
    put(cells, 0, owner_of(w, i, p, node), NODE_SCALES[0])
    put(cells, 1, minerals // MILLI if seen else 0, NODE_SCALES[1])
    put(cells, 2, gas // MILLI if seen else 0, NODE_SCALES[2])
    put(cells, 3, w.levels.far[k, w.levels.head[k].start[p], node], NODE_SCALES[3])
    put(cells, 4, force_at(w, i, p, node), NODE_SCALES[4])
    put(cells, 5, force_at(w, i, 1 - p, node) if seen else 0, NODE_SCALES[5])
    put(cells, 6, seen and w.state.contact[i, node] > 0, NODE_SCALES[6])


@kernel
def rank_of(w, i, p, node):
    """The place of a node from the player's start outwards."""
    k = w.core[i].level
    for rank in range(w.levels.head[k].num_nodes):
        if w.levels.order[k, p, rank] == node:
            return rank
    return 0


@kernel
def show_force(w, i, p, row, g):
    """One group of the army."""
    group, cells = w.state.groups[i, p, g], w.obs.forces[row, p, g]
    supply, life, full = 0, 0, 0
    for t in range(w.rules[i].num_bodies[p]):
        n = w.state.counts[i, p, SITES + g, t]
        if n > 0:
            supply += n * w.rules[i].supply[p, t]
            life += w.state.life[i, p, SITES + g, t]
            full += n * w.rules[i].life[p, t]
    put(cells, 0, group.size, FORCE_SCALES[0])
    put(cells, 1, supply, FORCE_SCALES[1])
    put(cells, 2, group.order, FORCE_SCALES[2])
    put(cells, 3, rank_of(w, i, p, at(w, i, p, g)) + 1 if group.size > 0 else 0, FORCE_SCALES[3])
    put(cells, 4, rank_of(w, i, p, group.goal) + 1 if group.size > 0 else 0, FORCE_SCALES[4])
    put(cells, 5, group.next >= 0 and group.size > 0, FORCE_SCALES[5])
    put(cells, 6, 100 * life // max(full, 1), FORCE_SCALES[6])


@kernel
def show_reasons(w, i, p, row):
    """Why each action is not possible."""
    for action in range(min(w.obs.reasons.shape[2], ACTIONS)):
        why = obstacle(w, i, p, action) if w.rules[i].reasons else POSSIBLE
        w.obs.reasons[row, p, action] = why / REASON_SCALE


@kernel
def show_nodes(w, i, p, row):
    """The map from the player's start outwards."""
    view, nodes = in_view(w, i, p), w.state.now[i, 0].num_nodes
    for rank in range(w.obs.nodes.shape[2]):
        if rank < nodes:
            show_node(w, i, p, row, rank, view)
            continue
        for j in range(w.obs.nodes.shape[3]):
            w.obs.nodes[row, p, rank, j] = 0.0


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of slot ``i``, for every player from outside."""
    for p in range(w.reward.shape[1]):
        if p >= w.rules[i].outside:
            blank(w, row, p)
            continue
        show_status(w, i, p, row)
        show_own(w, i, p, row)
        show_enemy(w, i, p, row)
        show_nodes(w, i, p, row)
        for g in range(NUM_GROUPS):
            show_force(w, i, p, row, g)
        for j in range(MOST_ORDERS):
            w.obs.given[row, p, j] = w.state.done[i, p, j] / DONE_SCALE
        show_reasons(w, i, p, row)


@kernel
def wipe(cells):
    """Zeros."""
    for j in range(cells.shape[0]):
        cells[j] = 0.0


@kernel
def blank(w, row, p):
    """A seat that the world lacks sees nothing."""
    obs = w.obs
    wipe(obs.status[row, p])
    wipe(obs.own[row, p])
    wipe(obs.planned[row, p])
    wipe(obs.progress[row, p])
    wipe(obs.enemy[row, p])
    wipe(obs.sighted[row, p])
    wipe(obs.given[row, p])
    wipe(obs.reasons[row, p])
    for rank in range(obs.nodes.shape[2]):
        wipe(obs.nodes[row, p, rank])
    for g in range(NUM_GROUPS):
        wipe(obs.forces[row, p, g])


@kernel
def masks(w, i):
    """Write which actions are possible."""
    for p in range(w.mask.shape[1]):
        for action in range(w.mask.shape[2]):
            free = action == WAIT or (
                w.state.players[i, p].level == 0 and obstacle(w, i, p, action) == POSSIBLE
            )
            w.mask[i, p, action] = w.alive[i, p] != 0 and free
