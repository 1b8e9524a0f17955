"""Mechanics of the economy: who mines where, what that brings, larvae and energy."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import INCOME, MILLI, SITES

# Seconds from one assignment of the workers to the next.
SHIFT = 5


@kernel
def workers_on_gas(w, i, p):
    """Three for each finished refinery that has gas, as long as they are a third of all at most."""
    slots = 0
    for site in range(SITES):
        if w.state.sites[i, site].owner == p and w.state.sites[i, site].gas > 0:
            slots += 3 * w.state.counts[i, p, site, w.rules[i].refinery[p]]
    return min(slots, w.state.players[i, p].workers // 3)


@kernel
def mined_at(w, i, site, workers):
    """Thousandths of minerals a second that so many workers mine at a site.

    Two to a patch mine at full rate, near patches first; a third one gets what is left between.
    """
    rules, field = w.rules[i], w.state.sites[i, site]
    near = rules.patches_near if field.near > 0 else 0
    far = rules.patches_far if field.far > 0 else 0
    on_near = min(workers, 2 * near)
    on_far = min(workers - on_near, 2 * far)
    third = min(workers - on_near - on_far, near + far)
    return on_near * rules.rate_near + on_far * rules.rate_far + third * rules.rate_third


@kernel
def deplete(w, i, site, mined, gas):
    """Take what is mined until the next assignment out of the ground."""
    field = w.state.sites[i, site]
    both = field.near > 0 and field.far > 0
    near = mined // 2 if both else mined if field.near > 0 else 0
    field.near = max(field.near - near, 0)
    field.far = max(field.far - (mined - near), 0)
    field.gas = max(field.gas - gas, 0)


@kernel
def seat_workers(w, i, p, site, n):
    """Let ``n`` workers be at a site, unhurt."""
    t = w.rules[i].worker[p]
    w.state.counts[i, p, site, t] = n
    w.state.life[i, p, site, t] = n * w.rules[i].life[p, t]


@kernel
def work(w, i, p, site, on_gas, miners):
    """Seat workers at a base; what they bring a second goes to the income and out of the ground."""
    me, rules, bonus = w.state.players[i, p], w.rules[i], w.rules[i].mining
    if me.level > 0:
        bonus = bonus * rules.handicap[me.level - 1, INCOME] // 100
    mined = mined_at(w, i, site, miners) * bonus // 100
    drawn = on_gas * rules.rate_gas * bonus // 100
    deplete(w, i, site, mined * SHIFT, drawn * SHIFT)
    me.income_minerals += mined
    me.income_gas += drawn
    seat_workers(w, i, p, site, on_gas + miners)


@kernel
def assign(w, i, p):
    """Spread the workers over the bases, up to 16 a base before any has more; work out income.

    The first base also takes those who find no work. Without a base nobody moves or mines.
    """
    me, k, rules = w.state.players[i, p], w.core[i].level, w.rules[i]
    worker, rest, bases, first = rules.worker[p], 0, 0, -1
    me.income_minerals = 0
    me.income_gas = 0
    for rank in range(w.levels.head[k].num_nodes):
        site = w.levels.order[k, p, rank]
        if site < SITES:
            rest += w.state.counts[i, p, site, worker]
            if w.state.sites[i, site].owner == p:
                bases += 1
                first = site if first < 0 else first
    if bases == 0:
        return
    on_gas = min(workers_on_gas(w, i, p), rest)
    miners = rest - on_gas
    spare = max(miners - 16 * bases, 0)
    miners -= spare
    idle = max(spare - 8 * bases, 0)
    spare -= idle
    for rank in range(w.levels.head[k].num_nodes):
        site = w.levels.order[k, p, rank]
        if site >= SITES:
            continue
        if w.state.sites[i, site].owner != p:
            seat_workers(w, i, p, site, 0)
            continue
        slots = 3 * w.state.counts[i, p, site, rules.refinery[p]]
        here_gas = min(slots if w.state.sites[i, site].gas > 0 else 0, on_gas)
        here = min(miners, 16) + min(spare, 8)
        on_gas -= here_gas
        miners -= min(miners, 16)
        spare -= min(spare, 8)
        work(w, i, p, site, here_gas, here)
    if idle + on_gas > 0:
        seat_workers(w, i, p, first, w.state.counts[i, p, first, worker] + idle + on_gas)


@kernel
def hatch(w, i, p):
    """Larvae: a hall that has fewer than three lets another one grow."""
    rules, me = w.rules[i], w.state.players[i, p]
    larva = rules.larva[p]
    if larva < 0:
        return
    halls, home = 0, -1
    for site in range(SITES):
        if w.state.sites[i, site].owner == p:
            halls += 1
            home = site
    if home < 0 or w.state.total[i, p, larva] >= rules.most_larvae * halls:
        me.larva_clock = 0
        return
    me.larva_clock += halls
    if me.larva_clock >= rules.larva_time:
        me.larva_clock -= rules.larva_time
        w.state.counts[i, p, home, larva] += 1
        w.state.life[i, p, home, larva] += rules.life[p, larva]
        w.state.total[i, p, larva] += 1


@kernel
def earn(w, i, p):
    """One second of income, energy and larvae."""
    rules, me = w.rules[i], w.state.players[i, p]
    if w.state.now[i, 0].time > rules.first_load:
        me.minerals = min(me.minerals + me.income_minerals, 100_000 * MILLI)
        me.gas = min(me.gas + me.income_gas, 100_000 * MILLI)
    casters = w.state.able[i, p, rules.caster[p]]
    me.energy = min(me.energy + casters * rules.energy, casters * rules.most_energy)
    hatch(w, i, p)
