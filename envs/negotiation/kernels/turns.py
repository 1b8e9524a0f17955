"""Mechanics of the protocol: what an action does, how a turn ends, and what the end pays.

Stacked alternating offers (Aydoğan et al., 2017), which with two parties are Rubinstein's
(Econometrica 50, 1982): the offer on the table is the deal once enough parties consent to it. A
party that makes an offer of its own replaces it; one that waits takes its consent back.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.negotiation.codes import (
    ACCEPT,
    D_BREAKDOWN,
    FIRST_OFFER,
    FORGIVING,
    FREQUENCY,
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
def has_turn(w, i, p):
    """Whether party ``p`` acts in this step."""
    now = w.state.now[i, 0]
    return now.at_once != 0 or now.mover == p


@kernel
def best_heard(w, i, p):
    """The best for party ``p`` of the last offers of the others; negative for none."""
    now, k, best = w.state.now[i, 0], w.core[i].level, -1
    for j in range(1, now.num_parties):
        offered = w.state.parties[i, (p + j) % now.num_parties].last - 1
        if offered < 0:
            continue
        if best < 0 or w.levels.utilities[k, p, offered] > w.levels.utilities[k, p, best]:
            best = offered
    return best


@kernel
def on_table(w, i, p):
    """The outcome that party ``p`` can accept; negative for none."""
    now = w.state.now[i, 0]
    if now.at_once:
        return best_heard(w, i, p)
    return now.standing if now.proposer != p else -1


@kernel
def can_accept(w, i, p):
    """Whether there is an offer of another party on the table."""
    return on_table(w, i, p) >= 0


@kernel
def quorum(w, i):
    """How many parties make a deal."""
    parties = w.state.now[i, 0].num_parties
    return parties // 2 + 1 if w.rules[i].majority else parties


@kernel
def consenting(w, i):
    """How many parties consent to the offer on the table, who made it included."""
    now, count = w.state.now[i, 0], 1
    for p in range(now.num_parties):
        count += (now.accepts >> p) & 1
    return count


@kernel
def pay(w, i, walkers):
    """End the negotiation: with the deal on the table, or without one.

    ``walkers`` has a bit for each party that walks away; 0 where time or a breakdown ends it.
    """
    now, rules, k, metrics = w.state.now[i, 0], w.rules[i], w.core[i].level, w.metrics[i]
    now.over = 1
    for a in range(w.reward.shape[1]):
        if not w.alive[i, a]:
            continue
        w.terminated[i, a] = True
        if metrics.success:
            value = rules.deal * w.levels.utilities[k, a, now.standing]
        else:
            weight = rules.outside_option if (walkers >> a) & 1 else rules.no_deal
            value = weight * w.levels.parties[k, a].reservation
        w.reward[i, a] += value / UNIT * now.worth


@kernel
def close_deal(w, i):
    """Enough have accepted what is on the table."""
    note_deal(w, i)
    pay(w, i, 0)


@kernel
def count_values(w, i, p, outcome):
    """Party ``p`` counts the values of an offer, issue by issue."""
    k = w.core[i].level
    at, rest = 0, outcome
    for j in range(w.levels.head[k].num_issues):
        at += w.levels.issues[k, j]
    for j in range(w.levels.head[k].num_issues - 1, -1, -1):
        size = w.levels.issues[k, j]
        at -= size
        w.state.counts[i, p, at + rest % size] += 1
        rest //= size


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
    if kind == FREQUENCY:
        count_values(w, i, p, outcome)
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
        if other == p:
            continue
        kind = kind_of(w, i, other)
        if kind in (NAIVE, FORGIVING, MICRO, FREQUENCY):
            hear(w, i, other, kind, outcome)


@kernel
def end_turn(w, i, turns):
    """Time goes on, by one turn or by those of a round; the deadline or chance may end it all."""
    now, rules = w.state.now[i, 0], w.rules[i]
    turn = now.turn
    now.turn = turn + turns
    now.round += now.turn >= (now.round + 1) * now.num_parties
    w.metrics[i].turns = turn + turns
    if now.over:
        return
    now.worth *= rules.discount
    risk = 0.0 if now.opening else rules.breakdown
    broken = chance(w, i, risk, D_BREAKDOWN, 0, turn)
    if now.turn >= now.turns or broken:
        pay(w, i, 0)
        return
    if turns == 1:
        now.mover = now.mover + 1 if now.mover + 1 < now.num_parties else 0


@kernel
def act(w, i, p, action):
    """Party ``p`` takes its turn; an action that is not valid is to wait."""
    now = w.state.now[i, 0]
    if action == ACCEPT and can_accept(w, i, p):
        now.accepts |= 1 << p
        if consenting(w, i) >= quorum(w, i):
            close_deal(w, i)
    elif action == WALK:
        w.metrics[i].walked = p + 1
        pay(w, i, 1 << p)
    elif FIRST_OFFER <= action < FIRST_OFFER + now.num_outcomes:
        offer(w, i, p, action - FIRST_OFFER)
    elif p != now.proposer:
        now.accepts &= ~(1 << p)  # to wait is not to consent
    end_turn(w, i, 1)
