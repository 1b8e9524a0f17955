"""Mechanics of the protocol: what an action does, how a turn ends, and what the end pays.

Stacked alternating offers (Aydoğan et al., 2017), which with two parties are Rubinstein's
(Econometrica 50, 1982): a deal needs the consent of all others in a row.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.negotiation.codes import (
    ACCEPT,
    D_BREAKDOWN,
    FIRST_OFFER,
    FORGIVING,
    MICRO,
    NAIVE,
    NOBODY,
    UNIT,
    WALK,
    WORD,
)
from adaptarium.envs.negotiation.kernels.measures import note_deal, note_offer


@kernel
def from_outside(w, i, p):
    """Whether the seat of party ``p`` is played from outside."""
    return p < w.reward.shape[1] and p < w.rules[i].outside and w.alive[i, p] != 0


@kernel
def kind_of(w, i, p):
    """The kind of built-in player that acts for party ``p``; negative for none."""
    rules = w.rules[i]
    if from_outside(w, i, p):
        return rules.proxy if p == 0 else NOBODY
    if rules.built_in >= 0:
        return rules.built_in
    return w.levels.parties[w.core[i].level, p].kind


@kernel
def can_accept(w, i, p):
    """Whether there is an offer of another party on the table."""
    now = w.state.now[i, 0]
    return now.standing >= 0 and now.proposer != p


@kernel
def pay(w, i, walker):
    """End the negotiation: with the deal on the table, or without one, by ``walker`` or by time."""
    now, rules, k, metrics = w.state.now[i, 0], w.rules[i], w.core[i].level, w.metrics[i]
    now.over = 1
    for a in range(w.reward.shape[1]):
        if not w.alive[i, a]:
            continue
        w.terminated[i, a] = True
        if metrics.success:
            value = rules.deal * w.levels.utilities[k, a, now.standing]
        else:
            weight = rules.outside_option if a == walker else rules.no_deal
            value = weight * w.levels.parties[k, a].reservation
        w.reward[i, a] += value / UNIT * now.worth


@kernel
def hear(w, i, p, kind, outcome):
    """Party ``p``, a built-in player that follows the others, takes note of an offer.

    It remembers what its kind looks at and no more: what differs in nothing that will matter stays
    one state for a search.
    """
    party, value = w.state.parties[i, p], w.levels.utilities[w.core[i].level, p, outcome] + 1
    if kind in (NAIVE, FORGIVING):
        if party.first_heard == 0:
            party.first_heard = value
        keeps = kind == FORGIVING and party.heard > value
        party.heard = party.heard if keeps else value
        return
    word, bit = outcome // WORD, 1 << (outcome % WORD)
    if not w.state.heard[i, p, word] & bit:
        w.state.heard[i, p, word] |= bit
        party.num_heard += 1


@kernel
def offer(w, i, p, outcome):
    """Put an outcome on the table."""
    now = w.state.now[i, 0]
    now.standing = outcome
    now.proposer = p
    now.accepts = 0
    note_offer(w, i, p, outcome)
    w.state.parties[i, p].last = outcome + 1
    for other in range(now.num_parties):
        kind = kind_of(w, i, other)
        if other != p and kind in (NAIVE, FORGIVING, MICRO):
            hear(w, i, other, kind, outcome)


@kernel
def end_turn(w, i):
    """Time goes on; the deadline or a breakdown may end it all."""
    now, rules = w.state.now[i, 0], w.rules[i]
    turn = now.turn
    now.turn = turn + 1
    w.metrics[i].turns = turn + 1
    if now.over:
        return
    now.worth *= rules.discount
    broken = chance(w, i, rules.breakdown, D_BREAKDOWN, 0, turn)
    if now.turn >= now.turns or broken:
        pay(w, i, -1)
        return
    now.mover = now.mover + 1 if now.mover + 1 < now.num_parties else 0


@kernel
def act(w, i, p, action):
    """Party ``p`` takes its turn; an action that is not valid is to wait."""
    now = w.state.now[i, 0]
    if action == ACCEPT and can_accept(w, i, p):
        now.accepts += 1
        if now.accepts >= now.num_parties - 1:
            note_deal(w, i)
            pay(w, i, -1)
    elif action == WALK:
        w.metrics[i].walked = p + 1
        pay(w, i, p)
    elif FIRST_OFFER <= action < FIRST_OFFER + now.num_outcomes:
        offer(w, i, p, action - FIRST_OFFER)
    elif p != now.proposer:
        now.accepts = 0  # to wait is not to consent
    end_turn(w, i)
