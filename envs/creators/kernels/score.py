"""Mechanic: a score for every open item and every user who comes."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import address, bits_at, unit
from adaptarium.envs.creators.codes import (
    CLAIRVOYANT,
    D_SCORE,
    LINUCB,
    MF,
    NEVER,
    POPULARITY,
    RANDOM,
    SHUT,
    TOPICS,
    UNIT,
)
from adaptarium.envs.creators.kernels.linucb import score_bandit


@kernel
def log_odds(w, i, u, genre, topics, quality):
    """The log-odds of a click of user ``u``: the formula of the rules."""
    rules = w.rules[i]
    worth = rules.affinity * (w.state.likes[i, u, genre] + topics) + rules.quality * quality
    return worth - rules.satiation * w.state.sated[i, u, genre] - rules.reluctance


@kernel
def likes(w, i, u, slot):
    """The log-odds of a click of user ``u`` on the item of a slot, if it is looked at."""
    item, k, topics = w.state.items[i, slot], w.core[i].level, 0.0
    for d in range(TOPICS):
        topics += w.levels.tastes[k, u, d] / UNIT * (item.topics[d] / UNIT)
    return log_odds(w, i, u, item.genre, topics, item.quality / UNIT)


@kernel
def score_factors(w, i, u, row):
    """Biases and products of factors; the bias of the user moves no item before another."""
    count, width = w.scratch.open[i, 0], w.rules[i].factors
    p, factors = w.state.user_factors[i, w.state.now[i, 0].scorer - MF, u], w.scratch.factors[i]
    for x in range(count):
        row[x] = factors[width, x]
    for f in range(width):
        weight, along = p[f], factors[f]
        for x in range(count):
            row[x] += weight * along[x]


@kernel
def score_items(w, i, u, row):
    """Score every open item for user ``u`` by the ranker in use."""
    core, scorer, s = w.core[i], w.state.now[i, 0].scorer, w.scratch
    if scorer == LINUCB:
        score_bandit(w, i, u, row)
        return
    if scorer != RANDOM and scorer != POPULARITY and scorer != CLAIRVOYANT:
        score_factors(w, i, u, row)
        return
    for x in range(s.open[i, 0]):
        slot = s.open[i, 1 + x]
        if scorer == RANDOM:
            where = address(D_SCORE, 1, (u << 12) + x)
            row[x] = unit(bits_at(core.key_partners, core.clock, where))
        elif scorer == POPULARITY:
            row[x] = w.state.items[i, slot].popularity
        else:
            row[x] = likes(w, i, u, slot)


@kernel
def shut_clicked(w, i, u, row):
    """What the user has clicked is not shown to it again."""
    now, rules = w.state.now[i, 0], w.rules[i]
    for back in range(1, min(rules.window, now.time + 1)):
        time = now.time - back
        for j in range(rules.slate):
            entry = w.state.log[i, u, time % rules.window, j]
            if entry == 0 or (entry - 1) & 1 == 0:
                continue
            slot = (entry - 1) >> 1
            x, item = w.scratch.place[i, slot], w.state.items[i, slot]
            if 0 <= item.born <= time and now.time - item.born < rules.recency:
                row[x] = NEVER


@kernel
def stretch(w, i, row):
    """Scores from 0 to 1, so that weights of re-rankers mean the same for every ranker."""
    count, low, high = w.scratch.open[i, 0], 1e30, -1e30
    for x in range(count):
        if row[x] > SHUT:
            low = min(low, row[x])
            high = max(high, row[x])
    span = high - low if high > low else 1.0
    for x in range(count):
        if row[x] > SHUT:
            row[x] = (row[x] - low) / span


@kernel
def score(w, i):
    """Score what each user who comes can be shown."""
    for n in range(w.scratch.awake[i, 0]):
        u = w.scratch.awake[i, 1 + n]
        row = w.scratch.scores[i, u]
        score_items(w, i, u, row)
        shut_clicked(w, i, u, row)
