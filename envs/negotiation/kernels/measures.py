"""What a negotiation is measured by, as far as it is cheap enough to be kept at every turn.

Distances to the solutions of a domain need those solutions: see
:mod:`adaptarium.envs.negotiation.measures`.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import UNIT


@kernel
def begin_measures(w, i, k):
    """As long as there is no deal, every party has its reservation value."""
    metrics, parties = w.metrics[i], w.levels.parties
    total = 0.0
    for p in range(w.levels.head[k].num_parties):
        total += parties[k, p].reservation / UNIT
    metrics.welfare = total
    metrics.gains = 0.0
    metrics.utility = parties[k, 0].reservation / UNIT
    metrics.success = 0
    metrics.turns = 0
    metrics.outcome = 0
    metrics.walked = 0
    metrics.first_offer = 0.0
    metrics.last_offer = 0.0
    metrics.asked = 0.0
    metrics.asked_squared = 0.0
    metrics.offers = 0
    metrics.retreats = 0
    metrics.their_offers = 0
    metrics.their_retreats = 0
    metrics.messages = 0
    metrics.lies = 0
    metrics.secrets = 0
    metrics.threats = 0
    metrics.empty_threats = 0


@kernel
def note_offer(w, i, p, outcome):
    """Party ``p`` is about to offer an outcome; its last offer is still the one before."""
    metrics, values = w.metrics[i], w.levels.utilities[w.core[i].level, p]
    before = w.state.parties[i, p].last
    retreats = before > 0 and values[outcome] > values[before - 1]
    if p > 0:
        metrics.their_offers += 1
        metrics.their_retreats += retreats
        return
    value = values[outcome] / UNIT
    if before == 0:
        metrics.first_offer = value
    metrics.last_offer = value
    metrics.asked += value
    metrics.asked_squared += value * value
    metrics.offers += 1
    metrics.retreats += retreats


@kernel
def note_deal(w, i):
    """All have accepted what is on the table."""
    now, k, metrics = w.state.now[i, 0], w.core[i].level, w.metrics[i]
    metrics.success = 1
    metrics.outcome = now.standing + 1
    total, before = 0, 0
    for p in range(now.num_parties):
        total += w.levels.utilities[k, p, now.standing]
        before += w.levels.parties[k, p].reservation
    metrics.welfare = total / UNIT
    metrics.gains = (total - before) / UNIT
    metrics.utility = w.levels.utilities[k, 0, now.standing] / UNIT
