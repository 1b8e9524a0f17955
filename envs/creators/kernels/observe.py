"""What is seen: by the platform the market as a whole, by creators what became of their items."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import MAX_STREAK, NOBODY, UNIT
from adaptarium.envs.creators.kernels.leave import fruitless
from adaptarium.envs.creators.kernels.seats import creator_at

_HUNDRED = 100.0


@kernel
def blank(w, row, a):
    """Nothing is seen at a seat."""
    for f in range(w.obs.signals.shape[2]):
        w.obs.signals[row, a, f] = 0.0
    for f in range(w.obs.own.shape[2]):
        w.obs.own[row, a, f] = 0.0
    for f in range(w.obs.choice.shape[2]):
        w.obs.choice[row, a, f] = 0
    for g in range(w.obs.genres.shape[2]):
        for f in range(w.obs.genres.shape[3]):
            w.obs.genres[row, a, g, f] = 0.0
        for f in range(w.obs.work.shape[3]):
            w.obs.work[row, a, g, f] = 0.0
        for f in range(w.obs.market.shape[3]):
            w.obs.market[row, a, g, f] = 0.0
    for c in range(w.obs.creators.shape[2]):
        for f in range(w.obs.creators.shape[3]):
            w.obs.creators[row, a, c, f] = 0.0


@kernel
def show_platform(w, i, row, a):
    """Shares of time, users and creators; genres; creators; and the choice that was made."""
    core, now = w.core[i], w.state.now[i, 0]
    signals, made = w.obs.signals[row, a], 0
    signals[0] = core.first
    signals[1] = core.elapsed / core.limit
    signals[2] = now.users / now.num_users
    signals[3] = now.creators / now.num_creators
    signals[4] = now.clicks / now.num_users
    signals[5] = now.shown / now.num_users
    w.obs.choice[row, a, 0] = now.scorer
    w.obs.choice[row, a, 1] = now.reranker
    for g in range(now.num_genres):
        made += w.state.genres[i, g].made
    for g in range(now.num_genres):
        genre = w.state.genres[i, g]
        w.obs.genres[row, a, g, 0] = genre.made / max(made, 1)
        w.obs.genres[row, a, g, 1] = genre.new_shown / max(now.shown, 1)
        w.obs.genres[row, a, g, 2] = genre.new_clicks / max(genre.new_shown, 1)
    for c in range(now.num_creators):
        creator, seen = w.state.creators[i, c], w.obs.creators[row, a, c]
        seen[0] = creator.left == 0
        seen[1] = creator.items / max(now.time, 1)
        seen[2] = creator.new_shown / max(now.shown, 1)
        seen[3] = creator.new_clicks / max(now.clicks, 1)
        seen[4] = fruitless(w, i, c) / MAX_STREAK


@kernel
def show_creator(w, i, row, a, c):
    """What a creator knows of itself: skills, work, and the clicks on it."""
    core, now, creator = w.core[i], w.state.now[i, 0], w.state.creators[i, c]
    own, unit = w.obs.own[row, a], now.num_users / now.num_creators
    last = creator.recent[(creator.items - 1) % MAX_STREAK] if creator.items > 0 else 0
    own[0] = core.first
    own[1] = core.elapsed / core.limit
    own[2] = creator.active
    own[3] = creator.items / _HUNDRED
    own[4] = creator.new_clicks / unit
    own[5] = last / unit
    own[6] = fruitless(w, i, c) / MAX_STREAK
    for g in range(now.num_genres):
        made = w.state.made[i, c, g]
        w.obs.work[row, a, g, 0] = w.levels.skills[core.level, c, g] / UNIT
        w.obs.work[row, a, g, 1] = made / _HUNDRED
        w.obs.work[row, a, g, 2] = w.state.liked[i, c, g] / max(made, 1) / unit


@kernel
def mean_preference(w, i, g):
    """How much the users who stay like genre ``g`` on average."""
    total, users = 0.0, 0
    for u in range(w.state.now[i, 0].num_users):
        if w.state.users[i, u].left == 0:
            total += w.state.likes[i, u, g]
            users += 1
    return min(max(total / max(users, 1), -1.0), 1.0)


@kernel
def show_market(w, i, row, a):
    """What the users like and what an item of each genre gets."""
    now = w.state.now[i, 0]
    unit = now.num_users / now.num_creators
    for g in range(now.num_genres):
        genre = w.state.genres[i, g]
        w.obs.market[row, a, g, 0] = mean_preference(w, i, g)
        w.obs.market[row, a, g, 1] = genre.clicks / max(genre.made, 1) / unit


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of every seat of slot ``i``."""
    for a in range(w.reward.shape[1]):
        c = creator_at(w, i, a)
        blank(w, row, a)
        if c == NOBODY:
            show_platform(w, i, row, a)
        elif c < w.state.now[i, 0].num_creators:
            show_creator(w, i, row, a, c)
            if w.rules[i].full_information:
                show_market(w, i, row, a)
