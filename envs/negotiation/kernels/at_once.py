"""Mechanics: a round in which all parties act at once.

The last offer of a party binds it until it makes another one. To accept is to consent to the best
for oneself among the others' last offers of earlier rounds. An outcome to which enough parties
consent, by their last offers, by their new ones or by accepting, is the deal; of several, chance
picks one. Else whoever walks away ends it, and else the new offers take the place of the old ones.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.negotiation.codes import ACCEPT, D_TIE, FIRST_OFFER, WALK
from adaptarium.envs.negotiation.kernels.turns import (
    close_deal,
    end_turn,
    offer,
    on_table,
    pay,
    quorum,
)


@kernel
def offered_now(w, i, p):
    """The outcome that party ``p`` offers in this round; negative for none."""
    outcome = w.scratch.choice[i, p] - FIRST_OFFER
    return outcome if outcome < w.state.now[i, 0].num_outcomes else -1


@kernel
def proposal(w, i, number):
    """What could be agreed: the last offers of the parties, then their new ones."""
    parties = w.state.now[i, 0].num_parties
    if number < parties:
        return w.state.parties[i, number].last - 1
    return offered_now(w, i, number - parties)


@kernel
def is_agreed(w, i, outcome):
    """Whether enough parties consent to an outcome."""
    count = 0
    for p in range(w.state.now[i, 0].num_parties):
        offers = w.state.parties[i, p].last == outcome + 1 or offered_now(w, i, p) == outcome
        accepts = w.scratch.choice[i, p] == ACCEPT and on_table(w, i, p) == outcome
        count += offers or accepts
    return count >= quorum(w, i)


@kernel
def agreed(w, i, number):
    """The agreed outcome of that number, in the order of the proposals; negative for none."""
    found = 0
    for j in range(2 * w.state.now[i, 0].num_parties):
        outcome = proposal(w, i, j)
        again = False
        for earlier in range(j):
            again = again or proposal(w, i, earlier) == outcome
        if outcome < 0 or again or not is_agreed(w, i, outcome):
            continue
        if found == number:
            return outcome
        found += 1
    return -1


@kernel
def end_without_deal(w, i):
    """Whether somebody walks away, which ends it all."""
    walkers, first = 0, 0
    for p in range(w.state.now[i, 0].num_parties - 1, -1, -1):
        if w.scratch.choice[i, p] == WALK:
            walkers |= 1 << p
            first = p + 1
    if walkers == 0:
        return False
    w.metrics[i].walked = first
    pay(w, i, walkers)
    return True


@kernel
def act_at_once(w, i):
    """One round: the choices of all parties meet."""
    now, count = w.state.now[i, 0], 0
    while agreed(w, i, count) >= 0:
        count += 1
    if count > 0:
        now.standing = agreed(w, i, choose(w, i, count, D_TIE, 0, now.turn))
        close_deal(w, i)
    elif not end_without_deal(w, i):
        for p in range(now.num_parties):
            if offered_now(w, i, p) >= 0:
                offer(w, i, p, offered_now(w, i, p))
    end_turn(w, i, now.num_parties)
