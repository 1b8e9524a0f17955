"""Mechanics of combat: whoever meets at a node fights there, second by second.

Damage is expected damage. A body shoots at what it can reach and see of the first class that there
is: fighters, then workers, then the rest; at each kind by its share of that class's life. Those who
reach far begin at once, others when they have run up; a narrow place lets few fight hand to hand.
A pool loses bodies one after the other, as under concentrated fire.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    AIR,
    ARMOUR_UP,
    ATTACK_UP,
    CENTI,
    DETECTOR,
    GROUND,
    HASTE_UP,
    HIDDEN,
    LARVA,
    RANGE_UP,
    REGENERATION_UP,
    SITES,
    SKY,
    SPEED_UP,
    SPLASH_UP,
    STRUCTURE,
    SUICIDE,
    WORKER,
)
from adaptarium.envs.skirmish.kernels.economy import SHIFT
from adaptarium.envs.skirmish.kernels.movement import at
from adaptarium.envs.skirmish.kernels.pools import NUM_GROUPS, remove, tally
from adaptarium.envs.skirmish.kernels.production import cancel_lost

# How far apart two armies begin, in hundredths of cells.
APART = 600
# Bodies hit by a blast, in percent, are 100 + this * radius ** 2, of a crowd that stands body to
# body; half of the disc is filled, and its rim takes part of the damage.
CROWD = 90
# Seconds without a fight after which bodies recover.
CALM = 10


@kernel
def class_of(w, i, p, t):
    """What is shot at first: 0 fighters, 1 workers and other units, 2 structures, 3 never."""
    rules = w.rules[i]
    flags = rules.flags[p, t]
    if flags & LARVA:
        return 3
    if flags & WORKER:
        return 1
    if rules.damage[p, GROUND, t] > 0 or rules.damage[p, SKY, t] > 0:
        return 0
    return 2 if flags & STRUCTURE else 1


@kernel
def gather(w, i, p, node):
    """Put together who of a player is at a node; whether there is a detector among them."""
    detects, many = False, 0
    here, pool = w.scratch.here[i, p], w.scratch.pool[i, p]
    for t in range(w.rules[i].num_bodies[p]):
        here[t] = 0
        pool[t] = 0
        if w.state.total[i, p, t] == 0:
            continue
        if node < SITES:
            here[t] = w.state.counts[i, p, node, t]
            pool[t] = w.state.life[i, p, node, t]
        for g in range(NUM_GROUPS):
            if w.state.counts[i, p, SITES + g, t] > 0 and at(w, i, p, g) == node:
                here[t] += w.state.counts[i, p, SITES + g, t]
                pool[t] += w.state.life[i, p, SITES + g, t]
        if here[t] > 0:
            w.scratch.hurt[i, p, t] = 0
            w.scratch.kinds[i, p, many] = t
            many += 1
            if w.rules[i].flags[p, t] & DETECTOR:
                detects = True
    w.scratch.many[i, p] = many
    return detects


@kernel
def can_hit(w, i, p, a, b, detects):
    """Whether kind ``a`` of player ``p`` can shoot at kind ``b`` of the other one."""
    flags = w.rules[i].flags[1 - p, b]
    if flags & HIDDEN and not detects:
        return False
    return w.rules[i].damage[p, SKY if flags & AIR else GROUND, a] > 0


@kernel
def damage_of(w, i, p, a, b):
    """Hundredths of life that one body ``a`` takes from kind ``b`` in a second."""
    rules, flags = w.rules[i], w.rules[i].flags[1 - p, b]
    arm = SKY if flags & AIR else GROUND
    blow = rules.damage[p, arm, a] + w.state.up[i, p, a, ATTACK_UP] * rules.rise[p, arm, a]
    if rules.against[p, arm, a] & flags:
        blow += rules.bonus[p, arm, a]
    blow = max(blow - rules.armour[1 - p, b] - w.state.up[i, 1 - p, b, ARMOUR_UP], 5)
    pace = 100 + w.state.up[i, p, a, HASTE_UP]
    return blow * rules.hits[p, arm, a] * 10 * pace // rules.cooldown[p, arm, a]


@kernel
def engaged(w, i, p, a, node):
    """How many of kind ``a`` have run up, and find room to fight at a node."""
    rules, k = w.rules[i], w.core[i].level
    reach = max(rules.reach[p, GROUND, a], rules.reach[p, SKY, a]) + w.state.up[i, p, a, RANGE_UP]
    speed = rules.speed[p, a] + w.state.up[i, p, a, SPEED_UP]
    if reach * 10 + speed * w.state.contact[i, node] < APART and speed > 0:
        return 0
    n = w.scratch.here[i, p, a]
    if rules.flags[p, a] & AIR:
        return n
    # One rank hand to hand, and one more for each cell of reach.
    return min(n, w.levels.spots[k, node, 2] * (10 + reach) // 10)


@kernel
def choose_class(w, i, p, a, detects):
    """The first class of the enemy's bodies that kind ``a`` can shoot at; 3 for none."""
    best = 3
    for j in range(w.scratch.many[i, 1 - p]):
        b = w.scratch.kinds[i, 1 - p, j]
        if can_hit(w, i, p, a, b, detects):
            best = min(best, class_of(w, i, 1 - p, b))
    return best


