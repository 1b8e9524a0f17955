"""Mechanic: a coalition whose skills add up to what a task takes serves it.

The allocation of agents with costs and attributes to tasks with requirements: a task is served once
the skills of those who offer themselves at it are enough, each in sum; it pays its worth, less what
those who served it cost, and binds them for a while.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import SKILLS, STATION, TASK

_ENOUGH = 1e-9  # what sums of skills may lack by rounding


@kernel
def aim(w, i, a):
    """Where an agent offers itself: where it is, or, from a station, where it points."""
    body, rules = w.state.bodies[i, a], w.rules[i]
    if rules.body == STATION:
        return body.x + rules.reach * body.cx, body.y + rules.reach * body.cy
    return body.x, body.y


@kernel
def offers(w, i, a):
    """Whether an agent offers itself: always, where its action does not say."""
    if w.rules[i].offers and w.actions.shape[2] > 2:
        return w.actions[i, a, 2] > 0.0
    return True


@kernel
def chosen(w, i, k, a):
    """The place of the nearest open task in whose circle an agent offers itself; -1 for none."""
    x, y = aim(w, i, a)
    best, least = -1, math.inf
    for s in range(w.rules[i].places):
        item = w.state.places[i, s].item
        if item < 0:
            continue
        task = w.levels.items[k, item]
        square = (task.x - x) ** 2 + (task.y - y) ** 2
        if square <= task.radius * task.radius and square < least:
            best, least = s, square
    return best


@kernel
def gather(w, i, k):
    """Note who offers itself where, and what skills that makes at each task."""
    for s in range(w.rules[i].places):
        for skill in range(SKILLS):
            w.state.places[i, s].offered[skill] = 0.0
    for a in range(w.state.now[i, 0].num_agents):
        plan = w.scratch.plan[i, a]
        plan.place = -1
        if not w.alive[i, a] or plan.held or not offers(w, i, a):
            continue
        plan.place = chosen(w, i, k, a)
        if plan.place >= 0:
            for skill in range(SKILLS):
                held = w.levels.talents[k, a].skills[skill]
                w.state.places[i, plan.place].offered[skill] += held


@kernel
def suffices(w, i, k, s):
    """Whether the skills at an open task are enough."""
    place = w.state.places[i, s]
    for skill in range(SKILLS):
        if place.offered[skill] < w.levels.demands[k, place.item].needs[skill] - _ENOUGH:
            return False
    return True


@kernel
def price(w, i, k, s, a):
    """What an agent costs at the task in a place: its own cost, and the way to it."""
    rules, body = w.rules[i], w.state.bodies[i, a]
    task = w.levels.items[k, w.state.places[i, s].item]
    way = math.sqrt((task.x - body.x) ** 2 + (task.y - body.y) ** 2)
    return rules.wage * w.levels.talents[k, a].cost + rules.transport * way


@kernel
def serve(w, i, k, s):
    """Pay for the task in a place, bind its coalition, and empty the place."""
    rules, place, count = w.rules[i], w.state.places[i, s], w.state.now[i, 0].num_agents
    earned, members = rules.served * place.worth, 0
    for a in range(count):
        members += w.scratch.plan[i, a].place == s
    for a in range(count):
        if w.scratch.plan[i, a].place == s:
            cost = price(w, i, k, s, a)
            earned -= cost
            w.state.busy[i, a] = rules.busy
            if not rules.pooled:
                w.reward[i, a] += rules.served * place.worth / members - cost
    if rules.pooled:
        for a in range(count):
            w.reward[i, a] += earned
    w.metrics[i].served += 1
    place.item = -1
    place.age = 0
    place.worth = 0.0


@kernel
def all_done(w, i, k):
    """Whether no task is open, and none will be."""
    for s in range(w.rules[i].places):
        if w.state.places[i, s].item >= 0:
            return False
    for j in range(w.state.now[i, 0].next, w.levels.head[k].num_items):
        if w.levels.items[k, j].kind == TASK:
            return False
    return True


@kernel
def allocate(w, i):
    """Serve every task that can be; the episode is over when none is left."""
    k = w.core[i].level
    gather(w, i, k)
    for s in range(w.rules[i].places):
        if w.state.places[i, s].item >= 0 and suffices(w, i, k, s):
            serve(w, i, k, s)
    if w.metrics[i].served > 0 and all_done(w, i, k):
        w.metrics[i].success = 1
        for a in range(w.state.now[i, 0].num_agents):
            w.terminated[i, a] = bool(w.alive[i, a])
