"""Mechanic: what each agent means to do, from its action and its world's vocabulary."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import P_EAST, P_FORWARD, P_NORTH, P_STAY


@kernel
def intent(w, i):
    """Decode the actions; an action beyond the world's vocabulary is a stay."""
    rules = w.rules[i]
    for a in range(w.reward.shape[1]):
        plan, agent = w.scratch.agents[i, a], w.state.agents[i, a]
        plan.moved = 0
        plan.hit = 0
        plan.stored = 0
        plan.pushed = 0
        plan.lap = 0
        plan.move = -1
        action = w.actions[i, a]
        primitive = P_STAY
        if w.alive[i, a] and 0 <= action < rules.num_actions:
            primitive = rules.primitive[action]
        plan.primitive = primitive
        if primitive == P_FORWARD:
            plan.move = agent.heading
        elif P_EAST <= primitive <= P_NORTH:
            plan.move = primitive - P_EAST
