"""A* over pushes, for the fewest steps, or weighted and over pushes alone for any solution.

For the fewest steps a state is where the crates and the player stand, and a push costs the walk to
it as well. For any solution the player counts only by the region that it can walk in. The estimate
is consistent, so that a state that was expanded is never met again at less cost.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import mix
from adaptarium.envs.grid.sokoban.kernels.bound import assign_all, estimate
from adaptarium.envs.grid.sokoban.kernels.room import FAR, walk_from

STATES, STAMP, LEAST = range(3)
UNSOLVABLE, TOO_MANY = -1, -2
_SEED = np.uint64(0x736F6B6F62616E)


@kernel
def pack_crates(room):
    """Write the crates of the state that is looked at into ``key``."""
    for word in range(room.key.shape[0]):
        room.key[word] = 0
    for j in range(room.crates.shape[0]):
        bit = int(room.place[room.crates[j]])
        room.key[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)


@kernel
def unpack(room, state):
    """Look at a state."""
    for j in range(room.crates.shape[0]):
        room.on[room.crates[j]] = 0
    found = 0
    for word in range(room.key.shape[0]):
        bits, bit = room.sets[state, word], word << 6
        while bits != np.uint64(0):
            if bits & np.uint64(1):
                room.crates[found] = room.cell_of[bit]
                room.on[room.cell_of[bit]] = 1
                found += 1
            bits >>= np.uint64(1)
            bit += 1


@kernel
def slot_of(room, player):
    """The slot of ``key`` with this player in the table: its own, or the empty one for it."""
    h = mix(_SEED ^ np.uint64(player))
    for word in range(room.key.shape[0]):
        h = mix(h ^ room.key[word])
    mask = room.table.shape[0] - 1
    slot = np.int64(h & np.uint64(mask))
    while room.table[slot] != 0:
        state, same = room.table[slot] - 1, True
        same = room.player[state] == player
        for word in range(room.key.shape[0]):
            same = same and room.sets[state, word] == room.key[word]
        if same:
            return slot
        slot = (slot + 1) & mask
    return slot


@kernel
def total_of(room, cost, left, weight):
    """The bucket of a state."""
    return min(cost + weight * left, room.bucket.shape[0] - 1)


@kernel
def meet(room, player, cost, parent, push, moved, weight, most):
    """Keep ``key`` with this player if it is new or was dearer; False where there is no room.

    ``moved`` is the number of the crate that was pushed, -1 at the start.
    """
    slot = slot_of(room, player)
    known, left = room.table[slot] - 1, -1
    if known >= 0:
        if room.cost[known] <= cost:
            return True
        left = room.left[known]
    else:
        left = estimate(room, moved)
    if left >= FAR or cost + left > most:
        return True
    new = room.counts[STATES]
    if new >= room.cost.shape[0]:
        return False
    if known >= 0:
        room.cost[known] = -1
    room.counts[STATES] = new + 1
    room.table[slot] = new + 1
    for word in range(room.key.shape[0]):
        room.sets[new, word] = room.key[word]
    room.player[new] = player
    room.cost[new] = cost
    room.left[new] = left
    room.parent[new] = parent
    room.push[new] = push
    total = total_of(room, cost, left, weight)
    room.after[new] = room.bucket[total]
    room.bucket[total] = new
    return True


@kernel
def expand(room, state, regions, weight, most):
    """Meet every state that a push leads to; False where there is no room."""
    unpack(room, state)
    assign_all(room)
    room.counts[STAMP] += 1
    stamp, cost = room.counts[STAMP], int(room.cost[state])
    walk_from(room, room.seen, int(room.player[state]), stamp)
    steps = room.walk
    for j in range(room.crates.shape[0]):
        at = int(room.crates[j])
        for heading in range(4):
            behind, to = at - room.step[heading], at + room.step[heading]
            if room.seen[behind] != stamp or room.wall[to] or room.on[to] or not room.live[to]:
                continue
            paid = cost + 1 if regions else cost + 1 + int(steps[behind])
            room.crates[j] = to
            room.on[at] = 0
            room.on[to] = 1
            player = at
            if regions:
                room.counts[STAMP] += 1
                player = walk_from(room, room.near, at, room.counts[STAMP])
            pack_crates(room)
            kept = meet(room, player, paid, state, 4 * at + heading, j, weight, most)
            room.crates[j] = at
            room.on[to] = 0
            room.on[at] = 1
            if not kept:
                return False
    return True


def search(room, player, regions, weight, most):
    """The number of the first solved state; negative where there is none, or too many states.

    ``regions`` counts pushes, and the player by its region; ``most`` is the dearest solution that
    is looked for. Without a weight no solution costs less than ``counts[LEAST]``.
    """
    room.counts[STATES] = 0
    room.counts[LEAST] = 0
    if regions:
        room.counts[STAMP] += 1
        player = walk_from(room, room.near, player, room.counts[STAMP])
    pack_crates(room)
    if not meet(room, player, 0, -1, -1, -1, weight, most):
        return TOO_MANY
    total = 0
    while total < room.bucket.shape[0]:
        state = room.bucket[total]
        if state < 0:
            total += 1
            continue
        room.bucket[total] = room.after[state]
        if room.cost[state] < 0:
            continue
        if room.left[state] == 0:
            return int(state)
        room.counts[LEAST] = before = total
        if not expand(room, state, regions, weight, most):
            return TOO_MANY
        # With a weight the total may fall from a state to the next.
        if weight > 1:
            total = max(0, before - weight)
    return UNSOLVABLE
