"""Built-in creators: at random, feature dynamics, local better response, and belief-based.

``cfd`` and ``lbr`` are the baselines of CreAgent (Ye et al., SIGIR 2025): a creator is a unit
vector over genres and makes what is largest in it. ``cfd`` adds ``learning`` times the average
clicks on its own items of each genre; ``lbr`` tries a random unit direction, and keeps the step
where it points more towards these averages.

``belief`` keeps the averages as beliefs, and compares the clicks on its last item with those on all
of its items: a gain or loss, valued as in cumulative prospect theory (Tversky & Kahneman, Journal
of Risk and Uncertainty 5, 1992). It stays with the best known genre with log-odds ``curiosity``
plus that value, and else tries one it does not know: it explores when it loses.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, bits_at, chance, choose, unit
from adaptarium.envs.creators.codes import (
    AT_RANDOM,
    CFD,
    D_DIRECTION,
    D_EXPLOIT,
    D_WORK,
    EFFORTS,
    LBR,
    MAX_STREAK,
    NOBODY,
)

_EFFORTS = len(EFFORTS)
# Curvature of gains and losses, and loss aversion: the estimates of Tversky & Kahneman, 1992.
_CURVE, _AVERSION = 0.88, 2.25


@kernel
def belief_of(w, i, c, g):
    """Average clicks an item of genre ``g``, as creator ``c`` knows it; negative where unknown."""
    if w.rules[i].informed:
        genre = w.state.genres[i, g]
        return genre.clicks / genre.made if genre.made > 0 else -1.0
    made = w.state.made[i, c, g]
    return w.state.liked[i, c, g] / made if made > 0 else -1.0


@kernel
def aim_at(w, i, c, step, direction):
    """Move the aim of creator ``c``: towards clicks, or by a random direction; keep its length 1.

    Directions are written beside the aim by the caller's draws; ``direction`` says which of the two
    is wanted.
    """
    count, total = w.state.now[i, 0].num_genres, 0.0
    where = D_DIRECTION
    for g in range(count):
        along = max(belief_of(w, i, c, g), 0.0)
        if direction:
            core = w.core[i]
            along = 2.0 * unit(bits_at(core.key_partners, core.clock, address(where, c, g))) - 1.0
        w.scratch.vector[i, g] = along
        total += along * along
    size = math.sqrt(total) if direction and total > 0.0 else 1.0
    total, toward, before = 0.0, 0.0, 0.0
    for g in range(count):
        moved = w.state.aims[i, c, g] + step * w.scratch.vector[i, g] / size
        total += moved * moved
        clicks = max(belief_of(w, i, c, g), 0.0)
        toward += moved * clicks
        before += w.state.aims[i, c, g] * clicks
    length = math.sqrt(total)
    if length <= 0.0 or (direction and toward / length <= before):
        return
    for g in range(count):
        moved = w.state.aims[i, c, g] + step * w.scratch.vector[i, g] / size
        w.state.aims[i, c, g] = moved / length


@kernel
def aimed(w, i, c):
    """The genre that is largest in the aim of creator ``c``."""
    best = 0
    for g in range(1, w.state.now[i, 0].num_genres):
        if w.state.aims[i, c, g] > w.state.aims[i, c, best]:
            best = g
    return best


@kernel
def prospect(x):
    """The value of a gain or a loss."""
    if x >= 0.0:
        return math.pow(x, _CURVE)
    return -_AVERSION * math.pow(-x, _CURVE)


@kernel
def outcome_of(w, i, c):
    """How much better than usual the last item of creator ``c`` has done, as a share of that."""
    creator = w.state.creators[i, c]
    if creator.items < 2:
        return 0.0
    usual = creator.clicks / creator.items
    last = creator.recent[(creator.items - 1) % MAX_STREAK]
    return (last - usual) / max(usual, 1.0)


@kernel
def believed(w, i, c):
    """The genre of a belief-based creator: the best it knows, or one it does not know."""
    count, best, unknown = w.state.now[i, 0].num_genres, NOBODY, 0
    for g in range(count):
        if belief_of(w, i, c, g) < 0.0:
            unknown += 1
        elif best < 0 or belief_of(w, i, c, g) > belief_of(w, i, c, best):
            best = g
    if best < 0:
        return aimed(w, i, c)
    stays = w.rules[i].curiosity + prospect(outcome_of(w, i, c))
    if chance(w, i, 1.0 / (1.0 + math.exp(-stays)), D_EXPLOIT, c, 0) or count == 1:
        return best
    others = unknown if unknown > 0 else count - 1
    rank = choose(w, i, others, D_EXPLOIT, c, 1)
    for g in range(count):
        tried = belief_of(w, i, c, g) >= 0.0 if unknown > 0 else g == best
        if tried:
            continue
        if rank == 0:
            return g
        rank -= 1
    return best


@kernel
def decide(w, i, c, proxied):
    """What built-in creator ``c`` does: a work number."""
    rules, creator = w.rules[i], w.levels.creators[w.core[i].level, c]
    kind = rules.kind if rules.kind != NOBODY else creator.kind
    kind = rules.proxy_kind if proxied else kind
    if kind == AT_RANDOM:
        return 1 + choose(w, i, w.state.now[i, 0].num_genres * _EFFORTS, D_WORK, c, 0)
    if kind in (CFD, LBR):
        aim_at(w, i, c, rules.learning, kind == LBR)
        genre = aimed(w, i, c)
    else:
        genre = believed(w, i, c)
    return 1 + genre * _EFFORTS + creator.effort
