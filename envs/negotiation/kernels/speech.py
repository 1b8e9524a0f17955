"""Mechanics of messages: what is said beside offers, what it does, and what it costs.

A party that is played from outside may say one message in each of its turns, and then acts.
Built-in players answer when they are asked, and are moved by what they hear, but for sceptics:

=========  =========================================================================================
message    what it does
=========  =========================================================================================
ask        each built-in player claims its reservation value; a dishonest one bluffs
inform     claims the own reservation value
bluff      claims halfway between that and the own best outcome: a lie
argue      a built-in player whose last offer gave it more than the speaker concedes a step
threaten   built-in players concede two steps; a threat is empty if the speaker neither walks away
           nor accepts in the same turn: nobody heeds its threats after that
=========  =========================================================================================

A step is a twentieth of what a party can gain. Who believes the claims of the others demands the
best for itself that leaves each of them as much as it claims; claims that leave it less than its
reservation value it does not believe.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import (
    ACCEPT,
    ARGUE,
    ASK,
    BLUFF,
    FIRST_OFFER,
    INFORM,
    THREATEN,
    WALK,
)
from adaptarium.envs.negotiation.kernels.turns import from_outside, kind_of

STEPS = 20
STANDING, DISCREDITED = 1, 2


@kernel
def may_speak(w, i, p):
    """Whether party ``p``, whose turn it is, may say a message."""
    rules = w.rules[i]
    if rules.speech == 0 or w.state.now[i, 0].at_once or w.state.parties[i, p].spoke:
        return False
    return from_outside(w, i, p) and kind_of(w, i, p) < 0


@kernel
def is_message(w, i, p, action):
    """Whether the action is a message that party ``p`` may say."""
    return ASK <= action <= THREATEN and may_speak(w, i, p)


@kernel
def charge(w, i, p, cost):
    """Make the seat of party ``p`` pay for what it said."""
    if from_outside(w, i, p):
        w.reward[i, p] -= cost


@kernel
def claim(w, i, p, truthful):
    """Party ``p`` says what no deal is worth to it."""
    party = w.levels.parties[w.core[i].level, p]
    above = 0 if truthful else max(party.best - party.reservation, 0) // 2
    w.state.parties[i, p].claim = party.reservation + above + 1


@kernel
def listens(w, i, p, other):
    """Whether ``other`` is a built-in player that heeds what party ``p`` says."""
    return other != p and not from_outside(w, i, other) and w.rules[i].scepticism == 0


@kernel
def sway(w, i, p, steps):
    """Party ``p`` concedes so many steps for good."""
    party = w.levels.parties[w.core[i].level, p]
    w.state.parties[i, p].swayed += max(party.best - party.reservation, 0) * steps // STEPS


@kernel
def is_unfair(w, i, p, other):
    """Whether the last offer of ``other`` gives it more over no deal than party ``p``."""
    k, last = w.core[i].level, w.state.parties[i, other].last - 1
    if last < 0:
        return False
    mine = w.levels.utilities[k, p, last] - w.levels.parties[k, p].reservation
    return w.levels.utilities[k, other, last] - w.levels.parties[k, other].reservation > mine


@kernel
def be_heard(w, i, p, message):
    """What a message does to the built-in players."""
    heeded = w.state.parties[i, p].threat != DISCREDITED
    for other in range(w.state.now[i, 0].num_parties):
        if message == ASK and other != p and not from_outside(w, i, other):
            claim(w, i, other, w.rules[i].honest != 0)
        elif not listens(w, i, p, other):
            continue
        elif message == ARGUE and is_unfair(w, i, p, other):
            sway(w, i, other, 1)
        elif message == THREATEN and heeded:
            sway(w, i, other, 2)


@kernel
def note_message(w, i, p, message):
    """Measure and charge a message."""
    rules, metrics = w.rules[i], w.metrics[i]
    charge(w, i, p, rules.message)
    if message == INFORM:
        charge(w, i, p, rules.secrets)
    elif message == BLUFF:
        charge(w, i, p, rules.norms)
    elif message == THREATEN:
        charge(w, i, p, rules.relationship)
    if p == 0:
        metrics.messages += 1
        metrics.secrets += message == INFORM
        metrics.lies += message == BLUFF
        metrics.threats += message == THREATEN


@kernel
def speak(w, i, p, message):
    """Party ``p`` says a message and keeps its turn."""
    party = w.state.parties[i, p]
    party.spoke = 1
    party.said = message - ASK + 1
    note_message(w, i, p, message)
    be_heard(w, i, p, message)
    if message in (INFORM, BLUFF):
        claim(w, i, p, message == INFORM)
    elif message == THREATEN and party.threat != DISCREDITED:
        party.threat = STANDING


@kernel
def keep_word(w, i, p, action):
    """Before party ``p`` acts: was its threat empty, does it take a concession back?"""
    party = w.state.parties[i, p]
    party.spoke = 0
    if party.threat == STANDING and action != WALK and action != ACCEPT:
        party.threat = DISCREDITED
        charge(w, i, p, w.rules[i].norms)
        if p == 0:
            w.metrics[i].empty_threats += 1
    if w.rules[i].norms == 0.0:
        return
    outcome, last = action - FIRST_OFFER, party.last - 1
    values = w.levels.utilities[w.core[i].level, p]
    offers = 0 <= outcome < w.state.now[i, 0].num_outcomes
    if offers and last >= 0 and values[outcome] > values[last]:
        charge(w, i, p, w.rules[i].norms)


@kernel
def is_left_enough(w, i, p, outcome):
    """Whether an outcome leaves all parties but ``p`` as much as they claim."""
    k = w.core[i].level
    for other in range(w.state.now[i, 0].num_parties):
        least = w.state.parties[i, other].claim - 1
        if other != p and w.levels.utilities[k, other, outcome] < least:
            return False
    return True


@kernel
def moved(w, i, p, target):
    """What party ``p`` demands instead of ``target``, after all that it has heard."""
    if w.rules[i].speech == 0 or from_outside(w, i, p) or w.rules[i].scepticism:
        return target
    k, now, told = w.core[i].level, w.state.now[i, 0], False
    for other in range(now.num_parties):
        told = told or (other != p and w.state.parties[i, other].claim > 0)
    if told:
        for rank in range(now.num_outcomes):
            ranked = w.levels.order[k, p, rank]
            if ranked.utility < w.levels.parties[k, p].reservation:
                break
            if is_left_enough(w, i, p, ranked.outcome):
                target = ranked.utility
                break
    return target - w.state.parties[i, p].swayed
