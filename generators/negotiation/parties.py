"""What the generators share: who the parties are, what no deal is worth, and how hard it looks."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.negotiation.codes import LONGEST, UNIT
from adaptarium.generators.negotiation.purposes import (
    G_FIRST,
    G_HOPELESS,
    G_KIND,
    G_RESERVATION,
)


@kernel
def seat(w, i, k, parties):
    """Draw who has the first turn and which kinds the parties are."""
    knobs, head = w.knobs[i], w.levels.head[k]
    head.num_parties = parties
    head.first = 0 if knobs.first == 1 else parties - 1
    if knobs.first == 0:
        head.first = level_below(w, i, G_FIRST, 0, parties)
    for p in range(parties):
        kind = level_below(w, i, G_KIND, p, knobs.num_opponents)
        w.levels.parties[k, p].kind = knobs.opponents[kind]
    w.info[k].max_steps = LONGEST


@kernel
def is_hopeless(w, i):
    """Whether this level may have no deal that is better for all than none."""
    return w.knobs[i].rational == 0 and level_below(w, i, G_HOPELESS, 0, 2) == 1


@kernel
def reserve(w, i, k, meeting):
    """Draw reservation values around the outcome at which the parties could meet."""
    knobs, hopeless = w.knobs[i], is_hopeless(w, i)
    for p in range(w.levels.head[k].num_parties):
        worth = w.levels.utilities[k, p, meeting]
        share = level_below(w, i, G_RESERVATION, p, 1001)
        reservation = worth * share * knobs.conflict // 1_000_000
        if hopeless:
            reservation = worth + (UNIT - worth) * share // 1000
        w.levels.parties[k, p].reservation = reservation


@kernel
def lost(w, i, k):
    """How many outcomes are worse for some party than no deal."""
    total = 0
    for o in range(w.levels.head[k].num_outcomes):
        bad = False
        for p in range(w.levels.head[k].num_parties):
            bad = bad or w.levels.utilities[k, p, o] < w.levels.parties[k, p].reservation
        total += bad
    return np.int64(total)
