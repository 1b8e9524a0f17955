"""The start of an inner episode: nobody has made, seen or learnt anything."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, bits_at, unit
from adaptarium.envs.creators.codes import D_FACTOR, FACTORISED, SCORERS, TOPICS, UNIT
from adaptarium.envs.creators.kernels.aims import begin_creator
from adaptarium.envs.creators.kernels.change import turn
from adaptarium.envs.creators.kernels.leave import call_creators
from adaptarium.envs.creators.kernels.seats import creator_at

_SCORERS = len(SCORERS)
SPREAD = 0.25  # of factors at the start


@kernel
def begin_now(w, i, k):
    """Everybody is here."""
    now, head, rules = w.state.now[i, 0], w.levels.head[k], w.rules[i]
    now.num_users = head.num_users
    now.num_creators = head.num_creators
    now.num_genres = head.num_genres
    now.time = 0
    now.taste = 0
    now.scorer = rules.scorer
    now.reranker = rules.reranker
    now.users = head.num_users
    now.creators = head.num_creators
    now.clicks = 0
    now.shown = 0
    for m in range(_SCORERS):
        now.trained[m] = -1


@kernel
def begin_users(w, i, k):
    """Users as the level has them, and nothing kept in the places beyond."""
    head = w.levels.head[k]
    for u in range(w.state.users.shape[1]):
        w.state.users[i, u].left = 0
        w.state.users[i, u].fruitless = 0
    for u in range(w.state.likes.shape[1]):
        for g in range(w.state.likes.shape[2]):
            here = u < head.num_users and g < head.num_genres
            w.state.likes[i, u, g] = w.levels.likes[k, u, g] / UNIT if here else 0.0
            w.state.sated[i, u, g] = 0.0
        for row in range(w.state.log.shape[2]):
            for j in range(w.state.log.shape[3]):
                w.state.log[i, u, row, j] = 0


@kernel
def begin_items(w, i):
    """No items, and no genre has been made."""
    for slot in range(w.state.items.shape[1]):
        item = w.state.items[i, slot]
        item.popularity = 0.0
        item.weighted = 0.0
        item.born = -1
        item.serial = 0
        item.clicks = 0
        item.shown = 0
        item.genre = 0
        item.quality = 0
        for d in range(TOPICS):
            item.topics[d] = 0
    for g in range(w.state.genres.shape[1]):
        genre = w.state.genres[i, g]
        genre.made = 0
        genre.clicks = 0
        genre.shown = 0
        genre.new_shown = 0
        genre.new_clicks = 0


@kernel
def begin_table(w, i, table, purpose, rows, agent):
    """Factors of users, genres or creators begin small and different, biases at 0."""
    core, factors = w.core[i], w.rules[i].factors
    for m in range(table.shape[0]):
        for row in range(table.shape[1]):
            for f in range(table.shape[2]):
                where = address(purpose, agent + f, row * FACTORISED + m)
                drawn = 2.0 * unit(bits_at(core.key_partners, core.clock, where)) - 1.0
                here = row < rows and f < factors
                table[m, row, f] = SPREAD * drawn if here else 0.0


@kernel
def begin_factors(w, i):
    """Every model begins with what tells users, genres and creators apart by chance; items by 0."""
    now, state = w.state.now[i, 0], w.state
    begin_table(w, i, state.user_factors[i], D_FACTOR, now.num_users, 0)
    begin_table(w, i, state.genre_factors[i], D_FACTOR, now.num_genres, 80)
    begin_table(w, i, state.creator_factors[i], D_FACTOR, now.num_creators, 160)
    begin_table(w, i, state.item_factors[i], D_FACTOR, 0, 0)


@kernel
def begin_bandit(w, i):
    """Every user's regression has only its prior."""
    size = w.state.inverse.shape[2]
    for u in range(w.state.inverse.shape[1]):
        for a in range(size):
            w.state.moment[i, u, a] = 0.0
            for b in range(size):
                w.state.inverse[i, u, a, b] = 1.0 if a == b else 0.0


@kernel
def begin_creators(w, i, k):
    """Every creator comes, and nothing is kept in the places beyond."""
    for c in range(w.state.creators.shape[1]):
        begin_creator(w, i, c)
        w.state.creators[i, c].left = c >= w.levels.head[k].num_creators
    call_creators(w, i, 1)


@kernel
def begin_measures(w, i):
    """Nothing to measure yet."""
    metrics = w.metrics[i]
    metrics.engagement = 0.0
    metrics.user_retention = 1.0
    metrics.creator_retention = 1.0
    metrics.user_welfare = 0.0
    metrics.creator_welfare = 0.0
    metrics.exposure_gini = 0.0
    metrics.fairness = 0.0
    metrics.content_entropy = 0.0
    metrics.diversity = 0.0
    metrics.supply_gap = 0.0
    metrics.early_clicks = 0
    metrics.late_clicks = 0
    metrics.clicks = 0
    metrics.shown = 0
    metrics.slates = 0
    metrics.success = 0


@kernel
def begin_seats(w, i):
    """The platform's seat and that of every creator of the level are taken."""
    for a in range(w.reward.shape[1]):
        here = creator_at(w, i, a) < w.state.now[i, 0].num_creators
        w.alive[i, a] = here
        w.acting[i, a] = here


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    begin_now(w, i, k)
    begin_users(w, i, k)
    begin_items(w, i)
    begin_factors(w, i)
    begin_bandit(w, i)
    begin_creators(w, i, k)
    begin_measures(w, i)
    begin_seats(w, i)
    turn(w, i)
