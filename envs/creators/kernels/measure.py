"""Mechanic: measures of the market. See ``envs.creators.measures`` for formulas and sources."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel


@kernel
def slate_diversity(w, i, u):
    """The share of pairs of a slate with different genres; negative where there is no pair."""
    s, pairs, different = w.scratch, 0, 0
    for j in range(w.rules[i].slate):
        for m in range(j):
            x, y = s.slates[i, u, j], s.slates[i, u, m]
            if x >= 0 and y >= 0:
                pairs += 1
                different += s.genre[i, x] != s.genre[i, y]
    return different / pairs if pairs > 0 else -1.0


@kernel
def entropy_of(w, i):
    """The entropy of the genres shown, as a share of the most it can be."""
    now, total, found = w.state.now[i, 0], w.metrics[i].shown, 0.0
    if now.num_genres < 2 or total == 0:
        return 0.0
    for g in range(now.num_genres):
        shown = w.state.genres[i, g].shown
        if shown > 0:
            found -= shown / total * math.log(shown / total)
    return found / math.log(now.num_genres)


@kernel
def gini_of(w, i):
    """The Gini coefficient of the exposures of creators, over all ordered pairs."""
    count, apart, total = w.state.now[i, 0].num_creators, 0.0, 0.0
    for c in range(count):
        own = w.state.creators[i, c].shown
        total += own
        for other in range(c):
            apart += abs(own - w.state.creators[i, other].shown)
    return apart / (count * total) if total > 0.0 else 0.0


@kernel
def fairness_of(w, i):
    """The least exposure of a creator, as a share of the mean one."""
    count, least, total = w.state.now[i, 0].num_creators, 1e30, 0.0
    for c in range(count):
        shown = w.state.creators[i, c].shown / 1.0
        least = min(least, shown)
        total += shown
    return least * count / total if total > 0.0 else 0.0


@kernel
def interest(w, i, g):
    """How much all users who stay like genre ``g``: the sum of what is above 0."""
    total = 0.0
    for u in range(w.state.now[i, 0].num_users):
        if w.state.users[i, u].left == 0:
            total += max(w.state.likes[i, u, g], 0.0)
    return total


@kernel
def divergence_part(p, q):
    """``p`` times the logarithm, to base 2, of ``p`` over the mean of ``p`` and ``q``."""
    return p * math.log(2.0 * p / (p + q)) / math.log(2.0) if p > 0.0 else 0.0


@kernel
def supply_gap(w, i):
    """The Jensen-Shannon divergence of the genres made from the users' interest, in bits."""
    count, made, wanted, found = w.state.now[i, 0].num_genres, 0.0, 0.0, 0.0
    for g in range(count):
        made += w.state.genres[i, g].made
        wanted += interest(w, i, g)
    if made <= 0.0 or wanted <= 0.0:
        return 0.0
    for g in range(count):
        p, q = w.state.genres[i, g].made / made, interest(w, i, g) / wanted
        found += 0.5 * (divergence_part(p, q) + divergence_part(q, p))
    return found


@kernel
def note_slates(w, i):
    """The diversity of this round's slates joins the mean of all."""
    metrics = w.metrics[i]
    for n in range(w.scratch.awake[i, 0]):
        share = slate_diversity(w, i, w.scratch.awake[i, 1 + n])
        if share >= 0.0:
            metrics.slates += 1
            metrics.diversity += (share - metrics.diversity) / metrics.slates


@kernel
def measure(w, i):
    """Take note of the round; at the end, of all of them."""
    metrics, core, now = w.metrics[i], w.core[i], w.state.now[i, 0]
    note_slates(w, i)
    metrics.clicks += now.clicks
    metrics.shown += now.shown
    if 2 * core.elapsed < core.limit:
        metrics.early_clicks += now.clicks
    else:
        metrics.late_clicks += now.clicks
    metrics.engagement += now.clicks / now.num_users
    metrics.user_retention = now.users / now.num_users
    metrics.creator_retention = now.creators / now.num_creators
    metrics.success = now.users > 0 and now.creators > 0
    if core.elapsed + 1 >= core.limit or metrics.success == 0 or w.terminated[i, 0]:
        metrics.exposure_gini = gini_of(w, i)
        metrics.fairness = fairness_of(w, i)
        metrics.content_entropy = entropy_of(w, i)
        metrics.supply_gap = supply_gap(w, i)
