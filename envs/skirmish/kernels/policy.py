"""Built-in players: a plan, a taste in armies, and what to do with the rest of the money.

Their orders go through the same feasibility pass as anybody's. What makes a level weak is in the
table of handicaps: seldom, few and wasted decisions, workers that idle; strong ones cheat.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.skirmish.codes import (
    ATTENTION,
    BOOST_ECONOMY,
    CADENCE,
    D_SLIP,
    DEFENCE,
    FIRST_THING,
    GAS,
    GROUND,
    MILLI,
    MINERALS,
    MOST_SUPPLY,
    POSSIBLE,
    SEND_SCOUT,
    SLIPS,
    WAIT,
)
from adaptarium.envs.skirmish.kernels.command import STALE, enough_army, lead_army, threatened
from adaptarium.envs.skirmish.kernels.feasible import obstacle, thing_obstacle
from adaptarium.envs.skirmish.kernels.orders import give

# Static defences of a kind that a threatened player builds.
MOST_DEFENCES = 4
# Minerals that lie idle before a player builds more to spend them on.
IDLE = 500
# From when on a style grows beyond its workers, by one in so many seconds, up to how many.
SETTLED, PACE, MANY_WORKERS = 300, 10, 66
# Minerals a minute that a worker brings where deposits are not yet running out.
GOOD_YIELD = 38


@kernel
def needs_supply(w, i, p):
    """Whether more supply should be under way."""
    me, rules = w.state.players[i, p], w.rules[i]
    if me.supply_cap >= MOST_SUPPLY:
        return False
    t = rules.supplier[p]
    coming = w.state.coming[i, p, t] * rules.provides[p, t]
    hall = rules.hall[p]
    coming += w.state.coming[i, p, hall] * rules.provides[p, hall]
    # About what is spent while a supplier is built.
    margin = 4 + me.supply_used // 6
    return me.supply_cap + coming - me.supply_used < margin


@kernel
def places(w, i, p):
    """How many workers find full work."""
    return 16 * w.state.players[i, p].halls + 3 * w.state.total[i, p, w.rules[i].refinery[p]]


@kernel
def most_workers(w, i, p):
    """How many workers a player wants: those of its style, and later on more and more."""
    late = max(w.state.now[i, 0].time - SETTLED, 0)
    return min(w.rules[i].plan_workers[p, w.state.players[i, p].style] + late // PACE, MANY_WORKERS)


@kernel
def wants_worker(w, i, p):
    """Whether another worker has work, and the style wants as many."""
    me, rules = w.state.players[i, p], w.rules[i]
    have = me.workers + w.state.coming[i, p, rules.worker[p]]
    return have < min(places(w, i, p) + 2, most_workers(w, i, p))


@kernel
def wants_base(w, i, p):
    """Whether workers find no full work, or deposits run out."""
    me, rules = w.state.players[i, p], w.rules[i]
    if w.state.coming[i, p, rules.hall[p]] > 0:
        return False
    full = places(w, i, p) < min(me.workers + 4, most_workers(w, i, p))
    income = (me.income_minerals + me.income_gas) * 60 // MILLI
    return full or income < GOOD_YIELD * me.workers


@kernel
def saves_for_base(w, i, p):
    """Whether a player with half of the army that it wants puts money aside for a base."""
    me, hall = w.state.players[i, p], w.rules[i].hall[p]
    if 2 * me.army < enough_army(w, i, p) or not wants_base(w, i, p):
        return False
    return thing_obstacle(w, i, p, hall) == MINERALS and me.minerals < IDLE * MILLI


@kernel
def grow(w, i, p):
    """What idle money is good for: gas, more of what the style produces with; or -1."""
    me, rules = w.state.players[i, p], w.rules[i]
    refinery, more = rules.refinery[p], rules.surplus[p, me.style]
    short = me.gas < me.minerals // 4 and w.state.coming[i, p, refinery] == 0
    if short and thing_obstacle(w, i, p, refinery) == POSSIBLE:
        return refinery
    have = w.state.able[i, p, more] + w.state.coming[i, p, more]
    if have < rules.surplus_most[p, me.style] and thing_obstacle(w, i, p, more) == POSSIBLE:
        return more
    return -1


@kernel
def follow_plan(w, i, p):
    """The first row of the plan that is due and possible; -1 for none, -2 to save up for one."""
    me, rules = w.state.players[i, p], w.rules[i]
    for row in range(rules.plan_rows[p, me.style]):
        t = rules.plan_thing[p, me.style, row]
        if me.supply_used < rules.plan_supply[p, me.style, row]:
            continue
        have = w.state.able[i, p, t] if t < rules.num_bodies[p] else w.state.total[i, p, t]
        if have + w.state.coming[i, p, t] >= rules.plan_count[p, me.style, row]:
            continue
        why = thing_obstacle(w, i, p, t)
        if why == POSSIBLE:
            return t
        if why == MINERALS or (why == GAS and w.state.players[i, p].income_gas > 0):
            return -2
    return -1


@kernel
def recruit(w, i, p):
    """The unit that the army has too few of for the style's taste; -1 where none is possible."""
    me, rules = w.state.players[i, p], w.rules[i]
    best, most = -1, 0
    for t in range(rules.num_bodies[p]):
        weight = rules.army[p, me.style, t]
        if weight == 0 or thing_obstacle(w, i, p, t) != POSSIBLE:
            continue
        have = w.state.total[i, p, t] + w.state.coming[i, p, t]
        want = weight * 100_000 // (have * rules.supply[p, t] + 1)
        if want > most:
            best, most = t, want
    return best


