"""The start of a negotiation."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.kernels.measures import begin_measures
from adaptarium.envs.negotiation.kernels.players import let_built_in_act


@kernel
def first_of(w, i, k):
    """The party that has the first turn."""
    first, head = w.rules[i].first, w.levels.head[k]
    if first == 0:
        return head.first
    return 0 if first == 1 else head.num_parties - 1


@kernel
def begin_now(w, i, k):
    """Nothing is on the table, and no turn has been taken."""
    now, head = w.state.now[i, 0], w.levels.head[k]
    now.worth = 1.0
    now.num_parties = head.num_parties
    now.num_outcomes = head.num_outcomes
    now.turn = 0
    now.round = 0
    now.turns = w.rules[i].deadline * head.num_parties
    now.mover = first_of(w, i, k)
    now.standing = -1
    now.proposer = 0
    now.accepts = 0
    now.opening = 1
    now.over = 0


@kernel
def begin_parties(w, i):
    """Nobody has offered or heard anything."""
    for p in range(w.state.parties.shape[1]):
        party = w.state.parties[i, p]
        party.last = 0
        party.rank = 0
        party.first_heard = 0
        party.heard = 0
        party.num_heard = 0
        party.doubts = 0
        party.said = 0
        party.spoke = 0
        party.claim = 0
        party.swayed = 0
        party.threat = 0
    for p in range(w.state.heard.shape[1]):
        for j in range(w.state.heard.shape[2]):
            w.state.heard[i, p, j] = 0
        for j in range(w.state.counts.shape[2]):
            w.state.counts[i, p, j] = 0


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``; built-in players act until an outside one."""
    for a in range(w.reward.shape[1]):
        seated = a < w.levels.head[k].num_parties and a < w.rules[i].outside
        w.alive[i, a] = seated
        w.acting[i, a] = seated
    begin_now(w, i, k)
    begin_parties(w, i)
    begin_measures(w, i, k)
    let_built_in_act(w, i)
