"""Who sits where, what they may do, and what they do: the platform's choice, creators' work."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import (
    ALL,
    CHOICES,
    CREATOR,
    EFFORTS,
    NOBODY,
    RERANKERS,
    REST,
)
from adaptarium.envs.creators.kernels.kinds import decide

_EFFORTS = len(EFFORTS)
_RERANKERS = len(RERANKERS)


@kernel
def seat_of(w, i, c):
    """The seat of creator ``c``; -1 where it is built in."""
    outside = w.rules[i].outside
    if outside == ALL:
        return c + 1
    return 0 if outside == CREATOR and c == 0 else NOBODY


@kernel
def creator_at(w, i, a):
    """The creator of seat ``a``; -1 for the platform's."""
    outside = w.rules[i].outside
    if outside == ALL:
        return a - 1
    return 0 if outside == CREATOR else NOBODY


@kernel
def work_of(w, i, c, number):
    """What an action number has creator ``c`` do; ``REST`` where it cannot."""
    now, work = w.state.now[i, 0], number - w.rules[i].first_work
    if w.state.creators[i, c].active == 0 or work <= REST:
        return REST
    return work if work <= now.num_genres * _EFFORTS else REST


@kernel
def choose_ranker(w, i):
    """What the platform ranks by in this round."""
    now, rules = w.state.now[i, 0], w.rules[i]
    built_in = rules.outside == CREATOR
    number = w.actions[i, 0]
    if built_in or rules.proxy_scorer != NOBODY:
        now.scorer = rules.scorer if built_in else rules.proxy_scorer
        now.reranker = rules.reranker
    elif 0 <= number < CHOICES:
        now.scorer = number // _RERANKERS
        now.reranker = number % _RERANKERS


@kernel
def intent(w, i):
    """Mechanic: decide what the platform and every creator do."""
    choose_ranker(w, i)
    for c in range(w.state.now[i, 0].num_creators):
        creator, work = w.state.creators[i, c], REST
        if creator.left == 0 and creator.active != 0:
            a = seat_of(w, i, c)
            proxied = a == 0 and w.rules[i].proxy_kind != NOBODY
            if a >= 0 and not proxied:
                work = work_of(w, i, c, w.actions[i, a])
            else:
                work = decide(w, i, c, proxied)
        w.scratch.work[i, c] = work


@kernel
def masks(w, i):
    """Write which choices and works are valid, by seat."""
    now, rules = w.state.now[i, 0], w.rules[i]
    for a in range(w.mask.shape[1]):
        c = creator_at(w, i, a)
        works = 0
        if c != NOBODY and c < now.num_creators:
            works = 1
            if w.state.creators[i, c].active != 0:
                works += now.num_genres * _EFFORTS
        for number in range(w.mask.shape[2]):
            valid = rules.first_work <= number < rules.first_work + works
            w.mask[i, a, number] = number < CHOICES if c == NOBODY else valid