@kernel
def arm(w, i, p):
    """A unit or a static defence against a threat; -1 where neither is possible."""
    unit = recruit(w, i, p)
    if unit >= 0:
        return unit
    rules = w.rules[i]
    for t in range(rules.num_bodies[p]):
        few = w.state.total[i, p, t] + w.state.coming[i, p, t] < MOST_DEFENCES
        shoots = rules.flags[p, t] & DEFENCE != 0 and rules.damage[p, GROUND, t] > 0
        if few and shoots and thing_obstacle(w, i, p, t) == POSSIBLE:
            return t
    return -1


@kernel
def spend(w, i, p):
    """What to make next; ``WAIT`` for nothing."""
    me, rules = w.state.players[i, p], w.rules[i]
    supplier, worker = rules.supplier[p], rules.worker[p]
    if needs_supply(w, i, p):
        why = thing_obstacle(w, i, p, supplier)
        if why == POSSIBLE:
            return FIRST_THING + supplier
        if why == MINERALS and me.supply_used + 2 >= me.supply_cap:
            return WAIT
    if threatened(w, i, p):
        unit = arm(w, i, p)
        if unit >= 0:
            return FIRST_THING + unit
    if wants_worker(w, i, p) and thing_obstacle(w, i, p, worker) == POSSIBLE:
        return FIRST_THING + worker
    row = follow_plan(w, i, p)
    if row >= 0:
        return FIRST_THING + row
    if row == -2 and me.minerals < IDLE * MILLI:
        return WAIT
    if wants_base(w, i, p) and thing_obstacle(w, i, p, rules.hall[p]) == POSSIBLE:
        return FIRST_THING + rules.hall[p]
    if saves_for_base(w, i, p):
        return WAIT
    unit = recruit(w, i, p)
    if unit >= 0:
        return FIRST_THING + unit
    more = grow(w, i, p) if me.minerals > IDLE * MILLI else -1
    return FIRST_THING + more if more >= 0 else WAIT


@kernel
def decide(w, i, p):
    """The next order of a built-in player; ``WAIT`` when it has none."""
    action = lead_army(w, i, p)
    if action != WAIT and obstacle(w, i, p, action) == POSSIBLE:
        return action
    due = w.state.now[i, 0].time >= 60 and w.state.players[i, p].workers >= 14
    if due and obstacle(w, i, p, SEND_SCOUT) == POSSIBLE and wants_scout(w, i, p):
        return SEND_SCOUT
    for kind in (2, 1, 0):
        if obstacle(w, i, p, BOOST_ECONOMY + kind) == POSSIBLE:
            return BOOST_ECONOMY + kind
    return spend(w, i, p)


@kernel
def wants_scout(w, i, p):
    """Whether it is long since the player has seen the enemy's start."""
    start = w.levels.head[w.core[i].level].start[1 - p]
    return w.state.now[i, 0].time - w.state.looked[i, p, start] > STALE


@kernel
def play(w, i, p):
    """A built-in player takes its decision, if its level lets it take one now."""
    me, now = w.state.players[i, p], w.state.now[i, 0].time
    able = w.rules[i].handicap[me.level - 1]
    if now - me.last_decision < able[CADENCE]:
        return
    me.last_decision = now
    if choose(w, i, 1000, D_SLIP, p, 0) < able[SLIPS]:
        return
    me.orders_left = min(w.rules[i].orders, able[ATTENTION])
    while me.orders_left > 0:
        if not give(w, i, p, decide(w, i, p)):
            break
    me.orders_left = 0
