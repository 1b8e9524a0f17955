"""Re-rankers that are fair to creators. They serve one user after the other, in a round.

What is fair to a creator is the share that its items have of all that can be shown. ``weight`` is
the lambda of the papers; as in CreAgent's programs, exposures are counted anew in every round.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import CPFAIR, SHUT
from adaptarium.envs.creators.kernels.slates import (
    best_left,
    credit,
    fill,
    first_of,
    holds,
    merit,
    order,
    pick,
)

_MOMENTUM = 0.2  # of the newest gradient of P-MMF, as in its programs


@kernel
def within_budget(w, i, u, served, exposure):
    """The best item whose creator may have that much more exposure; -1 where there is none."""
    s, total, best = w.scratch, 0.0, -1
    for j in range(w.rules[i].slate):
        total += w.rules[i].discount[j]
    first, count = first_of(w, i, u), s.open[i, 0]
    for n in range(count):
        x = first + n if first + n < count else first + n - count
        if s.scores[i, u, x] <= SHUT or (best >= 0 and s.scores[i, u, x] <= s.scores[i, u, best]):
            continue
        c = s.owner[i, x]
        fair = total * served * merit(w, i, c)
        if s.given[i, c] + exposure <= fair and not holds(w, i, u, x):
            best = x
    return best


@kernel
def tfrom(w, i, u, served):
    """TFROM, online (Wu, Cao, Xu & Tan, SIGIR 2021): place by place within creators' budgets.

    A creator's budget is the exposure of all slates so far, this one included, times its share of
    the items; exposure falls with the place as in DCG. What stays empty takes the best items.
    """
    s = w.scratch
    for j in range(w.rules[i].slate):
        exposure = w.rules[i].discount[j]
        x = within_budget(w, i, u, served, exposure)
        s.slates[i, u, j] = x
        if x >= 0:
            s.given[i, s.owner[i, x]] += exposure
    for j in range(w.rules[i].slate):
        if s.slates[i, u, j] < 0:
            x = best_left(w, i, u)
            s.slates[i, u, j] = x
            if x >= 0:
                s.given[i, s.owner[i, x]] += w.rules[i].discount[j]


@kernel
def favour(w, i, reranker, served):
    """The bonus of each creator: of CPFair for its share, of FairCo for who is ahead of whom.

    CPFair (Naghiaei, Rahmani & Deldjoo, SIGIR 2022), producers' side: ``weight (1 - B / sum B)``.
    FairCo (Morik, Singh, Hong & Joachims, SIGIR 2020): ``weight (min e - e)`` with exposures over
    merit ``e``, 1 where a creator has what is fair.
    """
    s, weight, total, least = w.scratch, w.rules[i].weight, 0.0, 1e30
    for c in range(w.state.now[i, 0].num_creators):
        total += s.given[i, c]
    slots = max(served - 1, 1) * w.rules[i].slate
    for c in range(w.state.now[i, 0].num_creators):
        if s.stock[i, c] > 0.0:
            least = min(least, s.given[i, c] / (slots * merit(w, i, c)))
    for c in range(w.state.now[i, 0].num_creators):
        if s.stock[i, c] <= 0.0:
            continue
        if reranker == CPFAIR:
            s.bonus[i, c] = weight * (1.0 - s.given[i, c] / max(total, 1.0))
        else:
            ahead = s.given[i, c] / (slots * merit(w, i, c))
            s.bonus[i, c] = weight * (least - ahead)


@kernel
def project(w, i):
    """The nearest duals whose negative parts add up to ``-weight`` at least (all times merit).

    This is the projection onto ``sum over S of merit * dual >= -weight`` for every set ``S`` of
    creators: what is negative is shrunk by the same amount (Michelot, 1986).
    """
    s, weight, count = w.scratch, w.rules[i].weight, w.state.now[i, 0].num_creators
    shrink = 0.0
    while True:
        total, below = 0.0, 0
        for c in range(count):
            z = s.dual[i, 0, c]
            if z + shrink < 0.0:
                total += z
                below += 1
        if below == 0 or total + below * shrink >= -weight - 1e-12:
            break
        shrink = -(weight + total) / below
    for c in range(count):
        if s.dual[i, 0, c] < 0.0:
            s.dual[i, 0, c] = min(s.dual[i, 0, c] + shrink, 0.0)


@kernel
def descend(w, i, u):
    """One step of the duals of P-MMF after the slate of user ``u``, and the bonuses that follow.

    P-MMF (Xu, Chen, Xu, Zhang & Wen, WWW 2023), online: mirror descent with momentum on the dual of
    relevance plus ``weight`` times the least exposure over merit; duals are kept times merit.
    """
    s, places = w.scratch, w.rules[i].slate
    rate = 1.0 / np.sqrt(np.float64(s.awake[i, 0]))
    for c in range(w.state.now[i, 0].num_creators):
        if s.stock[i, c] <= 0.0:
            continue
        share = merit(w, i, c)
        had = 0.0
        for j in range(places):
            x = s.slates[i, u, j]
            if x >= 0 and s.owner[i, x] == c:
                had += 1.0 / places
        s.dual[i, 1, c] = _MOMENTUM * (1.0 - had / share) + (1.0 - _MOMENTUM) * s.dual[i, 1, c]
        s.dual[i, 0, c] -= rate * s.dual[i, 1, c]
    project(w, i)
    for c in range(w.state.now[i, 0].num_creators):
        if s.stock[i, c] > 0.0:
            s.bonus[i, c] = -s.dual[i, 0, c] / merit(w, i, c)


@kernel
def with_bonus(w, i, u, reranker, served):
    """The best items by score and bonus, in the order of their scores."""
    if reranker >= CPFAIR:
        favour(w, i, reranker, served)
    pick(w, i, u)
    order(w, i, u)
    credit(w, i, u, False)
    if reranker < CPFAIR:
        descend(w, i, u)


@kernel
def best_of_waiting(w, i, u):
    """The best item of a creator who still has to be shown; -1 where there is none."""
    s, best = w.scratch, -1
    first, count = first_of(w, i, u), s.open[i, 0]
    for n in range(count):
        x = first + n if first + n < count else first + n - count
        if s.scores[i, u, x] <= SHUT or s.bonus[i, s.owner[i, x]] <= 0.0:
            continue
        if (best < 0 or s.scores[i, u, x] > s.scores[i, u, best]) and not holds(w, i, u, x):
            best = x
    return best


@kernel
def guarantee(w, i):
    """FairRec (Patro et al., WWW 2020) for all users of the round, creators as producers.

    Every creator with open items is to be shown ``weight`` times an equal part of all places at
    least. Users take turns to pick the best item of a creator who has not had that yet; what is
    left of the slates takes the best items. Slates are shown in the order of their scores.
    """
    s, creators = w.scratch, 0
    for c in range(w.state.now[i, 0].num_creators):
        creators += s.stock[i, c] > 0.0
    equal = s.awake[i, 0] * w.rules[i].slate / max(creators, 1)
    left = 0
    for c in range(w.state.now[i, 0].num_creators):
        s.bonus[i, c] = np.int64(w.rules[i].weight * equal) if s.stock[i, c] > 0.0 else 0.0
        left += np.int64(s.bonus[i, c])
    for j in range(w.rules[i].slate):
        for n in range(s.awake[i, 0]):
            x = best_of_waiting(w, i, s.awake[i, 1 + n]) if left > 0 else -1
            s.slates[i, s.awake[i, 1 + n], j] = x
            if x >= 0:
                s.bonus[i, s.owner[i, x]] -= 1.0
                left -= 1
    for n in range(s.awake[i, 0]):
        fill(w, i, s.awake[i, 1 + n])
        order(w, i, s.awake[i, 1 + n])
