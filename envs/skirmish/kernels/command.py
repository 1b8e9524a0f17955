"""When a built-in player attacks, falls back and feels threatened: sums of might (``flat``)."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    ARMY,
    ATTACK,
    DEFENCE,
    DEFEND,
    FALL_BACK,
    HOME,
    MOST_ORDERS,
    MOST_SUPPLY,
    RETREAT,
    SITES,
    STRIKE,
    SUPPLY,
    VISION,
    WAIT,
)

# Seconds after which what was seen no longer counts, and for which a player feels informed.
STALE, FRESH = 120, 60
# From when on a player no longer waits for the army of its style, and when it takes any.
LATE, LAST = 360, 600
# Supply of the smallest army that attacks, and of one that uses an enemy's weakness.
SMALLEST, CHANCE = 4 * SUPPLY, 12 * SUPPLY


@kernel
def sees_all(w, i, p):
    """Whether the level of a built-in player lets it see all."""
    level = w.state.players[i, p].level
    return level > 0 and w.rules[i].handicap[level - 1, VISION] != 0


@kernel
def own_might(w, i, p):
    """The might of a player's army."""
    rules, total = w.rules[i], 0
    for t in range(rules.num_bodies[p]):
        if rules.flags[p, t] & ARMY:
            total += w.state.total[i, p, t] * rules.might[p, t]
    return total


@kernel
def force_might(w, i, p, g):
    """The might of one group."""
    rules, total = w.rules[i], 0
    for t in range(rules.num_bodies[p]):
        total += w.state.counts[i, p, SITES + g, t] * rules.might[p, t]
    return total


@kernel
def enemy_might(w, i, p, kinds):
    """The might of the enemy's bodies with one of these flags, as far as the player knows."""
    rules, all_seen, total = w.rules[i], sees_all(w, i, p), 0
    for t in range(rules.num_bodies[1 - p]):
        if not rules.flags[1 - p, t] & kinds:
            continue
        n = w.state.total[i, 1 - p, t] if all_seen else w.state.seen[i, p, t]
        fresh = all_seen or w.state.now[i, 0].time - w.state.seen_at[i, p, t] <= STALE
        if n > 0 and (fresh or rules.flags[1 - p, t] & DEFENCE):
            total += n * rules.might[1 - p, t]
    return total


@kernel
def informed(w, i, p):
    """Whether the player has seen the enemy's start of late."""
    start = w.levels.head[w.core[i].level].start[1 - p]
    seen = w.state.looked[i, p, start]
    return sees_all(w, i, p) or (seen >= 0 and w.state.now[i, 0].time - seen <= FRESH)


@kernel
def caution(w, i):
    """How much a player still waits for, in percent: all until ``LATE``, nothing from ``LAST``."""
    left = LAST - w.state.now[i, 0].time
    return min(max(100 * left // (LAST - LATE), 0), 100)


@kernel
def enough_army(w, i, p):
    """The army with which a player attacks, in halves of supply: of its style, less when late."""
    wanted = w.rules[i].plan_attack[p, w.state.players[i, p].style]
    return max(wanted * caution(w, i) // 100, SMALLEST)


@kernel
def threatened(w, i, p):
    """Whether the enemy is known to have the much larger army."""
    return 10 * own_might(w, i, p) < 7 * enemy_might(w, i, p, ARMY)


@kernel
def commanded(w, i, p):
    """Whether the army has had its command in this decision."""
    for j in range(MOST_ORDERS):
        if ATTACK < w.state.done[i, p, j] <= DEFEND + 1:
            return True
    return False


@kernel
def lead_army(w, i, p):
    """A command to the army, or ``WAIT``: attack when strong enough, fall back when beaten."""
    me, strike = w.state.players[i, p], w.state.groups[i, p, STRIKE]
    if me.army == 0 or commanded(w, i, p):
        return WAIT
    enough, mine = enough_army(w, i, p), own_might(w, i, p)
    enemy = enemy_might(w, i, p, ARMY) * caution(w, i) // 100
    if strike.size > 0 and strike.order == RETREAT:
        return WAIT
    if strike.size > 0:
        few = 4 * force_supply(w, i, p, STRIKE) < enough
        if few or 2 * force_might(w, i, p, STRIKE) < enemy:
            return FALL_BACK
        # Reinforcements go in waves.
        return ATTACK if 4 * force_supply(w, i, p, HOME) >= enough else WAIT
    if me.supply_used >= MOST_SUPPLY - 20 or (me.army >= enough and 10 * mine >= 9 * enemy):
        return ATTACK
    weak = mine >= 2 * enemy_might(w, i, p, ARMY | DEFENCE)
    return ATTACK if weak and me.army >= CHANCE and informed(w, i, p) else WAIT


@kernel
def force_supply(w, i, p, g):
    """Supply of one group, in halves."""
    total = 0
    for t in range(w.rules[i].num_bodies[p]):
        total += w.state.counts[i, p, SITES + g, t] * w.rules[i].supply[p, t]
    return total
