"""Mechanics: what changes users: satiation fades, tastes drift, and a shift turns them round."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import choose
from adaptarium.envs.creators.codes import D_DRIFT


@kernel
def turn(w, i):
    """Turn all preferences so far that genre g is liked as genre g + taste was."""
    now = w.state.now[i, 0]
    wanted = w.rules[i].taste % now.num_genres
    while now.taste != wanted:
        for u in range(now.num_users):
            first = w.state.likes[i, u, 0]
            for g in range(now.num_genres - 1):
                w.state.likes[i, u, g] = w.state.likes[i, u, g + 1]
            w.state.likes[i, u, now.num_genres - 1] = first
        now.taste = (now.taste + 1) % now.num_genres


@kernel
def fade(w, i):
    """All satiation fades by the same share: Leqi et al., NeurIPS 2021, without noise."""
    now, kept = w.state.now[i, 0], w.rules[i].kept
    for u in range(now.num_users):
        for g in range(now.num_genres):
            w.state.sated[i, u, g] *= kept


@kernel
def drift(w, i):
    """Every preference takes a step up or down, between -1 and 1."""
    now, step = w.state.now[i, 0], w.rules[i].drift
    if step <= 0.0:
        return
    for u in range(now.num_users):
        ways = choose(w, i, 1 << now.num_genres, D_DRIFT, 0, u)
        for g in range(now.num_genres):
            moved = w.state.likes[i, u, g] + (step if ways >> g & 1 else -step)
            w.state.likes[i, u, g] = min(max(moved, -1.0), 1.0)
