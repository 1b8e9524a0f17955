"""Built-in players: a plan, a taste in armies, and rules of thumb for when to fight.

Their orders go through the same feasibility pass as anybody's. What makes a level weak is in the
table of handicaps: seldom, few, wasted decisions and few workers; strong ones cheat.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.skirmish.codes import (
    ARMY,
    ATTACK,
    ATTENTION,
    BOOST_ECONOMY,
    CADENCE,
    CREW,
    D_SLIP,
    DEFENCE,
    FALL_BACK,
    FIGHT,
    FIRST_THING,
    GAS,
    GROUND,
    MILLI,
    MINERALS,
    MOST_SUPPLY,
    POSSIBLE,
    SEND_SCOUT,
    SITES,
    SLIPS,
    STRIKE,
    VISION,
    WAIT,
)
from adaptarium.envs.skirmish.kernels.feasible import obstacle, thing_obstacle
from adaptarium.envs.skirmish.kernels.orders import give

# Seconds after which what was seen no longer counts.
STALE = 120
# Static defences of a kind that a threatened player builds.
MOST_DEFENCES = 4
# Workers of a player at the height of its powers.
MANY_WORKERS = 66
# From when on a player no longer waits for the army of its style, and when it takes any.
LATE, LAST = 420, 720
# Minerals that lie idle before a player builds more to spend them on.
IDLE = 500


@kernel
def enemy_army(w, i, p):
    """Supply of the army that a player thinks the other has, in halves."""
    me, rules, total = w.state.players[i, p], w.rules[i], 0
    if me.level > 0 and rules.handicap[me.level - 1, VISION]:
        return w.state.players[i, 1 - p].army
    for t in range(rules.num_bodies[1 - p]):
        known = rules.flags[1 - p, t] & ARMY != 0 and w.state.seen[i, p, t] > 0
        if known and w.state.now[i, 0].time - w.state.seen_at[i, p, t] <= STALE:
            total += w.state.seen[i, p, t] * rules.supply[1 - p, t]
    return total


@kernel
def strike_supply(w, i, p):
    """Supply of the strike force, in halves."""
    total = 0
    for t in range(w.rules[i].num_bodies[p]):
        total += w.state.counts[i, p, SITES + STRIKE, t] * w.rules[i].supply[p, t]
    return total


@kernel
def enough_army(w, i, p):
    """The army with which a player attacks, in halves of supply.

    That of its style, less for a level with few workers, and less and less late in a match.
    """
    me, rules = w.state.players[i, p], w.rules[i]
    wanted = rules.plan_attack[p, me.style]
    if me.level > 0:
        wanted = wanted * rules.handicap[me.level - 1, CREW] // MANY_WORKERS
    late = max(w.state.now[i, 0].time - LATE, 0)
    wanted = wanted * max(LAST - LATE - late, 0) // (LAST - LATE)
    return max(wanted, 8)


@kernel
def threatened(w, i, p):
    """Whether the enemy has been seen with a larger army of late."""
    return 10 * w.state.players[i, p].army < 9 * enemy_army(w, i, p)


@kernel
def lead_army(w, i, p):
    """A command to the army, or ``WAIT``: attack when strong enough, fall back when beaten."""
    me, strike = w.state.players[i, p], w.state.groups[i, p, STRIKE]
    enough = enough_army(w, i, p)
    enemy = enemy_army(w, i, p)
    full = me.supply_used >= MOST_SUPPLY - 20
    if strike.size > 0 and strike.order == FIGHT:
        if 2 * strike_supply(w, i, p) < enemy:
            return FALL_BACK
        # Reinforcements go in waves.
        home = me.army - strike_supply(w, i, p)
        return ATTACK if 4 * home >= enough else WAIT
    if full or (me.army >= enough and 10 * me.army >= 8 * enemy):
        return ATTACK
    return WAIT


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
def wants_worker(w, i, p):
    """Whether another worker has work, and the player wants as many."""
    me, rules = w.state.players[i, p], w.rules[i]
    have = me.workers + w.state.coming[i, p, rules.worker[p]]
    places = 16 * me.halls + 3 * w.state.total[i, p, rules.refinery[p]] + 2
    most = rules.plan_workers[p, me.style]
    if me.level > 0:
        most = min(most, rules.handicap[me.level - 1, CREW])
    return have < min(places, most)


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
    unit = recruit(w, i, p)
    if unit >= 0:
        return FIRST_THING + unit
    more = rules.surplus[p, me.style]
    have = w.state.able[i, p, more] + w.state.coming[i, p, more]
    rich = me.minerals > IDLE * MILLI and have < rules.surplus_most[p, me.style]
    if rich and thing_obstacle(w, i, p, more) == POSSIBLE:
        return FIRST_THING + more
    return WAIT


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
