"""Users and creators of a market, each drawn by itself."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.creators.codes import EFFORTS, KINDS, MAX_GENRES, TOPICS, UNIT
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.creators.knobs import MarketKnobs
from adaptarium.generators.creators.purposes import (
    G_ACTIVITY,
    G_COST,
    G_EFFORT,
    G_FOLLOWING,
    G_KIND,
    G_PATIENCE,
    G_PREFERENCE,
    G_SKILL,
    G_STYLE,
    G_TASTE,
)

_KINDS, _EFFORTS = len(KINDS), len(EFFORTS)
_WAYS = 2 * UNIT + 1  # thousandths from -1 to 1
_LEAST_SKILL = 300


@kernel
def following(w, i, g):
    """How much genre ``g`` is liked on average, in thousandths."""
    most = w.knobs[i].favour
    return level_below(w, i, G_FOLLOWING, g, 2 * most + 1) - most


@kernel
def draw_users(w, i, k):
    """Preferences, tastes, patience and activity."""
    knobs = w.knobs[i]
    least = (knobs.patience + 1) // 2
    for u in range(knobs.users):
        user = w.levels.users[k, u]
        user.activity = knobs.activity
        user.patience = least + level_below(w, i, G_PATIENCE, u, knobs.patience - least + 1)
        for g in range(knobs.genres):
            off = level_below(w, i, G_PREFERENCE, u * MAX_GENRES + g, _WAYS) - UNIT
            w.levels.likes[k, u, g] = min(max(following(w, i, g) + off, -UNIT), UNIT)
        for d in range(TOPICS):
            w.levels.tastes[k, u, d] = level_below(w, i, G_TASTE, u * TOPICS + d, _WAYS) - UNIT


@kernel
def draw_kind(w, i, c):
    """One of the kinds that the knobs allow."""
    allowed, count = w.knobs[i].kinds, 0
    for kind in range(_KINDS):
        count += allowed >> kind & 1
    rank = level_below(w, i, G_KIND, c, count)
    for kind in range(_KINDS):
        if allowed >> kind & 1:
            if rank == 0:
                return kind
            rank -= 1
    return 0


@kernel
def draw_creators(w, i, k):
    """Skills, styles, costs, activity, effort and kind."""
    knobs = w.knobs[i]
    for c in range(knobs.creators):
        creator = w.levels.creators[k, c]
        spare = UNIT - knobs.activity
        creator.activity = knobs.activity + level_below(w, i, G_ACTIVITY, c, spare + 1)
        creator.cost = UNIT // 2 + level_below(w, i, G_COST, c, UNIT + 1)
        creator.effort = level_below(w, i, G_EFFORT, c, _EFFORTS)
        creator.kind = draw_kind(w, i, c)
        for g in range(knobs.genres):
            more = level_below(w, i, G_SKILL, c * MAX_GENRES + g, UNIT - _LEAST_SKILL + 1)
            w.levels.skills[k, c, g] = _LEAST_SKILL + more
        for d in range(TOPICS):
            w.levels.styles[k, c, d] = level_below(w, i, G_STYLE, c * TOPICS + d, _WAYS) - UNIT


@kernel
def market(w, i, k):
    """A market of users and creators."""
    knobs, head = w.knobs[i], w.levels.head[k]
    head.num_users = knobs.users
    head.num_creators = knobs.creators
    head.num_genres = knobs.genres
    w.info[k].max_steps = knobs.horizon
    draw_users(w, i, k)
    draw_creators(w, i, k)
    return True


@kernel
def likeness(w, i, k):
    """How little the best liked genre stands out: what the others lack, negative."""
    head, best, total = w.levels.head[k], -UNIT * w.levels.head[k].num_users, 0
    for g in range(head.num_genres):
        liked = 0
        for u in range(head.num_users):
            liked += w.levels.likes[k, u, g]
        best = max(best, liked)
        total += liked
    return total - best * head.num_genres


MARKET = Generator(
    name="market",
    knobs=MarketKnobs,
    needs=MarketKnobs.needs,
    kernel=market,
    measure=likeness,
)
