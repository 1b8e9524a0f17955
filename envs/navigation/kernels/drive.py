"""Mechanic: forces change speeds: commands, contacts, damping, friction and wind."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import CAR, POINT, STATION


@kernel
def limit_speed(body, rules):
    """Dry friction slows a body down, and nothing goes faster than the highest speed."""
    speed = math.sqrt(body.vx * body.vx + body.vy * body.vy)
    wanted = min(max(speed - rules.friction, 0.0), rules.max_speed[body.role])
    if wanted < speed:
        body.vx = body.vx / speed * wanted
        body.vy = body.vy / speed * wanted


@kernel
def steer(body, rules, ahead):
    """Turn a unicycle, or a car that rolls, and let its speed go where it looks."""
    angle = rules.turn * body.cy
    if rules.body == CAR:
        angle = rules.curvature * ahead * rules.dt * body.cy
    c, s = math.cos(angle), math.sin(angle)
    hx, hy = c * body.hx - s * body.hy, s * body.hx + c * body.hy
    scale = 1.0 / math.sqrt(hx * hx + hy * hy)  # rounding would add up
    body.hx = hx * scale
    body.hy = hy * scale


@kernel
def drive(w, i):
    """Change the speeds of everyone in play."""
    rules = w.rules[i]
    for a in range(w.state.now[i, 0].num_agents):
        if not w.alive[i, a]:
            continue
        body, plan = w.state.bodies[i, a], w.scratch.plan[i, a]
        if rules.body == POINT:
            body.hx = 1.0  # a shift may have made it one
            body.hy = 0.0
            body.vx *= rules.keep
            body.vy *= rules.keep
        elif rules.body == STATION:
            body.hx = 1.0
            body.hy = 0.0
            body.vx = 0.0  # neither wind nor contact moves it
            body.vy = 0.0
            continue
        else:
            ahead = body.vx * body.hx + body.vy * body.hy
            steer(body, rules, ahead)
            gained = rules.thrust[body.role] * body.cx * rules.kick
            ahead = ahead * rules.keep + gained
            body.vx = ahead * body.hx
            body.vy = ahead * body.hy
        body.vx += plan.force_x * rules.kick + rules.wind_x
        body.vy += plan.force_y * rules.kick + rules.wind_y
        if rules.friction > 0.0 or rules.max_speed[body.role] < math.inf:
            limit_speed(body, rules)
