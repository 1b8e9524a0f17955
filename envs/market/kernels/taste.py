"""Mechanics: what changes a user's preferences. Turns, own clicks, and time."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.market.codes import D_DRIFT, D_INFLUENCE, SEEN_CLICKED


@kernel
def within(value):
    """A preference cut to [-1, 1]."""
    return min(max(value, -1.0), 1.0)


@kernel
def moved(p, step, up):
    """A preference after a click: RecSim's rule for an item of one genre."""
    far = step * (1.0 - abs(p)) * (1.0 - p)
    return within(p + far if up else p - far)


@kernel
def turn(w, i):
    """Turn the preferences so far that genre g is liked as genre g + taste was."""
    now = w.state.now[i, 0]
    wanted = w.rules[i].taste % now.num_genres
    while now.taste != wanted:
        first = w.state.genres[i, 0].preference
        for g in range(now.num_genres - 1):
            w.state.genres[i, g].preference = w.state.genres[i, g + 1].preference
        w.state.genres[i, now.num_genres - 1].preference = first
        now.taste = (now.taste + 1) % now.num_genres


@kernel
def influence(w, i):
    """Each click moves the preference for its genre, up or down, as in RecSim.

    By ``y (1 - |p|) (1 - p)``, up with probability ``(1 + p) / 2``, else down.
    """
    for j in range(w.rules[i].slate):
        place = w.state.slate[i, j]
        if place.answer != SEEN_CLICKED:
            continue
        genre = w.state.genres[i, place.genre - 1]
        p = genre.preference
        up = chance(w, i, 0.5 * (1.0 + p), D_INFLUENCE, 0, j)
        genre.preference = moved(p, w.rules[i].influence, up)


@kernel
def drift(w, i):
    """Every preference takes a step up or down, between -1 and 1."""
    count, step = w.state.now[i, 0].num_genres, w.rules[i].drift
    ways = choose(w, i, 1 << count, D_DRIFT, 0, 0)
    for g in range(count):
        genre = w.state.genres[i, g]
        genre.preference = within(genre.preference + (step if ways >> g & 1 else -step))
