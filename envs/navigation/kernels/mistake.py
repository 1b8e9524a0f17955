"""Mechanic: who goes to an object that is not meant has made a mistake."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import OBJECT


@kernel
def enters(item, body, plan, radius):
    """Whether a body came to an item with this step, and was not there before."""
    now = (item.x - body.x) ** 2 + (item.y - body.y) ** 2
    before = (item.x - plan.from_x) ** 2 + (item.y - plan.from_y) ** 2
    return now <= radius * radius < before


@kernel
def mistake(w, i):
    """Charge for every object that somebody in play came to and that the order does not mean."""
    rules, now, k = w.rules[i], w.state.now[i, 0], w.core[i].level
    if now.order < 0:
        return
    target = w.levels.orders[k, now.order].target
    for j in range(w.levels.head[k].num_items):
        item = w.levels.items[k, j]
        if j == target or item.kind != OBJECT:
            continue
        for a in range(now.num_agents):
            body, plan = w.state.bodies[i, a], w.scratch.plan[i, a]
            if w.alive[i, a] and enters(item, body, plan, rules.goal_radius):
                w.reward[i, a] -= rules.mistaken
                w.metrics[i].mistakes += 1
