"""Mechanics of the traits: rules over any kind of built-in player, of intensity 0 to 3.

The names are those of tau-Trait (arXiv 2510.04491), which steers a language model. Whatever is
drawn is drawn from a party's second turn on: the first may fall before the first step.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.negotiation.codes import (
    D_MISTAKEN,
    D_MISTAKES,
    D_STRAYS,
    MOST_INTENSE,
)
from adaptarium.envs.negotiation.kernels.turns import from_outside

_PARTS = MOST_INTENSE + 1


@kernel
def patience(w, i, p):
    """Turns that party ``p`` is willing to spend."""
    rules = w.rules[i]
    if rules.impatience == 0 or from_outside(w, i, p):
        return rules.deadline
    return max(1, rules.deadline * (_PARTS - rules.impatience) // _PARTS)


@kernel
def clock_of(w, i, p):
    """Which of its turns party ``p`` takes this one for, on the scale of the rules' deadline."""
    now, deadline = w.state.now[i, 0], w.rules[i].deadline
    turns = patience(w, i, p)
    if turns == deadline:
        return now.round
    return min(now.round, turns - 1) * (deadline - 1) // max(turns - 1, 1)


@kernel
def is_fed_up(w, i, p):
    """Whether party ``p`` has lost its patience."""
    return w.state.now[i, 0].round >= patience(w, i, p)


@kernel
def shows(w, i, p, intensity, purpose):
    """Whether a trait of chance shows at this turn of party ``p``."""
    now = w.state.now[i, 0]
    if intensity == 0 or now.turn < now.num_parties or from_outside(w, i, p):
        return False
    return chance(w, i, intensity / _PARTS, purpose, p, now.turn)


@kernel
def understood(w, i, p, table):
    """The outcome that party ``p`` takes the offer on the table for."""
    now = w.state.now[i, 0]
    if shows(w, i, p, w.rules[i].confusion, D_MISTAKES):
        return choose(w, i, now.num_outcomes, D_MISTAKEN, p, now.turn)
    return table


@kernel
def is_convinced(w, i, p, content):
    """Whether party ``p``, content or not with what it is offered, believes in it by now."""
    wanted = w.rules[i].scepticism
    if wanted == 0 or from_outside(w, i, p):
        return content
    party = w.state.parties[i, p]
    if content and party.doubts >= wanted:
        return True
    party.doubts = party.doubts + 1 if content else 0
    return False


@kernel
def strays(w, i, p):
    """Whether party ``p`` is about to offer something that its demand does not lead to."""
    return shows(w, i, p, w.rules[i].incoherence, D_STRAYS)
