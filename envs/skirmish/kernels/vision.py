"""Mechanics of sight: what a player learns of the other from where its own bodies are."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import SITES, STRUCTURE, VISION
from adaptarium.envs.skirmish.kernels.combat import holds, whereabouts
from adaptarium.envs.skirmish.kernels.movement import at
from adaptarium.envs.skirmish.kernels.pools import NUM_GROUPS

# Seconds for which the largest army seen together is remembered.
MEMORY = 60


@kernel
def in_view(w, i, p):
    """A bit for each node that a player sees: where it stands, and where its groups are."""
    me = w.state.players[i, p]
    if me.level > 0 and w.rules[i].handicap[me.level - 1, VISION]:
        return (1 << w.state.now[i, 0].num_nodes) - 1
    found = whereabouts(w, i, p)
    for site in range(SITES):
        if w.state.sites[i, site].owner == p or holds(w, i, p, site):
            found |= 1 << site
    return found


@kernel
def visible(w, i, p, t, view):
    """How many bodies of kind ``t`` of the other player are in view."""
    found = 0
    for site in range(SITES):
        if (view >> site) & 1:
            found += w.state.counts[i, 1 - p, site, t]
    for g in range(NUM_GROUPS):
        if w.state.counts[i, 1 - p, SITES + g, t] > 0 and (view >> at(w, i, 1 - p, g)) & 1:
            found += w.state.counts[i, 1 - p, SITES + g, t]
    return found


@kernel
def notice(w, i, p, view):
    """Remember what is in view: of units the most of the last minute, of structures the last."""
    now = w.state.now[i, 0].time
    for t in range(w.rules[i].num_bodies[1 - p]):
        if w.state.total[i, 1 - p, t] == 0 and w.state.seen[i, p, t] == 0:
            continue
        n = visible(w, i, p, t, view)
        stale = now - w.state.seen_at[i, p, t] > MEMORY
        if n > 0 and (n >= w.state.seen[i, p, t] or stale):
            w.state.seen[i, p, t] = n
            w.state.seen_at[i, p, t] = now
        elif n == 0 and w.state.seen[i, p, t] > 0 and sees_all_of(w, i, p, t, view):
            w.state.seen[i, p, t] = 0


@kernel
def sees_all_of(w, i, p, t, view):
    """Whether a kind of structure must be gone: every base that was known of is in view."""
    if not w.rules[i].flags[1 - p, t] & STRUCTURE:
        return False
    for site in range(w.state.now[i, 0].num_nodes):
        if w.state.spotted[i, p, site] and not (view >> site) & 1:
            return False
    return True


@kernel
def look(w, i, p):
    """A player takes in what is in view."""
    view = in_view(w, i, p)
    for node in range(w.state.now[i, 0].num_nodes):
        if (view >> node) & 1:
            w.state.looked[i, p, node] = w.state.now[i, 0].time
            w.state.spotted[i, p, node] = holds(w, i, 1 - p, node)
    notice(w, i, p, view)
