"""Mechanic: a slate for every user who comes, by the re-ranker in use."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.creators.codes import FAIRREC, MMR, NONE, TFROM
from adaptarium.envs.creators.kernels.diverse import diversify
from adaptarium.envs.creators.kernels.fair import guarantee, tfrom, with_bonus
from adaptarium.envs.creators.kernels.score import stretch
from adaptarium.envs.creators.kernels.slates import clear, clear_bonus, pick


@kernel
def reranker_of(w, i):
    """The re-ranker of this round: none before its time."""
    now = w.state.now[i, 0]
    return now.reranker if now.time >= w.rules[i].rerank_from else NONE


@kernel
def rank(w, i):
    """Lay out every slate. Fair re-rankers serve users in the order of their numbers."""
    s, reranker = w.scratch, reranker_of(w, i)
    clear_bonus(w, i)
    for n in range(s.awake[i, 0]):
        u = s.awake[i, 1 + n]
        clear(w, i, u)
        if reranker != NONE:
            stretch(w, i, s.scores[i, u])
        if reranker == NONE:
            pick(w, i, u)
        elif reranker == TFROM:
            tfrom(w, i, u, n + 1)
        elif reranker >= MMR:
            diversify(w, i, u, reranker)
        elif reranker != FAIRREC:
            with_bonus(w, i, u, reranker, n + 1)
    if reranker == FAIRREC:
        guarantee(w, i)
