"""Mechanics: what the user does with the slate, how that satiates, and when the user leaves."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, pick3
from adaptarium.envs.market.codes import (
    CLICKED,
    D_CHURN,
    D_RESPONSE,
    OVERLOOKED,
    SEEN_CLICKED,
    SEEN_NOTHING,
    SEEN_OVERLOOKED,
    SEEN_PASSED,
    TRAIL_BITS,
    TRAIL_STEPS,
)
from adaptarium.envs.market.kernels.items import item_of, likes, logistic


@kernel
def look_at(w, i, j, c):
    """The user may look at the item in place ``j``, and may click on it: 1 for a click, else 0."""
    n, candidate, place = item_of(w, i, c), w.state.candidates[i, c], w.state.slate[i, j]
    rules, item = w.rules[i], w.levels.items[w.core[i].level, n]
    genre, metrics = w.state.genres[i, item.genre], w.metrics[i]
    place.genre = item.genre + 1
    genre.shown += 1
    candidate.shown += 1
    metrics.shown += 1
    v = likes(w, i, n)
    p = logistic(v) if candidate.clicked == 0 else 0.0
    look = rules.attention[j]
    answer = pick3(w, i, look * (1.0 - p), look * p, D_RESPONSE, 0, j)
    if answer != CLICKED:
        place.answer = SEEN_OVERLOOKED if answer == OVERLOOKED else SEEN_PASSED
        return 0
    place.answer = SEEN_CLICKED
    candidate.clicked = 1
    genre.clicked += 1
    metrics.clicks += 1
    metrics.quality += item.quality
    metrics.welfare += v
    w.reward[i, 0] += rules.pay_click + rules.pay_quality * item.quality
    return 1


@kernel
def respond(w, i):
    """The user goes through the slate, place by place."""
    now, clicks = w.state.now[i, 0], 0
    for j in range(w.rules[i].slate):
        c, place = w.scratch.plan[i, j], w.state.slate[i, j]
        if c >= 0:
            clicks += look_at(w, i, j, c)
        else:
            place.genre = 0
            place.answer = SEEN_NOTHING
    now.fruitless = 0 if clicks > 0 else now.fruitless + 1
    room = (1 << (TRAIL_BITS * TRAIL_STEPS)) - 1
    now.trail = ((now.trail << TRAIL_BITS) | clicks) & room


@kernel
def satiate(w, i):
    """Each click adds 1 to the satiation with its genre, and all of it fades.

    ``s <- (1 - recovery) (s + clicks)``: Leqi et al., NeurIPS 2021, equation 1, with the user's
    exposure there being a click here.
    """
    for j in range(w.rules[i].slate):
        place = w.state.slate[i, j]
        if place.answer == SEEN_CLICKED:
            w.state.genres[i, place.genre - 1].satiation += 1.0
    for g in range(w.state.now[i, 0].num_genres):
        w.state.genres[i, g].satiation *= w.rules[i].kept


@kernel
def leave(w, i):
    """The user leaves out of patience, or for no reason; the time limit is no leaving.

    Where a click accepts, the user has got what it came for, and stays no longer.
    """
    now, core, rules = w.state.now[i, 0], w.core[i], w.rules[i]
    accepted = rules.accept != 0 and now.fruitless == 0
    impatient = now.fruitless >= now.patience
    w.reward[i, 0] -= rules.turn
    if impatient:
        w.reward[i, 0] -= rules.leave
    if impatient or (not accepted and chance(w, i, rules.churn, D_CHURN, 0, 0)):
        now.left = 1
    w.terminated[i, 0] = now.left != 0 or accepted
    stayed = now.left == 0 and core.elapsed + 1 >= core.limit
    w.metrics[i].retention += 1
    w.metrics[i].success = accepted if rules.accept else stayed
