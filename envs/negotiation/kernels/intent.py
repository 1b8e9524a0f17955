"""Mechanics: what the party whose turn it is wants; and which actions are valid."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import ACCEPT, ASK, FIRST_OFFER, THREATEN, WAIT
from adaptarium.envs.negotiation.kernels.at_once import act_at_once
from adaptarium.envs.negotiation.kernels.players import decide
from adaptarium.envs.negotiation.kernels.speech import is_message, keep_word, may_speak, speak
from adaptarium.envs.negotiation.kernels.turns import act, can_accept, has_turn, kind_of


@kernel
def intent(w, i):
    """Read the actions of those whose turn it is, or ask the players that act in their place."""
    for p in range(w.state.now[i, 0].num_parties):
        if has_turn(w, i, p):
            kind = kind_of(w, i, p)
            w.scratch.choice[i, p] = decide(w, i, p, kind) if kind >= 0 else w.actions[i, p]


@kernel
def take_turn(w, i):
    """The party whose turn it is speaks or acts, or all act at once."""
    if w.state.now[i, 0].at_once:
        for p in range(w.state.now[i, 0].num_parties):
            keep_word(w, i, p, w.scratch.choice[i, p])
        act_at_once(w, i)
        return
    mover = w.state.now[i, 0].mover
    choice = w.scratch.choice[i, mover]
    if is_message(w, i, mover, choice):
        speak(w, i, mover, choice)
    else:
        keep_word(w, i, mover, choice)
        act(w, i, mover, choice)


@kernel
def is_valid(w, i, p, action):
    """Whether the action does something that waiting does not, or is to wait."""
    now = w.state.now[i, 0]
    if action == WAIT:
        return True
    if p >= now.num_parties or not has_turn(w, i, p) or kind_of(w, i, p) >= 0:
        return False
    if action == ACCEPT:
        return can_accept(w, i, p)
    if ASK <= action <= THREATEN:
        return may_speak(w, i, p)
    return action < FIRST_OFFER + now.num_outcomes


@kernel
def masks(w, i):
    """Write which actions are valid."""
    for a in range(w.mask.shape[1]):
        for action in range(w.mask.shape[2]):
            w.mask[i, a, action] = w.alive[i, a] and is_valid(w, i, a, action)
