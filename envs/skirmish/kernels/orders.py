"""Giving orders: what an action does at once. Nothing here moves time."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    ARMY,
    ATTACK,
    BECOMES,
    BOOST_ECONOMY,
    CONSUMES,
    DEFENCE,
    DEFEND,
    FALL_BACK,
    FIGHT,
    FIRST_THING,
    HALL,
    HASTEN,
    HOME,
    LOOK,
    MILLI,
    MOST_ORDERS,
    NEVER,
    OCCUPIES,
    POSSIBLE,
    REFINERY,
    RELIEF,
    RETREAT,
    SCOUT,
    SEND_SCOUT,
    SITES,
    STRIKE,
    STRUCTURE,
    WAIT,
)
from adaptarium.envs.skirmish.kernels.feasible import (
    boosted,
    free_site,
    obstacle,
    refinery_site,
    scout_kind,
)
from adaptarium.envs.skirmish.kernels.pools import (
    ARMY_PLACE,
    holder_of,
    main_site,
    merge,
    move_pool,
    remove,
    speed_of,
    tally,
)
from adaptarium.envs.skirmish.kernels.targets import next_look, next_target


@kernel
def defence_site(w, i, p, t):
    """The own base with the fewest bodies of kind ``t``, the outermost of equals."""
    k, best, fewest = w.core[i].level, main_site(w, i, p), 1000
    for rank in range(w.levels.head[k].num_nodes):
        node = w.levels.order[k, p, rank]
        own = node < SITES and w.state.sites[i, node].owner == p
        if own and w.state.counts[i, p, node, t] <= fewest:
            best, fewest = node, w.state.counts[i, p, node, t]
    return best


@kernel
def place_for(w, i, p, t, taken_from):
    """Where a new body of kind ``t`` will be."""
    flags = w.rules[i].flags[p, t]
    if w.rules[i].mode[p, t] == BECOMES:
        return taken_from
    if flags & HALL:
        return free_site(w, i, p)
    if flags & REFINERY:
        return refinery_site(w, i, p)
    if flags & DEFENCE:
        return defence_site(w, i, p, t)
    if flags & ARMY:
        return taken_from if taken_from >= SITES else ARMY_PLACE
    return main_site(w, i, p)


@kernel
def build_time(w, i, p, t):
    """Seconds that thing ``t`` takes now."""
    rules = w.rules[i]
    quick = rules.quick[p, t]
    if quick >= 0 and w.state.total[i, p, quick] > 0:
        return rules.quick_time[p, t]
    return rules.time[p, t]


@kernel
def enqueue(w, i, p, t, place, finish, makes):
    """Put a thing into the queue of what is under way; its place in the queue."""
    me = w.state.players[i, p]
    j = me.num_pending
    item = w.state.pending[i, p, j]
    item.thing = t
    item.producer = -1
    item.place = place
    item.makes = makes
    item.hastened = 0
    item.finish = finish
    item.ordered = me.issued
    me.issued += 1
    me.num_pending = j + 1
    me.next_due = min(me.next_due, finish)
    w.state.coming[i, p, t] += makes
    return j


@kernel
def consume(w, i, p, t):
    """Take away what thing ``t`` is made of; where it was."""
    made_of, place = w.rules[i].producer[p, t], -1
    for _ in range(w.rules[i].consumed[p, t]):
        place = holder_of(w, i, p, made_of)
        remove(w, i, p, place, made_of, 1)
    return place


@kernel
def make(w, i, p, t):
    """Begin thing ``t``: pay, take or occupy its producer."""
    rules, me = w.rules[i], w.state.players[i, p]
    mode, made_of, taken_from = rules.mode[p, t], rules.producer[p, t], -1
    me.minerals -= rules.minerals[p, t] * MILLI
    me.gas -= rules.gas[p, t] * MILLI
    if mode == BECOMES:
        taken_from = holder_of(w, i, p, made_of)
    place = place_for(w, i, p, t, taken_from)
    if mode == CONSUMES:
        taken_from = consume(w, i, p, t)
        if not rules.flags[p, t] & STRUCTURE:
            place = place_for(w, i, p, t, taken_from)
    waits = mode == OCCUPIES and w.state.busy[i, p, made_of] >= w.state.able[i, p, made_of]
    finish = NEVER if waits else w.state.now[i, 0].time + build_time(w, i, p, t)
    j = enqueue(w, i, p, t, place, finish, rules.makes[p, t])
    if mode == OCCUPIES:
        w.state.pending[i, p, j].producer = made_of
        w.state.busy[i, p, made_of] += 1


@kernel
def send(w, i, p, g, goal, order):
    """Give a group a goal."""
    group = w.state.groups[i, p, g]
    group.goal = goal
    group.order = order
    group.speed = min(speed_of(w, i, p, g), 30_000)


@kernel
def put_with(w, i, p, g, other):
    """Put an empty group where another one is."""
    group, there = w.state.groups[i, p, g], w.state.groups[i, p, other]
    group.node = there.node
    group.next = there.next
    group.left = there.left


@kernel
def attack(w, i, p):
    """The home force joins the attack; the strike force turns to the enemy."""
    strike, relief = w.state.groups[i, p, STRIKE], w.state.groups[i, p, RELIEF]
    if strike.size == 0:
        put_with(w, i, p, STRIKE, HOME)
        merge(w, i, p, HOME, STRIKE, False)
    elif relief.size == 0 and strike.node != w.state.groups[i, p, HOME].node:
        put_with(w, i, p, RELIEF, HOME)
        merge(w, i, p, HOME, RELIEF, False)
        send(w, i, p, RELIEF, strike.node, FIGHT)
    elif strike.node == w.state.groups[i, p, HOME].node:
        merge(w, i, p, HOME, STRIKE, False)
    send(w, i, p, STRIKE, next_target(w, i, p, strike.node), FIGHT)


@kernel
def scout(w, i, p):
    """One body goes to see."""
    t = scout_kind(w, i, p)
    source = ARMY_PLACE
    if w.state.counts[i, p, source, t] == 0:
        for site in range(SITES):
            if w.state.counts[i, p, site, t] > 0:
                source = site
    group = w.state.groups[i, p, SCOUT]
    if source >= SITES:
        put_with(w, i, p, SCOUT, HOME)
    else:
        group.node = source
        group.next = -1
        group.left = 0
    move_pool(w, i, p, source, SITES + SCOUT, t, 1)
    send(w, i, p, SCOUT, next_look(w, i, p), LOOK)


@kernel
def boost(w, i, p, kind):
    """Use energy."""
    rules, me, now = w.rules[i], w.state.players[i, p], w.state.now[i, 0].time
    me.energy -= rules.boost_cost[p] * MILLI
    if rules.boost[p] != HASTEN:
        place = main_site(w, i, p)
        enqueue(w, i, p, rules.larva[p], place, now + rules.boost_time[p], rules.boost_makes[p])
        return
    # Half as fast again for a while: a third of what is left, or half of that while at most.
    item = w.state.pending[i, p, boosted(w, i, p, kind)]
    item.finish -= min((item.finish - now) // 3, rules.boost_time[p] // 2)
    item.hastened = now + rules.boost_time[p]
    me.next_due = min(me.next_due, item.finish)


@kernel
def command(w, i, p, action):
    """An order to the army, or a boost."""
    home = w.state.groups[i, p, HOME]
    if action == SEND_SCOUT:
        scout(w, i, p)
    elif action == ATTACK:
        attack(w, i, p)
    elif action == FALL_BACK:
        send(w, i, p, STRIKE, home.node, RETREAT)
    elif action == DEFEND:
        send(w, i, p, STRIKE, home.goal, FIGHT)
    else:
        boost(w, i, p, action - BOOST_ECONOMY)


@kernel
def give(w, i, p, action):
    """Player ``p`` takes an action; one that is not possible is to wait."""
    me = w.state.players[i, p]
    if action <= WAIT or action >= w.mask.shape[2] or obstacle(w, i, p, action) != POSSIBLE:
        me.orders_left = 0
        return False
    me.orders_left -= 1
    for j in range(MOST_ORDERS):
        if w.state.done[i, p, j] == 0:
            w.state.done[i, p, j] = action + 1
            break
    if action < FIRST_THING:
        command(w, i, p, action)
    else:
        make(w, i, p, action - FIRST_THING)
        tally(w, i, p)
    if p == 0:
        w.metrics[i].orders += 1
    return True
