"""Mechanic: bodies and obstacles that touch push each other apart.

The soft contact of the multi-agent particle environments (Lowe et al., NeurIPS 2017): a force
along the line of centres that grows with the overlap, smoothed over a margin.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import OBSTACLE

_FAR = 45.0  # margins beyond which the smoothed overlap is below 3e-20 of one


@kernel
def overlap(gap, margin):
    """How deep two discs are in each other, ``margin * log(1 + exp(-gap / margin))``."""
    z = -gap / margin
    if z > 0.0:
        return (z + math.log1p(math.exp(-z))) * margin
    return math.log1p(math.exp(z)) * margin


@kernel
def apart(dx, dy, reach, rules):
    """Whether two discs are too far from each other for a force, or in the same place."""
    square, far = dx * dx + dy * dy, reach + _FAR * rules.contact_margin
    return square >= far * far or square == 0.0


@kernel
def push(dx, dy, reach, rules):
    """The force on a body of a disc that lies (dx, dy) behind it, the edges ``reach`` from centres.

    In the same place there is no direction.
    """
    distance = math.sqrt(dx * dx + dy * dy)
    depth = overlap(distance - reach, rules.contact_margin)
    return rules.contact * dx / distance * depth, rules.contact * dy / distance * depth


@kernel
def contact(w, i):
    """Add the forces between all pairs, of each body in the order of the particle environments."""
    k, rules = w.core[i].level, w.rules[i]
    count, bodies = w.state.now[i, 0].num_agents, w.state.bodies[i]
    for a in range(count):
        plan, x, y = w.scratch.plan[i, a], bodies[a].x, bodies[a].y
        radius = rules.radius[bodies[a].role]
        for b in range(a + 1, count):
            reach = radius + rules.radius[bodies[b].role]
            dx, dy = x - bodies[b].x, y - bodies[b].y
            if apart(dx, dy, reach, rules) or not (w.alive[i, a] and w.alive[i, b]):
                continue
            theirs = w.scratch.plan[i, b]
            fx, fy = push(dx, dy, reach, rules)
            plan.force_x += fx
            plan.force_y += fy
            theirs.force_x -= fx
            theirs.force_y -= fy
    for j in range(w.levels.head[k].num_items):
        item = w.levels.items[k, j]
        if item.kind != OBSTACLE:
            continue
        for a in range(count):
            body, plan = w.state.bodies[i, a], w.scratch.plan[i, a]
            reach = rules.radius[body.role] + item.radius
            dx, dy = body.x - item.x, body.y - item.y
            if w.alive[i, a] and not apart(dx, dy, reach, rules):
                fx, fy = push(dx, dy, reach, rules)
                plan.force_x += fx
                plan.force_y += fy
