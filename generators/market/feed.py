"""One user, and a feed of items that are uploaded one after the other."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.market.codes import RESOLUTION
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.market.knobs import FeedKnobs
from adaptarium.generators.market.purposes import (
    G_ITEM,
    G_PATIENCE,
    G_PREFERENCE,
    G_TASTE,
    G_TOPIC,
)

STEPS = round(1.0 / RESOLUTION)
WAYS = 2 * STEPS + 1  # numbers from -1 to 1


@kernel
def either_way(w, i, purpose, j):
    """A multiple of the resolution from -1 to 1, each equally likely."""
    return (level_below(w, i, purpose, j, WAYS) - STEPS) / STEPS


@kernel
def draw_user(w, i, k):
    """Preferences, tastes and patience."""
    knobs = w.knobs[i]
    for g in range(knobs.genres):
        w.levels.genres[k, g] = either_way(w, i, G_PREFERENCE, g)
    for d in range(knobs.topics):
        w.levels.topics[k, d] = either_way(w, i, G_TASTE, d)
    least = (knobs.patience + 1) // 2
    more = level_below(w, i, G_PATIENCE, 0, knobs.patience - least + 1)
    w.levels.head[k].patience = least + more


@kernel
def draw_items(w, i, k):
    """The catalogue. One draw is split where it can be: fresh levels cost mostly draws."""
    knobs = w.knobs[i]
    for n in range(knobs.items):
        item = w.levels.items[k, n]
        drawn = level_below(w, i, G_ITEM, n, knobs.genres * (STEPS + 1))
        item.genre = drawn // (STEPS + 1)
        item.quality = drawn % (STEPS + 1) / STEPS
        for d in range(0, knobs.topics, 2):
            both = level_below(w, i, G_TOPIC, n * knobs.topics + d, WAYS * WAYS)
            w.levels.item_topics[k, n, d] = (both // WAYS - STEPS) / STEPS
            if d + 1 < knobs.topics:
                w.levels.item_topics[k, n, d + 1] = (both % WAYS - STEPS) / STEPS


@kernel
def feed(w, i, k):
    """A user and a catalogue."""
    knobs, head = w.knobs[i], w.levels.head[k]
    head.num_genres = knobs.genres
    head.num_topics = knobs.topics
    head.num_items = knobs.items
    w.info[k].max_steps = knobs.horizon
    draw_user(w, i, k)
    draw_items(w, i, k)
    return True


@kernel
def likeness(w, i, k):
    """How little the favourite genre stands out: the sum of what the others lack, negative."""
    head, best, total = w.levels.head[k], -1.0, 0.0
    for g in range(head.num_genres):
        best = max(best, w.levels.genres[k, g])
        total += w.levels.genres[k, g]
    return -np.int64((best * head.num_genres - total) * STEPS)


FEED = Generator(
    name="feed",
    knobs=FeedKnobs,
    needs=FeedKnobs.needs,
    kernel=feed,
    measure=likeness,
)
