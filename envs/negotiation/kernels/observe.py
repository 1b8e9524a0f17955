"""What a party sees: offers, time, utilities (others' only where the world reveals them), terms."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.envs.negotiation.kernels.speech import DISCREDITED
from adaptarium.envs.negotiation.kernels.turns import can_accept, has_turn, on_table


@kernel
def as_shown(utility):
    """A utility as a float32: as near to the number meant as those get."""
    return np.float32(utility) / np.float32(UNIT)


@kernel
def table_of(w, i, a):
    """The outcome on the table as seat ``a`` sees it; negative for none."""
    now = w.state.now[i, 0]
    return on_table(w, i, a) if now.at_once else now.standing


@kernel
def after(w, i, p):
    """The party that follows party ``p``."""
    return p + 1 if p + 1 < w.state.now[i, 0].num_parties else 0


@kernel
def show_offers(w, i, a, row):
    """What is on the table, and the last offer of every party from this one on."""
    now, offers = w.state.now[i, 0], w.obs.offers[row, a]
    offers[0] = table_of(w, i, a) + 1
    p = a
    for j in range(offers.shape[0] - 1):
        offers[1 + j] = w.state.parties[i, p].last if j < now.num_parties else 0
        p = after(w, i, p)


@kernel
def show_signals(w, i, a, row):
    """Time, turn, and what no deal and the offer on the table are worth."""
    now, k, signals = w.state.now[i, 0], w.core[i].level, w.obs.signals[row, a]
    table = table_of(w, i, a)
    signals[0] = w.core[i].first
    signals[1] = now.turn / now.turns
    signals[2] = now.worth
    signals[3] = has_turn(w, i, a) and not now.over
    signals[4] = can_accept(w, i, a) and not now.over
    signals[5] = w.levels.parties[k, a].reservation / UNIT
    signals[6] = w.levels.utilities[k, a, table] / UNIT if table >= 0 else 0.0


@kernel
def show_utilities(w, i, a, row):
    """The own utility of every outcome."""
    count, values = w.state.now[i, 0].num_outcomes, w.levels.utilities[w.core[i].level, a]
    shown = w.obs.utilities[row, a]
    for o in range(count):
        shown[o] = as_shown(values[o])
    for o in range(count, shown.shape[0]):
        shown[o] = 0.0


@kernel
def show_others(w, i, a, row):
    """The utilities of the parties after this one, or nothing."""
    now, k, others = w.state.now[i, 0], w.core[i].level, w.obs.others[row, a]
    for place in range(others.shape[0]):
        others[place] = 0.0
    if w.rules[i].reveal == 0:
        return
    p, room = a, w.obs.utilities.shape[2]
    for j in range(now.num_parties - 1):
        p = after(w, i, p)
        for o in range(now.num_outcomes):
            others[j * room + o] = as_shown(w.levels.utilities[k, p, o])


@kernel
def show_terms(w, i, a, row):
    """How many values each issue has, and those of the offer on the table; none with one issue."""
    k, issues, terms = w.core[i].level, w.obs.issues[row, a], w.obs.terms[row, a]
    shown = w.levels.head[k].num_issues
    turned, rest = w.rules[i].shares != 0 and a > 0, table_of(w, i, a)
    offered = rest >= 0
    for j in range(issues.shape[0] - 1, -1, -1):
        size = w.levels.issues[k, j] if j < shown else 0
        issues[j] = size
        terms[j] = 0
        if size > 0 and offered:
            value = rest % size
            terms[j] = size - value if turned else value + 1
            rest //= size


@kernel
def show_consents(w, i, a, row):
    """Who consents to the offer on the table, from this party on; nothing with two parties."""
    now, consents = w.state.now[i, 0], w.obs.consents[row, a]
    p = a
    for j in range(consents.shape[0]):
        agrees = p == now.proposer or (now.accepts >> p) & 1
        consents[j] = now.standing >= 0 and j < now.num_parties and agrees
        p = after(w, i, p)


@kernel
def show_talk(w, i, a, row):
    """Messages and claims, where there are any."""
    talk, party = w.obs.talk[row, a], w.state.parties[i, a]
    for j in range(talk.shape[0]):
        talk[j] = 0.0
    if w.rules[i].speech == 0:
        return
    now = w.state.now[i, 0]
    talk[0] = party.spoke
    talk[1] = party.threat == DISCREDITED
    for j in range(now.num_parties - 1):
        other = w.state.parties[i, (a + 1 + j) % now.num_parties]
        talk[2 + 3 * j] = other.said / 8
        talk[3 + 3 * j] = other.claim > 0
        talk[4 + 3 * j] = max(other.claim - 1, 0) / UNIT


@kernel
def blank(w, a, row):
    """A seat that the world lacks sees nothing."""
    for j in range(w.obs.offers.shape[2]):
        w.obs.offers[row, a, j] = 0
    for j in range(w.obs.signals.shape[2]):
        w.obs.signals[row, a, j] = 0.0
    for j in range(w.obs.utilities.shape[2]):
        w.obs.utilities[row, a, j] = 0.0
    for j in range(w.obs.others.shape[2]):
        w.obs.others[row, a, j] = 0.0
    for j in range(w.obs.issues.shape[2]):
        w.obs.issues[row, a, j] = 0
        w.obs.terms[row, a, j] = 0
    for j in range(w.obs.consents.shape[2]):
        w.obs.consents[row, a, j] = 0
    for j in range(w.obs.talk.shape[2]):
        w.obs.talk[row, a, j] = 0.0


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of slot ``i``, for every seat."""
    for a in range(w.obs.offers.shape[1]):
        if a >= w.state.now[i, 0].num_parties or a >= w.rules[i].outside:
            blank(w, a, row)
            continue
        show_offers(w, i, a, row)
        show_signals(w, i, a, row)
        show_utilities(w, i, a, row)
        show_others(w, i, a, row)
        show_terms(w, i, a, row)
        show_consents(w, i, a, row)
        show_talk(w, i, a, row)
