"""Where armies and scouts go."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.skirmish.codes import HOME


@kernel
def next_target(w, i, p, node):
    """The nearest enemy base that the player knows of, else the site it has not seen for longest.

    Before anything is seen that is the enemy's start, which both players know.
    """
    k, best, nearest = w.core[i].level, -1, 1_000_000
    for site in range(w.levels.head[k].num_sites):
        if w.state.spotted[i, p, site] and w.levels.far[k, node, site] < nearest:
            best, nearest = site, w.levels.far[k, node, site]
    if best >= 0:
        return best
    start = w.levels.head[k].start[1 - p]
    if w.state.looked[i, p, start] < 0:
        return start
    return longest_unseen(w, i, p)


@kernel
def longest_unseen(w, i, p):
    """The site of nobody's own that was in view longest ago; the nearest to the enemy of equals."""
    k, best, oldest = w.core[i].level, w.levels.head[w.core[i].level].start[1 - p], 1_000_000
    for rank in range(w.levels.head[k].num_nodes):
        site = w.levels.order[k, 1 - p, rank]
        if site >= w.levels.head[k].num_sites or w.state.sites[i, site].owner == p:
            continue
        if w.state.looked[i, p, site] < oldest:
            best, oldest = site, w.state.looked[i, p, site]
    return best


@kernel
def next_look(w, i, p):
    """Where a scout goes: the enemy's start first, then what was in view longest ago."""
    start = w.levels.head[w.core[i].level].start[1 - p]
    return start if w.state.looked[i, p, start] < 0 else longest_unseen(w, i, p)


@kernel
def post(w, i, p):
    """Where the home force should be: at an own base under attack, else at the forward base."""
    k, forward, stands = w.core[i].level, w.levels.head[w.core[i].level].start[p], 0
    nearest, threatened = 1_000_000, -1
    at = w.state.groups[i, p, HOME].node
    for rank in range(w.levels.head[k].num_nodes):
        site = w.levels.order[k, p, rank]
        if site >= w.levels.head[k].num_sites or w.state.sites[i, site].owner != p:
            continue
        if w.state.contact[i, site] > 0 and w.levels.far[k, at, site] < nearest:
            threatened, nearest = site, w.levels.far[k, at, site]
        # The second base lies before the first; those farther out would stretch the line.
        if stands < 2:
            forward = site
        stands += 1
    return threatened if threatened >= 0 else forward
