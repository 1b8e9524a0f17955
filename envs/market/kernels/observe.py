"""What is seen: candidates, what became of the last slate, and what a world adds."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.market.codes import (
    MAX_PATIENCE,
    MAX_SHOWN,
    MAX_TOPICS,
    SEEN_OVERLOOKED,
    SEEN_PASSED,
)
from adaptarium.envs.market.kernels.items import chance_of, item_of


@kernel
def show_candidates(w, i, row):
    """Genre, quality, topics and history of every candidate, newest first."""
    k, count = w.core[i].level, w.rules[i].candidates
    for c in range(w.obs.genres.shape[2]):
        if c >= count:
            w.obs.genres[row, 0, c] = 0
            w.obs.quality[row, 0, c] = 0.0
            w.obs.shown[row, 0, c] = 0.0
            w.obs.clicked[row, 0, c] = 0.0
            continue
        n, candidate = item_of(w, i, c), w.state.candidates[i, c]
        w.obs.genres[row, 0, c] = w.levels.items[k, n].genre + 1
        w.obs.quality[row, 0, c] = w.levels.items[k, n].quality
        w.obs.shown[row, 0, c] = candidate.shown
        w.obs.clicked[row, 0, c] = candidate.clicked


@kernel
def show_topics(w, i, row):
    """The topics of every candidate, as far as the level has any."""
    k, count, topics = w.core[i].level, w.rules[i].candidates, w.state.now[i, 0].num_topics
    for c in range(w.obs.genres.shape[2]):
        n = item_of(w, i, c) if c < count else 0
        for d in range(MAX_TOPICS):
            shown = w.levels.item_topics[k, n, d] if c < count and d < topics else 0.0
            w.obs.topics[row, 0, c * MAX_TOPICS + d] = shown


@kernel
def show_slate(w, i, row):
    """What was shown last, and what came of it; looking is told where the world tells it."""
    for j in range(w.obs.slate.shape[2]):
        place = w.state.slate[i, j]
        hidden = place.answer == SEEN_OVERLOOKED and not w.rules[i].examined
        w.obs.slate[row, 0, j] = place.genre
        w.obs.answers[row, 0, j] = SEEN_PASSED if hidden else place.answer


@kernel
def show_signals(w, i, row):
    """Start, share of the time gone, and slates in a row without a click."""
    core, signals = w.core[i], w.obs.signals[row, 0]
    signals[0] = core.first
    signals[1] = core.elapsed / core.limit
    signals[2] = w.state.now[i, 0].fruitless / MAX_PATIENCE


@kernel
def show_genres(w, i, row):
    """What was shown of each genre, and how often that was clicked."""
    total = max(w.metrics[i].shown, 1)
    for g in range(w.obs.exposures.shape[2]):
        genre = w.state.genres[i, g]
        w.obs.exposures[row, 0, g] = genre.shown / total
        w.obs.rates[row, 0, g] = genre.clicked / max(genre.shown, 1)


@kernel
def show_told(w, i, row):
    """What the user has said of each topic and genre, as far as it can be asked."""
    asks = MAX_TOPICS + w.state.now[i, 0].num_genres if w.rules[i].ask else 0
    for q in range(w.obs.told.shape[2]):
        w.obs.told[row, 0, q] = w.state.told[i, q] if q < asks else 0


@kernel
def show_user(w, i, row):
    """What the user is like now, or nothing."""
    reveal, now = w.rules[i].reveal != 0, w.state.now[i, 0]
    for g in range(w.obs.preferences.shape[2]):
        genre = w.state.genres[i, g]
        w.obs.preferences[row, 0, g] = genre.preference if reveal else 0.0
        w.obs.satiation[row, 0, g] = min(genre.satiation, MAX_SHOWN) if reveal else 0.0
    for d in range(w.obs.tastes.shape[2]):
        told = reveal and d < now.num_topics
        w.obs.tastes[row, 0, d] = w.levels.topics[w.core[i].level, d] if told else 0.0
    for c in range(w.obs.chances.shape[2]):
        told = reveal and c < w.rules[i].candidates
        w.obs.chances[row, 0, c] = chance_of(w, i, c) if told else 0.0


@kernel
def observe(w, i, row):
    """Write observation row ``row`` of slot ``i``."""
    show_candidates(w, i, row)
    show_topics(w, i, row)
    show_slate(w, i, row)
    show_signals(w, i, row)
    show_genres(w, i, row)
    show_told(w, i, row)
    show_user(w, i, row)
