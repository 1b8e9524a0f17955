"""Mechanic: measures of what was shown. See ``envs.market.measures`` for formulas and sources."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel


@kernel
def diversity_of(w, i):
    """The share of pairs of the last slate with different genres."""
    pairs, different = 0, 0
    for j in range(w.rules[i].slate):
        for m in range(j):
            a, b = w.state.slate[i, j].genre, w.state.slate[i, m].genre
            if a > 0 and b > 0:
                pairs += 1
                different += a != b
    return different / pairs if pairs > 0 else 0.0


@kernel
def entropy_of(w, i):
    """The entropy of the genres shown, as a share of the most it can be."""
    count, total, found = w.state.now[i, 0].num_genres, w.metrics[i].shown, 0.0
    if count < 2 or total == 0:
        return 0.0
    for g in range(count):
        shown = w.state.genres[i, g].shown
        if shown > 0:
            found -= shown / total * math.log(shown / total)
    return found / math.log(count)


@kernel
def items_with(w, i, exposures):
    """How many items, of all that were candidates so far, have had so many exposures."""
    count = w.state.retired[i, exposures]
    for c in range(w.rules[i].candidates):
        count += w.state.candidates[i, c].shown == exposures
    return count


@kernel
def gini_of(w, i):
    """The Gini coefficient of the exposures of items that were candidates.

    Their sum of absolute differences is twice that of ``F (1 - F)`` over the levels of exposure,
    with ``F`` the items at or below a level, as these are whole numbers.
    """
    candidates = w.rules[i].candidates
    items = w.state.now[i, 0].time + candidates
    below, spread, total = 0, 0.0, 0
    for e in range(candidates + 1):
        count = items_with(w, i, e)
        below += count
        total += e * count
        spread += below / items * (1.0 - below / items)
    return spread * items / total if total > 0 else 0.0


@kernel
def measure(w, i):
    """Take note of the slate; at the end, of all of them."""
    metrics, core = w.metrics[i], w.core[i]
    metrics.diversity += (diversity_of(w, i) - metrics.diversity) / metrics.retention
    if w.terminated[i, 0] or core.elapsed + 1 >= core.limit:
        metrics.entropy = entropy_of(w, i)
        metrics.gini = gini_of(w, i)
