"""Mechanics of movement: groups follow their goals along the map."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import (
    CENTI,
    FIGHT,
    HOME,
    LOOK,
    RELIEF,
    RETREAT,
    SCOUT,
    STAND,
    STRIKE,
)
from adaptarium.envs.skirmish.kernels.pools import NUM_GROUPS, merge, speed_of
from adaptarium.envs.skirmish.kernels.targets import next_look, next_target, post


@kernel
def at(w, i, p, g):
    """The node at which a group counts as being: the nearer end of its edge."""
    group = w.state.groups[i, p, g]
    if group.next < 0:
        return group.node
    k = w.core[i].level
    length = w.levels.edges[k, group.node, group.next] * CENTI
    return group.next if group.left * 2 <= length else group.node


@kernel
def held(w, i, p, g):
    """Whether a fight keeps a group where it is."""
    order = w.state.groups[i, p, g].order
    return order != RETREAT and order != LOOK and w.state.contact[i, at(w, i, p, g)] > 0


@kernel
def advance_group(w, i, p, g):
    """One second of a group's way."""
    group, k = w.state.groups[i, p, g], w.core[i].level
    if group.next < 0:
        if group.node == group.goal:
            return
        group.next = w.levels.hop[k, group.node, group.goal]
        group.left = w.levels.edges[k, group.node, group.next] * CENTI
    elif group.goal != group.next and w.levels.hop[k, group.next, group.goal] == group.node:
        # The way has turned round: back along the same edge.
        length = w.levels.edges[k, group.node, group.next] * CENTI
        node = group.node
        group.node = group.next
        group.next = node
        group.left = length - group.left
    group.left -= group.speed
    if group.left <= 0:
        group.node = group.next
        group.next = -1
        group.left = 0


@kernel
def decide_goal(w, i, p, g):
    """What a group that has arrived does next."""
    group, home = w.state.groups[i, p, g], w.state.groups[i, p, HOME]
    if group.node != group.goal or group.next >= 0:
        return
    if g == SCOUT:
        group.goal = next_look(w, i, p)
    elif g == RELIEF:
        if group.node == w.state.groups[i, p, STRIKE].node:
            merge(w, i, p, RELIEF, STRIKE, True)
    elif g == STRIKE:
        if group.order == RETREAT or group.goal == home.goal:
            group.goal = home.node
            if group.node == home.node:
                merge(w, i, p, STRIKE, HOME, True)
        else:
            group.goal = next_target(w, i, p, group.node)


@kernel
def settle(w, i, p, g):
    """A group without bodies stands at home, so that equal states look alike."""
    group, home = w.state.groups[i, p, g], w.state.groups[i, p, HOME]
    group.node = home.node
    group.next = -1
    group.left = 0
    group.goal = home.node
    group.order = STAND
    group.speed = 0


@kernel
def march(w, i, p):
    """One second of all groups of a player."""
    for g in range(NUM_GROUPS):
        if g > HOME and w.state.groups[i, p, g].size <= 0:
            continue
        if not held(w, i, p, g):
            advance_group(w, i, p, g)


@kernel
def direct(w, i, p):
    """From time to time: goals, speeds, and who joins whom."""
    strike = w.state.groups[i, p, STRIKE]
    for g in range(NUM_GROUPS):
        group = w.state.groups[i, p, g]
        if g == HOME:
            group.goal = post(w, i, p)
        elif g == RELIEF and group.size > 0:
            if strike.size == 0:
                merge(w, i, p, RELIEF, STRIKE, True)
                copy_way(w, i, p)
            else:
                group.goal = strike.node
                group.order = strike.order
        if group.size > 0:
            decide_goal(w, i, p, g)
            group.speed = min(speed_of(w, i, p, g), 30_000)
    for g in range(NUM_GROUPS):
        if g > HOME and w.state.groups[i, p, g].size <= 0:
            settle(w, i, p, g)


@kernel
def copy_way(w, i, p):
    """The relief becomes the strike force where that is no more."""
    strike, relief = w.state.groups[i, p, STRIKE], w.state.groups[i, p, RELIEF]
    strike.node = relief.node
    strike.next = relief.next
    strike.left = relief.left
    strike.goal = next_target(w, i, p, relief.node)
    strike.order = FIGHT
