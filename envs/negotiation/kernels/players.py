"""Built-in players: a target, a pointer down the own order of outcomes, one comparison to accept.

Each kind has a target utility for its turn. It accepts what is worth at least that much to it, and
else offers the outcome that is worth least to it among those worth as much. Nobody accepts or
offers less than its reservation value.

=================  ==============================================================================
kind               target
=================  ==============================================================================
time-dependent     ``u_max * (1 - t ** e)`` (boulware, linear, conceder, aspiration)
tough              its best outcome
nice               its reservation value
random             the utility of an outcome drawn among its rational ones
naive tit-for-tat  ``u_max`` less what the other's last offer has conceded since its first
nice tit-for-tat   the same of the other's best offer, and any rational deal at its last turn
MiCRO              one outcome down its order for each different offer that it had (de Jonge, 2022)
frequency          as aspiration; of all outcomes worth as much it offers the one whose values it
                   was offered most often, see ``kernels/model.py``
=================  ==============================================================================
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.negotiation.codes import (
    ACCEPT,
    ASPIRATION,
    D_OFFER,
    D_STRAYED,
    FIRST_OFFER,
    FORGIVING,
    FREQUENCY,
    MICRO,
    NAIVE,
    NICE,
    RANDOM,
    UNIT,
    WAIT,
    WALK,
)
from adaptarium.envs.negotiation.kernels.model import likeliest
from adaptarium.envs.negotiation.kernels.speech import moved
from adaptarium.envs.negotiation.kernels.traits import (
    clock_of,
    is_convinced,
    is_fed_up,
    strays,
    understood,
)
from adaptarium.envs.negotiation.kernels.turns import (
    act,
    consenting,
    from_outside,
    kind_of,
    on_table,
    quorum,
)


@kernel
def last_rational(w, i, k, p):
    """The last place of the order that is worth the reservation value; 0 at least."""
    least, order = w.levels.parties[k, p].reservation, w.levels.order[k, p]
    low, high = 0, w.state.now[i, 0].num_outcomes - 1
    while low < high:
        middle = (low + high + 1) // 2
        if order[middle].utility >= least:
            low = middle
        else:
            high = middle - 1
    return low


@kernel
def heard_target(w, i, p, top, kind, final):
    """What a player demands that answers concessions with concessions."""
    party = w.state.parties[i, p]
    if final and kind == FORGIVING:
        return 0
    return top - (party.heard - party.first_heard)


@kernel
def target_of(w, i, k, p, kind):
    """The utility that party ``p`` demands at this turn."""
    now = w.state.now[i, 0]
    top, own = w.levels.parties[k, p].best, clock_of(w, i, p)
    if kind <= ASPIRATION or kind == FREQUENCY:
        curve = min(kind, ASPIRATION)
        return top * w.rules[i].curves[own, curve] // UNIT
    if kind == NICE:
        return 0
    if kind == RANDOM:
        # The opening is the best outcome: it may fall before there is a step to draw in.
        if now.turn == 0 or now.opening:
            return top
        rank = choose(w, i, last_rational(w, i, k, p) + 1, D_OFFER, p, now.turn)
        return w.levels.order[k, p, rank].utility
    if kind in (NAIVE, FORGIVING):
        return heard_target(w, i, p, top, kind, own >= w.rules[i].deadline - 1)
    if kind == MICRO:
        rank = min(w.state.parties[i, p].num_heard, now.num_outcomes - 1)
        return w.levels.order[k, p, rank].utility
    return top


@kernel
def come_down(w, i, k, p, target):
    """Move the pointer of party ``p`` to the last place worth ``target``; that place."""
    party, order = w.state.parties[i, p], w.levels.order[k, p]
    rank, last = party.rank, w.state.now[i, 0].num_outcomes - 1
    while rank > 0 and order[rank].utility < target:
        rank -= 1
    while rank < last and order[rank + 1].utility >= target:
        rank += 1
    party.rank = rank
    return rank


@kernel
def decide(w, i, p, kind):
    """The action of a built-in player at party ``p``."""
    k, now, table = w.core[i].level, w.state.now[i, 0], on_table(w, i, p)
    least = w.levels.parties[k, p].reservation
    target = max(moved(w, i, p, target_of(w, i, k, p, kind)), least)
    content = table >= 0 and w.levels.utilities[k, p, understood(w, i, p, table)] >= target
    if is_convinced(w, i, p, content):
        return ACCEPT
    if is_fed_up(w, i, p):
        return WALK
    if content:
        return WAIT  # for the other to say it again
    if w.levels.parties[k, p].best < least:
        return WAIT  # nothing is worth a deal
    if strays(w, i, p):
        place = choose(w, i, last_rational(w, i, k, p) + 1, D_STRAYED, p, now.turn)
        return FIRST_OFFER + w.levels.order[k, p, place].outcome
    rank = come_down(w, i, k, p, target)
    if kind == FREQUENCY:
        rank = likeliest(w, i, k, p, rank)
    return FIRST_OFFER + w.levels.order[k, p, rank].outcome


@kernel
def let_built_in_act(w, i):
    """Every built-in player takes its turn until one from outside has to."""
    now, at_once = w.state.now[i, 0], w.rules[i].at_once != 0
    now.at_once = at_once
    for _ in range(now.num_parties):
        if at_once or now.over or from_outside(w, i, now.mover):
            break
        action = decide(w, i, now.mover, kind_of(w, i, now.mover))
        if now.opening and action == ACCEPT and consenting(w, i) + 1 >= quorum(w, i):
            action = WAIT  # a deal would end it before it has begun
        act(w, i, now.mover, action)
    now.opening = 0
    for a in range(w.reward.shape[1]):
        w.acting[i, a] = w.alive[i, a] != 0 and (at_once or now.mover == a)
