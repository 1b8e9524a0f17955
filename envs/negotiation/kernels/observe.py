"""What a party sees: offers, time, utilities (others' only where the world reveals them), terms."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.negotiation.codes import UNIT
from adaptarium.envs.negotiation.kernels.turns import can_accept, has_turn, on_table


@kernel
def table_of(w, i, a):
    """The outcome on the table as seat ``a`` sees it; negative for none."""
    return on_table(w, i, a) if w.rules[i].at_once else w.state.now[i, 0].standing


@kernel
def show_offers(w, i, a, row):
    """What is on the table, and the last offer of every party from this one on."""
    now, offers = w.state.now[i, 0], w.obs.offers[row, a]
    offers[0] = table_of(w, i, a) + 1
    for j in range(offers.shape[0] - 1):
        p = (a + j) % now.num_parties
        offers[1 + j] = w.state.parties[i, p].last if j < now.num_parties else 0


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
    count, k = w.state.now[i, 0].num_outcomes, w.core[i].level
    for o in range(w.obs.utilities.shape[2]):
        w.obs.utilities[row, a, o] = w.levels.utilities[k, a, o] / UNIT if o < count else 0.0


@kernel
def show_others(w, i, a, row):
    """The utilities of the parties after this one, or nothing."""
    now, k, room = w.state.now[i, 0], w.core[i].level, w.obs.utilities.shape[2]
    for place in range(w.obs.others.shape[2]):
        j, o = place // room, place % room
        shown = w.rules[i].reveal and j + 1 < now.num_parties and o < now.num_outcomes
        p = (a + 1 + j) % now.num_parties
        w.obs.others[row, a, place] = w.levels.utilities[k, p, o] / UNIT if shown else 0.0


@kernel
def show_terms(w, i, a, row):
    """How many values each issue has, and the offers by their values; nothing with one issue."""
    k, terms, offers = w.core[i].level, w.obs.terms[row, a], w.obs.offers[row, a]
    for place in range(terms.shape[0]):
        terms[place] = 0
    room = w.levels.issues.shape[1]
    if room == 1:
        return
    turned = w.rules[i].shares != 0 and a > 0
    for j in range(w.levels.head[k].num_issues):
        terms[j] = w.levels.issues[k, j]
    for line in range(offers.shape[0]):
        rest = offers[line] - 1
        if rest < 0:
            continue
        for j in range(w.levels.head[k].num_issues - 1, -1, -1):
            size = w.levels.issues[k, j]
            value = rest % size
            terms[(1 + line) * room + j] = size - value if turned else value + 1
            rest //= size


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
    for j in range(w.obs.terms.shape[2]):
        w.obs.terms[row, a, j] = 0


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
