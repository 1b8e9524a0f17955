"""Mechanic: questions to an oracle; the observation after the step has the answer."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import ASKED_ROOM, ASKED_WAY

_LOUD = 0.5  # a number nearer to 0 asks nothing


@kernel
def question(w, i, a):
    """What an agent asks: the last number of its action says."""
    place = 2 + w.rules[i].offers
    if place >= w.actions.shape[2]:
        return 0
    number = float(w.actions[i, a, place])
    if number > _LOUD:
        return ASKED_WAY
    return ASKED_ROOM if number < -_LOUD else 0


@kernel
def ask(w, i):
    """Note what everyone in play asks, and charge for it."""
    for a in range(w.state.now[i, 0].num_agents):
        w.state.asked[i, a] = question(w, i, a) if w.alive[i, a] else 0
        if w.state.asked[i, a] > 0:
            w.reward[i, a] -= w.rules[i].question
            w.metrics[i].questions += 1
