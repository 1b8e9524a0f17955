"""Mechanic: actuators follow the commands, with gain and lag."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import POINT


@kernel
def masks(w, i):
    """Every continuous action is valid."""


@kernel
def follow(now, command, gain, lag):
    """What an actuator does next when it is told a command."""
    wanted = gain * min(max(command, -1.0), 1.0)
    return lag * now + (1.0 - lag) * wanted


@kernel
def control(w, i):
    """Let the actuators of everyone in play follow."""
    rules, now = w.rules[i], w.state.now[i, 0]
    now.reached = 0
    for a in range(now.num_agents):
        body, plan = w.state.bodies[i, a], w.scratch.plan[i, a]
        plan.force_x = 0.0  # on top of what wheels do, of which `drive` knows the heading
        plan.force_y = 0.0
        plan.bumped = 0
        plan.from_x = body.x
        plan.from_y = body.y
        if w.alive[i, a]:
            x = follow(body.cx, float(w.actions[i, a, 0]), rules.gain, rules.lag)
            y = follow(body.cy, float(w.actions[i, a, 1]), rules.gain, rules.lag)
            body.cx = x
            body.cy = y
            if rules.body == POINT:
                thrust = rules.thrust[body.role]
                plan.force_x = thrust * x
                plan.force_y = thrust * y
