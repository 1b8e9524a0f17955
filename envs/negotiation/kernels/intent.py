"""Mechanics: what the party whose turn it is wants; and which actions are valid."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import ACCEPT, FIRST_OFFER, WAIT
from adaptarium.envs.negotiation.kernels.players import decide
from adaptarium.envs.negotiation.kernels.turns import act, can_accept, kind_of


@kernel
def intent(w, i):
    """Read the action of the party whose turn it is, or ask the player that acts in its place."""
    mover = w.state.now[i, 0].mover
    kind = kind_of(w, i, mover)
    w.scratch.choice[i, 0] = decide(w, i, mover, kind) if kind >= 0 else w.actions[i, mover]


@kernel
def take_turn(w, i):
    """The party whose turn it is acts."""
    act(w, i, w.state.now[i, 0].mover, w.scratch.choice[i, 0])


@kernel
def is_valid(w, i, p, action):
    """Whether the action does something that waiting does not, or is to wait."""
    now = w.state.now[i, 0]
    if action == WAIT:
        return True
    if now.mover != p or kind_of(w, i, p) >= 0:
        return False
    if action == ACCEPT:
        return can_accept(w, i, p)
    return action < FIRST_OFFER + now.num_outcomes


@kernel
def masks(w, i):
    """Write which actions are valid."""
    for a in range(w.mask.shape[1]):
        for action in range(w.mask.shape[2]):
            w.mask[i, a, action] = w.alive[i, a] and is_valid(w, i, a, action)
