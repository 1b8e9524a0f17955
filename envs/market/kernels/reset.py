"""The start of an inner episode: a user who has seen nothing, and the first candidates."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.market.kernels.items import appraise
from adaptarium.envs.market.kernels.taste import turn


@kernel
def begin_now(w, i, k):
    """Nothing has been shown, and the user is patient."""
    now, head = w.state.now[i, 0], w.levels.head[k]
    now.num_genres = head.num_genres
    now.num_topics = head.num_topics
    now.num_items = head.num_items
    now.patience = head.patience
    now.trail = 0
    now.time = 0
    now.newest = (w.rules[i].candidates - 1) % head.num_items
    now.taste = 0
    now.fruitless = 0
    now.left = 0


@kernel
def begin_user(w, i, k):
    """The user as the level has it, and nothing kept in the places beyond."""
    for g in range(w.state.genres.shape[1]):
        genre = w.state.genres[i, g]
        genre.preference = w.levels.genres[k, g] if g < w.levels.head[k].num_genres else 0.0
        genre.satiation = 0.0
        genre.shown = 0
        genre.clicked = 0


@kernel
def begin_items(w, i):
    """No item has been shown."""
    for c in range(w.state.candidates.shape[1]):
        candidate = w.state.candidates[i, c]
        candidate.likes = 0.0
        candidate.shown = 0
        candidate.clicked = 0
    for j in range(w.state.slate.shape[1]):
        w.state.slate[i, j].genre = 0
        w.state.slate[i, j].answer = 0
    for q in range(w.state.told.shape[1]):
        w.state.told[i, q] = 0
    for e in range(w.state.retired.shape[1]):
        w.state.retired[i, e] = 0


@kernel
def begin_measures(w, i):
    """Nothing to measure yet."""
    metrics = w.metrics[i]
    metrics.welfare = 0.0
    metrics.quality = 0.0
    metrics.diversity = 0.0
    metrics.entropy = 0.0
    metrics.gini = 0.0
    metrics.clicks = 0
    metrics.shown = 0
    metrics.retention = 0
    metrics.questions = 0
    metrics.success = 0


@kernel
def reset(w, i, k):
    """Put slot ``i`` at the start of level row ``k``."""
    w.alive[i, 0] = 1
    w.acting[i, 0] = 1
    begin_now(w, i, k)
    begin_user(w, i, k)
    begin_items(w, i)
    begin_measures(w, i)
    turn(w, i)
    appraise(w, i)
