"""Mechanic: the goal ends an agent's way, and pays the more the sooner it comes."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.kernels.approach import way_left


@kernel
def reach(w, i):
    """Pay for arriving, and for coming nearer."""
    rules, core, k, now = w.rules[i], w.core[i], w.core[i].level, w.state.now[i, 0]
    if not now.has_goal:
        return
    for a in range(now.num_agents):
        if not w.alive[i, a]:
            continue
        body, plan = w.state.bodies[i, a], w.scratch.plan[i, a]
        gone_x, gone_y = body.x - plan.from_x, body.y - plan.from_y
        w.metrics[i].path += math.sqrt(gone_x * gone_x + gone_y * gone_y)
        distance = math.sqrt((now.goal_x - body.x) ** 2 + (now.goal_y - body.y) ** 2)
        if rules.progress != 0.0:
            x, y = now.goal_x - plan.from_x, now.goal_y - plan.from_y
            w.reward[i, a] += rules.progress * (math.sqrt(x * x + y * y) - distance)
        if rules.approach != 0.0:
            before = way_left(w, i, k, plan.from_x, plan.from_y)
            w.reward[i, a] += rules.approach * (before - way_left(w, i, k, body.x, body.y))
        if distance <= rules.goal_radius:
            share = (core.elapsed + 1) / core.limit
            w.reward[i, a] += rules.goal * (1.0 - rules.haste * share)
            w.terminated[i, a] = True
            now.reached = 1
            w.metrics[i].success = 1
