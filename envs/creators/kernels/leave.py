"""Mechanics: users and creators leave, new creators come, and who can work in the next round."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance
from adaptarium.envs.creators.codes import (
    D_ACTIVE_CREATOR,
    D_CHURN,
    D_ENTRY,
    MAX_STREAK,
    UNIT,
)
from adaptarium.envs.creators.kernels.aims import begin_creator
from adaptarium.envs.creators.kernels.respond import pay_platform
from adaptarium.envs.creators.kernels.seats import seat_of


@kernel
def users_leave(w, i):
    """Users leave for good, out of patience or for no reason."""
    k, now, lost = w.core[i].level, w.state.now[i, 0], 0
    for u in range(now.num_users):
        user = w.state.users[i, u]
        if user.left != 0:
            continue
        impatient = user.fruitless >= w.levels.users[k, u].patience
        if impatient or chance(w, i, w.rules[i].churn, D_CHURN, 0, u):
            user.left = 1
            lost += 1
    now.users -= lost
    pay_platform(w, i, -w.rules[i].pay_user * lost / now.num_users)


@kernel
def fruitless(w, i, c):
    """How many of the last items of creator ``c`` have no click, the newest and on from there."""
    creator, found = w.state.creators[i, c], 0
    while found < min(creator.items, MAX_STREAK):
        if creator.recent[(creator.items - 1 - found) % MAX_STREAK] > 0:
            break
        found += 1
    return found


@kernel
def withdraw(w, i, c):
    """Take the items of a creator from the market."""
    creators = w.state.now[i, 0].num_creators
    for row in range(w.rules[i].window):
        w.state.items[i, row * creators + c].born = -1


@kernel
def creators_leave(w, i):
    """Creators leave whose last items have no click; the place of a built-in one may be taken."""
    now, rules, lost = w.state.now[i, 0], w.rules[i], 0
    for c in range(now.num_creators):
        creator, a = w.state.creators[i, c], seat_of(w, i, c)
        if creator.left != 0:
            if a < 0 and chance(w, i, rules.entry, D_ENTRY, c, 0):
                withdraw(w, i, c)
                begin_creator(w, i, c)
                now.creators += 1
        elif now.time + 1 > rules.grace and fruitless(w, i, c) >= rules.streak:
            creator.left = 1
            lost += 1
            if a >= 0:
                w.terminated[i, a] = True
    now.creators -= lost
    pay_platform(w, i, -rules.pay_creator * lost / now.num_creators)


@kernel
def call_creators(w, i, purpose_agent):
    """Which creators can work in the coming round: each as often as its level says."""
    k, now = w.core[i].level, w.state.now[i, 0]
    for c in range(now.num_creators):
        creator, often = w.state.creators[i, c], w.levels.creators[k, c].activity / UNIT
        here = creator.left == 0
        called = chance(w, i, often, D_ACTIVE_CREATOR, purpose_agent, c)
        creator.active = here and called


@kernel
def leave(w, i):
    """Who leaves; a market without users or without creators is over for everybody."""
    now = w.state.now[i, 0]
    users_leave(w, i)
    creators_leave(w, i)
    if now.users == 0 or now.creators == 0:
        for a in range(w.reward.shape[1]):
            w.terminated[i, a] = w.alive[i, a] != 0
    now.time += 1
    call_creators(w, i, 0)
