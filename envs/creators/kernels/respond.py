"""Mechanic: users look, click, are satiated and lose patience; everyone is told what came of it."""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import pick3
from adaptarium.envs.creators.codes import D_CLICK, MAX_STREAK
from adaptarium.envs.creators.kernels.score import likes
from adaptarium.envs.creators.kernels.upload import pay

_CLICKED = 2


@kernel
def clear_round(w, i):
    """Nothing has been shown in this round."""
    now = w.state.now[i, 0]
    now.clicks = 0
    now.shown = 0
    for c in range(now.num_creators):
        w.state.creators[i, c].new_shown = 0
        w.state.creators[i, c].new_clicks = 0
    for g in range(now.num_genres):
        w.state.genres[i, g].new_shown = 0
        w.state.genres[i, g].new_clicks = 0
    row = now.time % w.rules[i].window
    for u in range(now.num_users):
        for j in range(w.rules[i].slate):
            w.state.log[i, u, row, j] = 0


@kernel
def note_shown(w, i, slot, c):
    """An item has an exposure."""
    item = w.state.items[i, slot]
    genre = w.state.genres[i, item.genre]
    item.shown += 1
    genre.shown += 1
    genre.new_shown += 1
    w.state.creators[i, c].shown += 1
    w.state.creators[i, c].new_shown += 1
    w.state.now[i, 0].shown += 1


@kernel
def note_click(w, i, u, j, slot, c):
    """An item has a click: counted for itself, its genre and its creator, and paid."""
    item, creator = w.state.items[i, slot], w.state.creators[i, c]
    genre, now = w.state.genres[i, item.genre], w.state.now[i, 0]
    item.clicks += 1
    item.weighted += 1.0 / w.rules[i].attention[j]
    genre.clicks += 1
    genre.new_clicks += 1
    creator.clicks += 1
    creator.new_clicks += 1
    now.clicks += 1
    w.state.liked[i, c, item.genre] += 1
    w.state.sated[i, u, item.genre] += 1.0
    if creator.items - item.serial <= MAX_STREAK:
        creator.recent[item.serial % MAX_STREAK] += 1
    pay(w, i, c, w.rules[i].pay_audience * now.num_creators / now.num_users)


@kernel
def visit(w, i, u):
    """User ``u`` goes down its slate; how many items it clicks."""
    now, rules, clicks = w.state.now[i, 0], w.rules[i], 0
    for j in range(rules.slate):
        x = w.scratch.slates[i, u, j]
        if x < 0:
            continue
        slot, c = w.scratch.open[i, 1 + x], w.scratch.owner[i, x]
        note_shown(w, i, slot, c)
        v = likes(w, i, u, slot)
        p, look = 1.0 / (1.0 + math.exp(-v)), rules.attention[j]
        clicked = pick3(w, i, look * (1.0 - p), look * p, D_CLICK, j, u) == _CLICKED
        w.state.log[i, u, now.time % rules.window, j] = 2 * slot + 1 + clicked
        if clicked:
            note_click(w, i, u, j, slot, c)
            w.metrics[i].user_welfare += v / now.num_users
            clicks += 1
    return clicks


@kernel
def respond(w, i):
    """Every user who comes goes down its slate."""
    clear_round(w, i)
    for n in range(w.scratch.awake[i, 0]):
        u = w.scratch.awake[i, 1 + n]
        user = w.state.users[i, u]
        if visit(w, i, u) > 0:
            user.fruitless = 0
        else:
            user.fruitless += 1
    paid = w.rules[i].pay_click * w.state.now[i, 0].clicks / w.state.now[i, 0].num_users
    pay_platform(w, i, paid)


@kernel
def pay_platform(w, i, amount):
    """Credit the platform, which sits at the first seat unless a creator does."""
    if w.rules[i].first_work > 0 or w.rules[i].works == 0:
        w.reward[i, 0] += amount
