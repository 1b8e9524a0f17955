"""Mechanics of the end: who has won, what that pays, and what is measured of player_0.

Measures as TextStarCraft II has them: the population block ratio, unspent resources, the used share
of the supply, the technology rate; they count until 194 of 200 supply are used.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import MILLI, MOST_SUPPLY, STRUCTURE, SUPPLY, UPGRADE
from adaptarium.envs.skirmish.kernels.production import assets

COUNTED = MOST_SUPPLY - 6 * SUPPLY


@kernel
def judge(w, i):
    """End the match when a player has no town hall left, or when time is up."""
    now, rules = w.state.now[i, 0], w.rules[i]
    first, second = w.state.players[i, 0].halls > 0, w.state.players[i, 1].halls > 0
    if not first or not second:
        now.over = 1
        now.winner = -1 if first == second else (0 if first else 1)
    elif now.time >= rules.time_limit:
        now.over = 1
        if rules.at_limit:
            lead = assets(w, i, 0) - assets(w, i, 1)
            now.winner = -1 if lead == 0 else (0 if lead > 0 else 1)


@kernel
def techs(w, i, p):
    """Kinds of structures and upgrades that a player has."""
    found = 0
    for t in range(w.rules[i].num_things[p]):
        if w.rules[i].flags[p, t] & (STRUCTURE | UPGRADE) and w.state.total[i, p, t] > 0:
            found += 1
    return found


@kernel
def all_techs(w, i, p):
    """Kinds of structures and upgrades that there are."""
    found = 0
    for t in range(w.rules[i].num_things[p]):
        found += w.rules[i].flags[p, t] & (STRUCTURE | UPGRADE) != 0
    return found


@kernel
def measure(w, i):
    """Take the measures of a decision."""
    metrics, me, now = w.metrics[i], w.state.players[i, 0], w.state.now[i, 0]
    metrics.seconds = now.time
    metrics.success = now.winner == 0
    metrics.apm = 60.0 * metrics.orders / max(now.time, 1)
    metrics.techs = max(metrics.techs, techs(w, i, 0))
    metrics.tr = metrics.techs / max(all_techs(w, i, 0), 1)
    if me.supply_used >= COUNTED:
        return
    metrics.decisions += 1
    metrics.blocked += me.supply_used >= me.supply_cap
    metrics.floated += (me.minerals + me.gas) // MILLI
    metrics.used += me.supply_used / max(me.supply_cap, 1)
    metrics.pbr = metrics.blocked / metrics.decisions
    metrics.rur = metrics.floated / metrics.decisions
    metrics.apu = metrics.used / metrics.decisions


@kernel
def pay(w, i):
    """What the step has brought each player from outside."""
    now, rules = w.state.now[i, 0], w.rules[i]
    for p in range(w.reward.shape[1]):
        if not w.alive[i, p]:
            continue
        worth = assets(w, i, p)
        w.reward[i, p] = rules.growth * (worth - w.state.players[i, p].assets) / 1000.0
        w.state.players[i, p].assets = worth
        if now.over:
            w.terminated[i, p] = True
            won, lost = now.winner == p, now.winner == 1 - p
            w.reward[i, p] += rules.win if won else rules.loss if lost else rules.draw