@kernel
def crowd_of(w, i, p, a, target, detects):
    """Bodies of the class that kind ``a`` shoots at, and their life."""
    bodies, life = 0, 0
    for j in range(w.scratch.many[i, 1 - p]):
        b = w.scratch.kinds[i, 1 - p, j]
        if class_of(w, i, 1 - p, b) == target and can_hit(w, i, p, a, b, detects):
            bodies += w.scratch.here[i, 1 - p, b]
            life += w.scratch.pool[i, 1 - p, b]
    return bodies, life


@kernel
def shoot(w, i, p, a, node, detects):
    """Kind ``a`` of player ``p`` fights for a second; whether it had anything to shoot at."""
    n = engaged(w, i, p, a, node)
    target = choose_class(w, i, p, a, detects)
    if n <= 0 or target == 3:
        return target < 3
    bodies, life = crowd_of(w, i, p, a, target, detects)
    radius = w.rules[i].splash[p, a] + w.state.up[i, p, a, SPLASH_UP]
    blast = min(100 + CROWD * radius * radius // (CENTI * CENTI), 100 * bodies)
    if w.rules[i].flags[p, a] & SUICIDE:
        # No more of them than it takes.
        first = max(damage_of(w, i, p, a, toughest(w, i, p, a, target, detects)) * blast // 100, 1)
        n = min(n, (life + first - 1) // first)
        w.scratch.hurt[i, p, a] += n * w.rules[i].life[p, a]
    for j in range(w.scratch.many[i, 1 - p]):
        b = w.scratch.kinds[i, 1 - p, j]
        if class_of(w, i, 1 - p, b) == target and can_hit(w, i, p, a, b, detects):
            whole = n * damage_of(w, i, p, a, b) * blast // 100
            w.scratch.hurt[i, 1 - p, b] += whole * w.scratch.pool[i, 1 - p, b] // max(life, 1)
    return True


@kernel
def toughest(w, i, p, a, target, detects):
    """The kind of the class shot at that has the most life at the node."""
    best, most = 0, -1
    for j in range(w.scratch.many[i, 1 - p]):
        b = w.scratch.kinds[i, 1 - p, j]
        life = w.scratch.pool[i, 1 - p, b]
        fits = class_of(w, i, 1 - p, b) == target and can_hit(w, i, p, a, b, detects)
        if fits and life > most:
            best, most = b, life
    return best


@kernel
def suffer(w, i, p, place, t, loss):
    """A pool loses life, and the bodies that it kept alive."""
    life = w.state.life[i, p, place, t] - loss
    full = w.rules[i].life[p, t]
    alive = (life + full - 1) // full
    fallen = w.state.counts[i, p, place, t] - alive
    w.state.life[i, p, place, t] = life
    if fallen > 0:
        remove(w, i, p, place, t, fallen)
        price = w.rules[i].minerals[p, t] + w.rules[i].gas[p, t]
        worth = fallen * price / w.rules[i].makes[p, t]
        if p == 0:
            w.metrics[i].lost += worth
        else:
            w.metrics[i].destroyed += worth
    return fallen > 0


@kernel
def bleed(w, i, p, node):
    """Take what a second of fighting has cost from the pools at a node: groups first."""
    fell = False
    for j in range(w.scratch.many[i, p]):
        t = w.scratch.kinds[i, p, j]
        loss = w.scratch.hurt[i, p, t]
        if loss <= 0:
            continue
        for turn in range(NUM_GROUPS + 1):
            place = SITES + turn if turn < NUM_GROUPS else node
            if loss <= 0 or (turn == NUM_GROUPS and node >= SITES):
                break
            if w.state.counts[i, p, place, t] == 0:
                continue
            if turn < NUM_GROUPS and at(w, i, p, turn) != node:
                continue
            part = min(loss, w.state.life[i, p, place, t])
            loss -= part
            fell = suffer(w, i, p, place, t, part) or fell
    return fell


@kernel
def joins(w, i, p, a, node):
    """Whether kind ``a`` fights: fighters do, and workers at their base, many against few."""
    kind = class_of(w, i, p, a)
    if kind != 1 or not w.rules[i].flags[p, a] & WORKER:
        return kind == 0
    fighters = 0
    for j in range(w.scratch.many[i, 1 - p]):
        b = w.scratch.kinds[i, 1 - p, j]
        if class_of(w, i, 1 - p, b) == 0:
            fighters += w.scratch.here[i, 1 - p, b]
    at_home = node < SITES and w.state.sites[i, node].owner == p
    return at_home and 0 < 2 * fighters <= w.scratch.here[i, p, a]


@kernel
def fight_at(w, i, node):
    """One second of fighting at a node: whether anybody had anything to shoot at."""
    sees0 = gather(w, i, 0, node)
    sees1 = gather(w, i, 1, node)
    met = False
    for p in range(2):
        for j in range(w.scratch.many[i, p]):
            a = w.scratch.kinds[i, p, j]
            if joins(w, i, p, a, node):
                met = shoot(w, i, p, a, node, sees0 if p == 0 else sees1) or met
    for p in range(2):
        if met:
            w.state.players[i, p].fought = w.state.now[i, 0].time
            if bleed(w, i, p, node):
                tally(w, i, p)
                cancel_lost(w, i, p)
    return met


@kernel
def holds(w, i, p, node):
    """Whether a player has anything of its own standing at a node."""
    if node >= SITES:
        return False
    for t in range(w.rules[i].num_bodies[p]):
        if w.state.counts[i, p, node, t] > 0 and not w.rules[i].flags[p, t] & LARVA:
            return True
    return False


@kernel
def whereabouts(w, i, p):
    """A bit for each node where a player has a group."""
    found = 0
    for g in range(NUM_GROUPS):
        if w.state.groups[i, p, g].size > 0:
            found |= 1 << at(w, i, p, g)
    return found


@kernel
def fight(w, i):
    """One second of fighting wherever the two meet."""
    first, second = whereabouts(w, i, 0), whereabouts(w, i, 1)
    for node in range(w.state.now[i, 0].num_nodes):
        one, other = (first >> node) & 1, (second >> node) & 1
        meet = one and other
        if one and not other:
            meet = holds(w, i, 1, node)
        elif other and not one:
            meet = holds(w, i, 0, node)
        met = fight_at(w, i, node) if meet else False
        w.state.contact[i, node] = min(w.state.contact[i, node] + 1, 30_000) if met else 0


@kernel
def recover(w, i, p):
    """A while out of a fight: shields come back, and what heals heals, up to full life."""
    rules = w.rules[i]
    if w.state.now[i, 0].time - w.state.players[i, p].fought < CALM:
        return
    for t in range(rules.num_bodies[p]):
        if w.state.total[i, p, t] == 0:
            continue
        rate = rules.regrow_life[p] + w.state.up[i, p, t, REGENERATION_UP]
        if rules.shields[p, t] > 0:
            rate += rules.regrow_shields[p]
        for place in range(SITES + NUM_GROUPS):
            n = w.state.counts[i, p, place, t]
            if n > 0:
                grown = w.state.life[i, p, place, t] + n * rate * SHIFT
                w.state.life[i, p, place, t] = min(grown, n * rules.life[p, t])
