"""Mechanics of production: what is under way comes to an end, and the next one begins."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import BECOMES, MILLI, NEVER, UPGRADE
from adaptarium.envs.skirmish.kernels.feasible import DEPTH
from adaptarium.envs.skirmish.kernels.orders import build_time
from adaptarium.envs.skirmish.kernels.pools import add, remove, tally


@kernel
def learn(w, i, p, t):
    """An upgrade is done: every kind of body that it is about has it from now on."""
    rules, effect = w.rules[i], w.rules[i].effect[p, t]
    w.state.total[i, p, t] = 1
    if effect < 0:
        return
    for body in range(rules.num_bodies[p]):
        if (rules.affects[p, t] >> body) & 1:
            w.state.up[i, p, body, effect] += rules.amount[p, t]


@kernel
def appear(w, i, p, t, place, makes):
    """What was under way is there."""
    rules, me = w.rules[i], w.state.players[i, p]
    if rules.flags[p, t] & UPGRADE:
        learn(w, i, p, t)
        return
    if rules.mode[p, t] == BECOMES:
        if w.state.counts[i, p, place, rules.producer[p, t]] <= 0:
            return  # what should have become it has fallen
        add(w, i, p, place, t, makes)
        remove(w, i, p, place, rules.producer[p, t], 1)
    else:
        add(w, i, p, place, t, makes)
    me.energy += makes * rules.start_energy[p, t] * MILLI


@kernel
def drop(w, i, p, j):
    """Take item ``j`` out of the queue."""
    me, queue = w.state.players[i, p], w.state.pending
    item = queue[i, p, j]
    w.state.coming[i, p, item.thing] -= item.makes
    if item.producer >= 0:
        w.state.busy[i, p, item.producer] -= 1
    last = me.num_pending - 1
    me.num_pending = last
    final = queue[i, p, last]
    item.thing = final.thing
    item.producer = final.producer
    item.place = final.place
    item.makes = final.makes
    item.finish = final.finish
    item.hastened = final.hastened
    item.ordered = final.ordered
    final.thing = 0
    final.producer = 0
    final.place = 0
    final.makes = 0
    final.finish = 0
    final.hastened = 0
    final.ordered = 0


@kernel
def next_behind(w, i, p, producer):
    """The item that has waited longest for a producer; -1 for none."""
    best, oldest = -1, NEVER
    for j in range(w.state.players[i, p].num_pending):
        item = w.state.pending[i, p, j]
        if item.producer == producer and item.finish >= NEVER and item.ordered < oldest:
            best, oldest = j, item.ordered
    return best


@kernel
def complete(w, i, p, j):
    """Item ``j`` is done; the next one behind it begins."""
    item = w.state.pending[i, p, j]
    t, place, producer, makes = item.thing, item.place, item.producer, item.makes
    drop(w, i, p, j)
    appear(w, i, p, t, place, makes)
    behind = next_behind(w, i, p, producer) if producer >= 0 else -1
    if behind >= 0:
        following = w.state.pending[i, p, behind]
        following.finish = w.state.now[i, 0].time + build_time(w, i, p, following.thing)


@kernel
def produce(w, i, p):
    """Everything of a player that is due now."""
    me, now = w.state.players[i, p], w.state.now[i, 0].time
    if me.next_due > now:
        return
    j = 0
    while j < me.num_pending:
        if w.state.pending[i, p, j].finish <= now:
            complete(w, i, p, j)
        else:
            j += 1
    note_due(w, i, p)
    tally(w, i, p)


@kernel
def note_due(w, i, p):
    """Note when something is due next."""
    me, due = w.state.players[i, p], NEVER
    for j in range(me.num_pending):
        due = min(due, w.state.pending[i, p, j].finish)
    me.next_due = due


@kernel
def cancel_lost(w, i, p):
    """Give up what was being made by producers that have fallen."""
    j = w.state.players[i, p].num_pending - 1
    while j >= 0:
        producer = w.state.pending[i, p, j].producer
        if producer >= 0 and w.state.busy[i, p, producer] > DEPTH * w.state.able[i, p, producer]:
            drop(w, i, p, j)
        j -= 1
    note_due(w, i, p)


@kernel
def assets(w, i, p):
    """Minerals and gas paid for all that a player has or makes."""
    rules, total = w.rules[i], 0
    for t in range(rules.num_things[p]):
        n = w.state.total[i, p, t] + w.state.coming[i, p, t]
        total += n * (rules.minerals[p, t] + rules.gas[p, t]) // rules.makes[p, t]
    return total
