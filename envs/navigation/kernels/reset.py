"""The start of an inner episode: bodies stand where the level puts them."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import CAR, UNICYCLE
from adaptarium.envs.navigation.kernels.approach import measure_ways
from adaptarium.envs.navigation.kernels.tasks import open_first

_DEGREE = math.pi / 180.0


@kernel
def place(w, i, k, a):
    """Agent ``a`` at rest at its start; without wheels it looks east."""
    body, start = w.state.bodies[i, a], w.levels.starts[k, a]
    body.x = start.x
    body.y = start.y
    body.vx = 0.0
    body.vy = 0.0
    wheels = w.rules[i].body == UNICYCLE or w.rules[i].body == CAR
    heading = start.heading * _DEGREE if wheels else 0.0
    body.hx = math.cos(heading)
    body.hy = math.sin(heading)
    body.cx = 0.0
    body.cy = 0.0
    body.role = start.role


@kernel
def clear(body):
    """A seat that the level leaves empty."""
    body.x = 0.0
    body.y = 0.0
    body.vx = 0.0
    body.vy = 0.0
    body.hx = 0.0
    body.hy = 0.0
    body.cx = 0.0
    body.cy = 0.0
    body.role = 0


@kernel
def aim(w, i, k):
    """The goal of this inner episode: the level's own, or what its order means."""
    now, head = w.state.now[i, 0], w.levels.head[k]
    now.order = -1
    now.has_goal = head.has_goal
    now.goal_x = head.goal_x
    now.goal_y = head.goal_y
    if head.num_orders > 0:
        now.order = w.core[i].inner % head.num_orders
        target = w.levels.items[k, w.levels.orders[k, now.order].target]
        now.has_goal = 1
        now.goal_x = target.x
        now.goal_y = target.y


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    now, count = w.state.now[i, 0], w.levels.head[k].num_agents
    now.num_agents = count
    if w.core[i].inner == 0:
        now.reached = 0
    aim(w, i, k)
    if w.core[i].inner == 0 or w.levels.head[k].num_orders > 1:
        measure_ways(w, i, k)
    for a in range(w.state.bodies.shape[1]):
        used = a < count
        w.alive[i, a] = used
        w.acting[i, a] = used
        w.state.asked[i, a] = 0
        if used:
            place(w, i, k, a)
        else:
            clear(w.state.bodies[i, a])
    open_first(w, i, k)
    metrics = w.metrics[i]
    metrics.path = 0.0
    metrics.success = 0
    metrics.bumps = 0
    metrics.overlaps = 0
    metrics.served = 0
    metrics.mistakes = 0
    metrics.questions = 0
