"""What a player can do now, and why not: one pass behind policies, masks and reasons.

The reasons are looked at in the order of ``codes.REASONS``; the first that holds is the answer.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    ABSENT,
    ARMY,
    ATTACK,
    BECOMES,
    BOOST_ECONOMY,
    BUSY,
    CONSUMES,
    DECIDED,
    DEFEND,
    DONE,
    ENERGY,
    FALL_BACK,
    FIGHT,
    FIRST_THING,
    GAS,
    GUARD,
    HALL,
    HASTEN,
    HOME,
    MILLI,
    MINERALS,
    NEVER,
    NOBODY,
    NOT_MADE,
    OCCUPIES,
    PLACE,
    POSSIBLE,
    PRODUCER,
    QUEUE,
    REFINERY,
    RELIEF,
    RETREAT,
    ROOM,
    SCOUT,
    SEND_SCOUT,
    SITES,
    STRIKE,
    STRUCTURE,
    TECHNOLOGY,
    UPGRADE,
    WAIT,
)

# Orders that a producer may have at a time: one running and one behind it.
DEPTH = 2


@kernel
def free_site(w, i, p):
    """The nearest site where nobody has or builds a base, as far as the player's side goes; or -1.

    What the enemy holds is refused by the ground itself, seen or not.
    """
    k = w.core[i].level
    for rank in range(w.levels.head[k].num_nodes):
        node = w.levels.order[k, p, rank]
        if node >= w.levels.head[k].num_sites or w.state.sites[i, node].owner >= 0:
            continue
        taken = False
        for side in range(2):
            for j in range(w.state.players[i, side].num_pending):
                item = w.state.pending[i, side, j]
                hall = w.rules[i].flags[side, item.thing] & HALL
                taken = taken or (hall != 0 and item.place == node)
        if not taken:
            return node
    return -1


@kernel
def refineries_at(w, i, p, site):
    """How many refineries a player has, or builds, at a site."""
    t, found = w.rules[i].refinery[p], 0
    for j in range(w.state.players[i, p].num_pending):
        item = w.state.pending[i, p, j]
        found += item.thing == t and item.place == site
    return found + w.state.counts[i, p, site, t]


@kernel
def refinery_site(w, i, p):
    """The first base with a geyser to spare; or -1."""
    k = w.core[i].level
    for rank in range(w.levels.head[k].num_nodes):
        node = w.levels.order[k, p, rank]
        if node >= w.levels.head[k].num_sites or w.state.sites[i, node].owner != p:
            continue
        if w.state.sites[i, node].gas > 0 and refineries_at(w, i, p, node) < w.rules[i].geysers:
            return node
    return -1


@kernel
def producer_free(w, i, p, t):
    """Whether what makes ``t`` is there and has a hand free."""
    rules, mode, made_of = w.rules[i], w.rules[i].mode[p, t], w.rules[i].producer[p, t]
    if mode == OCCUPIES:
        return w.state.busy[i, p, made_of] < DEPTH * w.state.able[i, p, made_of]
    if mode == BECOMES:
        return w.state.total[i, p, made_of] > w.state.coming[i, p, t]
    return w.state.total[i, p, made_of] >= rules.consumed[p, t]


@kernel
def place_free(w, i, p, t):
    """Whether there is a place where ``t`` can stand."""
    flags = w.rules[i].flags[p, t]
    if not flags & STRUCTURE or w.rules[i].mode[p, t] == BECOMES:
        return True
    if flags & HALL:
        return free_site(w, i, p) >= 0
    if flags & REFINERY:
        return refinery_site(w, i, p) >= 0
    return w.state.players[i, p].halls > 0


@kernel
def room_for(w, i, p, t):
    """Whether the supply suffices for ``t``, less what it is made of."""
    rules, me = w.rules[i], w.state.players[i, p]
    wanted = rules.supply[p, t] * rules.makes[p, t]
    if rules.mode[p, t] == CONSUMES:
        wanted -= rules.supply[p, rules.producer[p, t]] * rules.consumed[p, t]
    return wanted <= 0 or me.supply_used + wanted <= me.supply_cap


@kernel
def thing_obstacle(w, i, p, t):
    """Why thing ``t`` cannot be made now; ``POSSIBLE`` where it can."""
    rules, me = w.rules[i], w.state.players[i, p]
    if t >= rules.num_things[p] or rules.mode[p, t] == NOT_MADE:
        return ABSENT
    if rules.requires[p, t] & ~me.tech:
        return TECHNOLOGY
    made_of = rules.producer[p, t]
    if rules.mode[p, t] != CONSUMES and not (me.tech >> made_of) & 1:
        return TECHNOLOGY
    have = w.state.total[i, p, t] + w.state.coming[i, p, t]
    most = 1 if rules.flags[p, t] & UPGRADE else rules.most[p, t]
    if most > 0 and have >= most:
        return DONE
    if rules.minerals[p, t] * MILLI > me.minerals:
        return MINERALS
    if rules.gas[p, t] * MILLI > me.gas:
        return GAS
    if not room_for(w, i, p, t):
        return ROOM
    if not producer_free(w, i, p, t):
        return PRODUCER
    if not place_free(w, i, p, t):
        return PLACE
    return BUSY if me.num_pending >= QUEUE else POSSIBLE


@kernel
def fighters_at_home(w, i, p):
    """Whether the home force has anybody who would go."""
    for t in range(w.rules[i].num_bodies[p]):
        if w.state.counts[i, p, SITES + HOME, t] > 0:
            flags = w.rules[i].flags[p, t]
            if flags & ARMY and not flags & GUARD:
                return True
    return False


@kernel
def can_follow(w, i, p):
    """Whether fighters at home can join the attack: one relief at a time is on its way."""
    strike, home = w.state.groups[i, p, STRIKE], w.state.groups[i, p, HOME]
    on_its_way = strike.size > 0 and strike.node != home.node
    if on_its_way and w.state.groups[i, p, RELIEF].size > 0:
        return False
    return fighters_at_home(w, i, p)


@kernel
def scout_kind(w, i, p):
    """The kind of body that would go scouting; -1 for nobody."""
    for j in range(w.rules[i].scouts.shape[1]):
        t = w.rules[i].scouts[p, j]
        if t >= 0 and (w.state.counts[i, p, SITES + HOME, t] > 0 or at_sites(w, i, p, t) > 0):
            return t
    return -1


@kernel
def at_sites(w, i, p, t):
    """How many bodies of a kind are at sites."""
    total = 0
    for site in range(SITES):
        total += w.state.counts[i, p, site, t]
    return total


@kernel
def boosted(w, i, p, kind):
    """The place in the queue of what a boost of this action would hasten; -1 for nothing."""
    best, longest, rules = -1, 0, w.rules[i]
    for j in range(w.state.players[i, p].num_pending):
        item = w.state.pending[i, p, j]
        left = item.finish - w.state.now[i, 0].time
        if item.producer < 0 or item.finish >= NEVER or item.hastened > w.state.now[i, 0].time:
            continue
        worker, upgrade = item.thing == rules.worker[p], rules.flags[p, item.thing] & UPGRADE != 0
        fits = worker if kind == 0 else upgrade if kind == 2 else not worker and not upgrade
        if fits and left > longest:
            best, longest = j, left
    return best


@kernel
def boost_obstacle(w, i, p, kind):
    """Why the energy cannot be used: for workers (0), the army (1) or upgrades (2)."""
    rules, me = w.rules[i], w.state.players[i, p]
    if rules.boost[p] != HASTEN:
        if kind > 0:
            return ABSENT
        ready = w.state.coming[i, p, rules.larva[p]] < rules.boost_makes[p] * me.halls
    else:
        ready = boosted(w, i, p, kind) >= 0
    if me.energy < rules.boost_cost[p] * MILLI or not ready or me.num_pending >= QUEUE:
        return ENERGY
    return POSSIBLE


@kernel
def command_obstacle(w, i, p, action):
    """Why a command to the army or a boost is not possible."""
    strike, scout = w.state.groups[i, p, STRIKE], w.state.groups[i, p, SCOUT]
    if action == SEND_SCOUT:
        return NOBODY if scout.size > 0 or scout_kind(w, i, p) < 0 else POSSIBLE
    if action == ATTACK:
        turned = strike.size > 0 and strike.order != FIGHT
        return POSSIBLE if turned or can_follow(w, i, p) else NOBODY
    if action == FALL_BACK:
        return NOBODY if strike.size == 0 or strike.order == RETREAT else POSSIBLE
    if action == DEFEND:
        home = w.state.groups[i, p, HOME]
        called = strike.order == FIGHT and strike.goal == home.goal
        return NOBODY if strike.size == 0 or called else POSSIBLE
    return boost_obstacle(w, i, p, action - BOOST_ECONOMY)


@kernel
def obstacle(w, i, p, action):
    """Why an action is not possible now; ``POSSIBLE`` where it is."""
    if action == WAIT:
        return POSSIBLE
    if w.state.players[i, p].orders_left <= 0:
        return DECIDED
    if action < FIRST_THING:
        return command_obstacle(w, i, p, action)
    return thing_obstacle(w, i, p, action - FIRST_THING)
