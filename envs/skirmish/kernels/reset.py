"""The start of a match."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.skirmish.codes import (
    BODIES,
    D_STYLE,
    EFFECTS,
    MILLI,
    MOST_ORDERS,
    NEVER,
    QUEUE,
    RANDOM_STYLE,
    SITES,
    STAND,
    STYLES,
)
from adaptarium.envs.skirmish.kernels.economy import assign
from adaptarium.envs.skirmish.kernels.pools import NUM_GROUPS, add, clear_pools, tally
from adaptarium.envs.skirmish.kernels.production import assets
from adaptarium.envs.skirmish.kernels.vision import look

NUM_STYLES, NUM_EFFECTS = len(STYLES), len(EFFECTS)


@kernel
def clear_player(w, i, p):
    """Nothing known, nothing under way."""
    for j in range(QUEUE):
        item = w.state.pending[i, p, j]
        item.thing = 0
        item.producer = 0
        item.place = 0
        item.makes = 0
        item.finish = 0
        item.hastened = 0
        item.ordered = 0
    for t in range(BODIES):
        w.state.seen[i, p, t] = 0
        w.state.seen_at[i, p, t] = 0
        for effect in range(NUM_EFFECTS):
            w.state.up[i, p, t, effect] = 0
    for node in range(w.state.looked.shape[2]):
        w.state.looked[i, p, node] = -1
    for node in range(w.state.spotted.shape[2]):
        w.state.spotted[i, p, node] = 0
    for j in range(MOST_ORDERS):
        w.state.done[i, p, j] = 0


@kernel
def clear_ground(w, i, k):
    """Full deposits, nobody's sites, no fights."""
    rules = w.rules[i]
    for site in range(SITES):
        field, there = w.state.sites[i, site], site < w.levels.head[k].num_sites
        field.owner = -1
        field.near = rules.patches_near * rules.patch_near * MILLI if there else 0
        field.far = rules.patches_far * rules.patch_far * MILLI if there else 0
        field.gas = rules.geysers * rules.geyser * MILLI if there else 0
    for node in range(w.state.contact.shape[1]):
        w.state.contact[i, node] = 0


@kernel
def style_of(w, i, p, style):
    """A style; another one for ``random``, drawn anew in each match."""
    if style != RANDOM_STYLE:
        return style
    return 1 + choose(w, i, NUM_STYLES - 1, D_STYLE, p, w.core[i].inner)


@kernel
def seat(w, i, k, p):
    """Who plays: from outside (level 0), the proxy, or a built-in player."""
    me, rules, built_in = w.state.players[i, p], w.rules[i], w.levels.players[k, p]
    me.level = 0
    me.style = 0
    if p < rules.outside and p < w.reward.shape[1]:
        if p == 0 and rules.proxy >= 0:
            me.level = rules.proxy_level
            me.style = style_of(w, i, p, rules.proxy)
        return
    me.level = rules.level if rules.level > 0 else built_in.level
    me.style = style_of(w, i, p, rules.style if rules.style >= 0 else built_in.style)


@kernel
def begin_player(w, i, k, p):
    """A player at its start."""
    me, rules, start = w.state.players[i, p], w.rules[i], w.levels.head[k].start[p]
    me.minerals = rules.start_minerals
    me.gas = 0
    me.larva_clock = 0
    me.num_pending = 0
    me.next_due = NEVER
    me.issued = 0
    me.last_decision = -1000
    me.fought = -1000
    for g in range(NUM_GROUPS):
        group = w.state.groups[i, p, g]
        group.left = 0
        group.size = 0
        group.node = start
        group.next = -1
        group.goal = start
        group.order = STAND
        group.speed = 0
    for t in range(rules.num_bodies[p]):
        if rules.start[p, t] > 0:
            add(w, i, p, start, t, rules.start[p, t])
    me.energy = (
        rules.start_energy[p, rules.caster[p]] * MILLI * w.state.total[i, p, rules.caster[p]]
    )
    seat(w, i, k, p)
    me.orders_left = rules.orders if me.level == 0 else 0
    tally(w, i, p)
    assign(w, i, p)
    me.assets = assets(w, i, p)


@kernel
def begin_measures(w, i):
    """Nothing measured yet."""
    metrics = w.metrics[i]
    metrics.pbr = 0.0
    metrics.rur = 0.0
    metrics.apu = 0.0
    metrics.tr = 0.0
    metrics.apm = 0.0
    metrics.destroyed = 0.0
    metrics.lost = 0.0
    metrics.success = 0
    metrics.seconds = 0
    metrics.blocked = 0
    metrics.orders = 0
    metrics.floated = 0
    metrics.used = 0.0
    metrics.decisions = 0
    metrics.techs = 0


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    now = w.state.now[i, 0]
    now.time = 0
    now.over = 0
    now.winner = -1
    now.num_nodes = w.levels.head[k].num_nodes
    clear_pools(w, i)
    clear_ground(w, i, k)
    begin_measures(w, i)
    for p in range(2):
        clear_player(w, i, p)
        begin_player(w, i, k, p)
    for p in range(2):
        look(w, i, p)
    for a in range(w.reward.shape[1]):
        w.alive[i, a] = a < w.rules[i].outside
        w.acting[i, a] = w.alive[i, a]
