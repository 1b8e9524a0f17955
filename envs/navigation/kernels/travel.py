"""Mechanic: bodies go as fast as they are, as far as walls let them."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.kernels.walls import (
    TOUCH,
    is_clear,
    off_grid,
    off_segments,
)


@kernel
def among_segments(w, i, k, a, radius):
    """Leave free segments; where they are too many at once, the body stays where it was.

    A disc that clears all walls before and after, and went less than its diameter, has crossed
    none: so the way is checked as well as the end.
    """
    body, plan, rebound = w.state.bodies[i, a], w.scratch.plan[i, a], w.rules[i].restitution
    touched = off_segments(w, k, body, radius, rebound)
    if not touched:
        return False
    off_grid(w, k, body, radius, rebound)
    off_segments(w, k, body, radius, rebound)
    x, y = body.x, body.y
    held = off_grid(w, k, body, radius - TOUCH, rebound)
    dx, dy, diameter = body.x - plan.from_x, body.y - plan.from_y, 2.0 * (radius - TOUCH)
    if held or dx * dx + dy * dy >= diameter * diameter or not is_clear(w, k, x, y, radius):
        body.x = plan.from_x
        body.y = plan.from_y
        body.vx = 0.0
        body.vy = 0.0
    return True


@kernel
def travel(w, i):
    """Advance everyone in play; walls stop them."""
    rules, k = w.rules[i], w.core[i].level
    walled = rules.walls != 0 and w.levels.head[k].height > 0
    for a in range(w.state.now[i, 0].num_agents):
        if not w.alive[i, a]:
            continue
        body = w.state.bodies[i, a]
        body.x += body.vx * rules.dt
        body.y += body.vy * rules.dt
        if walled:
            radius = rules.radius[body.role]
            touched = off_grid(w, k, body, radius, rules.restitution)
            if w.levels.head[k].num_segments > 0:
                touched = among_segments(w, i, k, a, radius) or touched
            w.scratch.plan[i, a].bumped = touched
            w.metrics[i].bumps += touched
