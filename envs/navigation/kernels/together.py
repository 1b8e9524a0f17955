"""Mechanics of teams: spreading over landmarks, and chasing runners.

``simple_spread`` and ``simple_tag`` of the multi-agent particle environments (Lowe et al., NeurIPS
2017; Mordatch & Abbeel, AAAI 2018).
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import LANDMARK, RUNNER

_INNER, _EDGE = 0.9, 1.0  # of the arena, in metres from its middle
_WORST = 10.0


@kernel
def overlaps(w, i, a, b):
    """Whether two agents overlap."""
    one, other, rules = w.state.bodies[i, a], w.state.bodies[i, b], w.rules[i]
    dx, dy = one.x - other.x, one.y - other.y
    reach = rules.radius[one.role] + rules.radius[other.role]
    return dx * dx + dy * dy < reach * reach


@kernel
def spread(w, i):
    """Everyone pays for landmarks that are far from all agents, and each for those it overlaps."""
    k, rules, count = w.core[i].level, w.rules[i], w.state.now[i, 0].num_agents
    items, bodies = w.levels.items[k], w.state.bodies[i]
    away, uncovered = 0.0, 0
    for j in range(w.levels.head[k].num_items):
        if items[j].kind != LANDMARK:
            continue
        x, y, least = items[j].x, items[j].y, math.inf
        for a in range(count):
            dx, dy = bodies[a].x - x, bodies[a].y - y
            least = min(least, dx * dx + dy * dy)
        least = math.sqrt(least)
        away += least
        uncovered += least >= rules.goal_radius
    w.metrics[i].success = uncovered == 0
    for a in range(count):
        w.reward[i, a] -= rules.coverage * away
    for a in range(count):
        for b in range(a + 1, count):
            if overlaps(w, i, a, b):
                w.reward[i, a] -= rules.collision
                w.reward[i, b] -= rules.collision
                w.metrics[i].overlaps += 1


@kernel
def outside(x):
    """What a coordinate costs a runner."""
    if x < _INNER:
        return 0.0
    if x < _EDGE:
        return (x - _INNER) * 10.0
    return min(math.exp(2.0 * x - 2.0), _WORST)


@kernel
def tag(w, i):
    """Chasers earn together, runners pay for each that touches them and for leaving the middle."""
    rules, count = w.rules[i], w.state.now[i, 0].num_agents
    earned = 0.0
    for a in range(count):
        body = w.state.bodies[i, a]
        if body.role != RUNNER:
            continue
        w.reward[i, a] -= rules.boundary * (outside(abs(body.x)) + outside(abs(body.y)))
        for b in range(count):
            if w.state.bodies[i, b].role != RUNNER and overlaps(w, i, a, b):
                w.reward[i, a] -= rules.caught
                earned += rules.caught
                w.metrics[i].overlaps += 1
                w.metrics[i].success = 1
    for b in range(count):
        if w.state.bodies[i, b].role != RUNNER:
            w.reward[i, b] += earned
