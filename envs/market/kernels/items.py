"""Items and users: which item a candidate is, and what the user thinks of it."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel


@kernel
def item_of(w, i, c):
    """The catalogue's item that was uploaded ``c`` steps ago."""
    n = w.state.now[i, 0].newest - c
    while n < 0:  # a division would take longer
        n += w.state.now[i, 0].num_items
    return n


@kernel
def log_odds(rules, fit, quality, satiation):
    """The log-odds of a click of any user on any item: the formula of the rules."""
    worth = rules.affinity * fit + rules.quality * quality
    return worth - rules.satiation * satiation - rules.reluctance


@kernel
def likes(w, i, n):
    """The log-odds of a click on item ``n``, as far as it is looked at."""
    k, rules = w.core[i].level, w.rules[i]
    item = w.levels.items[k, n]
    genre = w.state.genres[i, item.genre]
    fit = genre.preference
    for d in range(w.state.now[i, 0].num_topics):
        fit += w.levels.topics[k, d] * w.levels.item_topics[k, n, d]
    return log_odds(rules, fit, item.quality, genre.satiation)


@kernel
def logistic(v):
    """The probability whose log-odds are ``v``."""
    return 1.0 / (1.0 + math.exp(-v))


@kernel
def appraise(w, i):
    """Mechanic: note what the user thinks of every candidate now."""
    for c in range(w.rules[i].candidates):
        w.state.candidates[i, c].likes = likes(w, i, item_of(w, i, c))


@kernel
def chance_of(w, i, c):
    """The chance of a click on candidate ``c`` if it is looked at, as the last step left it."""
    candidate = w.state.candidates[i, c]
    return logistic(candidate.likes) if candidate.clicked == 0 else 0.0
