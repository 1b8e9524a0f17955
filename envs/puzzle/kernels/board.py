"""The board: neighbours, patterns, and which actions there are and are valid."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import (
    CLOSED,
    NO_VERB,
    OPEN,
    V_APPLY,
    V_DOWN,
    V_FLAG,
    V_FLIP,
    V_LEFT,
    V_PRESS,
    V_REVEAL,
    V_RIGHT,
    V_UP,
)


@kernel
def level_map(w, i):
    """The map record of slot ``i``'s level."""
    return w.levels.map[w.core[i].level]


@kernel
def beside(w, i, k, cell, dx, dy):
    """The cell ``dx`` columns and ``dy`` rows away on level row ``k``; -1 off the board."""
    grid = w.levels.map[k]
    x, y = cell % grid.width + dx, cell // grid.width + dy
    if w.rules[i].wrap:
        x = (x + grid.width) % grid.width
        y = (y + grid.height) % grid.height
    elif x < 0 or x >= grid.width or y < 0 or y >= grid.height:
        return -1
    return y * grid.width + x


@kernel
def near(w, i, k, cell, direction):
    """One of the eight cells around ``cell``, by a number from 0 to 7; -1 off the board."""
    place = direction + (direction >= 4)
    return beside(w, i, k, cell, place % 3 - 1, place // 3 - 1)


@kernel
def add_pattern(w, i, k, values, cell, amount):
    """Add ``amount`` to every cell of ``values`` in the press pattern around ``cell``."""
    pattern, colours = w.rules[i].pattern, w.levels.map[k].colours
    for place in range(9):
        if pattern >> place & 1:
            at = beside(w, i, k, cell, place % 3 - 1, place // 3 - 1)
            if at >= 0:
                values[at] = (values[at] + amount) % colours


@kernel
def target_of_gap(w, i, verb):
    """The cell that the gap would move to; -1 where it cannot."""
    gap = w.state.counts[i, 0].gap
    if gap < 0:
        return -1
    dx = int(verb == V_RIGHT) - int(verb == V_LEFT)
    dy = int(verb == V_DOWN) - int(verb == V_UP)
    at = beside(w, i, w.core[i].level, gap, dx, dy)
    return -1 if at == gap else at


@kernel
def span(w, i, verb):
    """How many targets a verb has on slot ``i``'s level."""
    grid = level_map(w, i)
    if verb <= V_FLIP:
        return grid.height * grid.width
    return grid.rules if verb >= V_APPLY else 1


@kernel
def is_valid(w, i, verb, target):
    """Whether a verb may take this target now."""
    if verb == V_REVEAL:
        return w.state.cover[i, target] == CLOSED
    if verb == V_FLAG:
        return w.state.cover[i, target] != OPEN
    if verb == V_FLIP:
        # Two cards that do not match are turned down before the next one is turned up.
        counts = w.state.counts[i, 0]
        turned = counts.second >= 0 and (target == counts.up or target == counts.second)
        return turned or w.state.cover[i, target] != OPEN
    if V_UP <= verb <= V_LEFT:
        return target_of_gap(w, i, verb) >= 0
    return verb == V_PRESS or verb >= V_APPLY


@kernel
def decode(w, i, action):
    """Write verb and target of an action number into the plan; no verb where it is not valid."""
    rules, plan = w.rules[i], w.scratch.plan[i, 0]
    plan.verb = NO_VERB
    plan.target = 0
    if action < 0:
        return
    target = action
    for place in range(rules.num_verbs):
        size = span(w, i, rules.places[place])
        if target < size:
            verb = rules.verbs[place]
            if target < span(w, i, verb) and is_valid(w, i, verb, target):
                plan.verb = verb
                plan.target = target
            return
        target -= size


@kernel
def num_actions(w, i):
    """How many action numbers slot ``i``'s level has."""
    count, rules = 0, w.rules[i]
    for place in range(rules.num_verbs):
        count += span(w, i, rules.places[place])
    return count
