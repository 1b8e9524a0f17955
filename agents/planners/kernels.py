"""Tree search on graphs of states: choosing, remembering and backing up, one call for all walkers.

Actions are chosen by UCB1 (Kocsis & Szepesvari, *Bandit based Monte-Carlo planning*, 2006), in
units of the range of values found. Values are backed up as in MaxUCT (Keller & Helmert,
*Trial-based heuristic tree search for finite horizon MDPs*, 2013): an action is worth its mean
reward and the mean value of the states that it led to, a state its best tried action. Equal states
are one node, so that the tree is a graph (Childs et al., *Transpositions and move groups in Monte
Carlo tree search*, 2008).
"""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.core.compiling import kernel

SETTLED = 1e-10  # values that move less than this stand still

_ONE = np.uint64(1)
_S32 = np.uint64(32)


@kernel
def state_of(g, i, digest, make):
    """The state of a digest in graph ``i``, made where it is new; -1 where it is not, or full."""
    table = g.table[i]
    last = table.shape[0] - 1
    place = np.int64(digest >> _ONE) & last
    while table[place] != 0:
        if g.digest[i, table[place] - 1] == digest:
            return np.int64(table[place] - 1)
        place = (place + 1) & last
    new = np.int64(g.used[i])
    if not make or new >= g.digest.shape[1]:
        return np.int64(-1)
    g.used[i] = new + 1
    table[place] = new + 1
    g.digest[i, new] = digest
    g.visits[i, new] = 0
    g.value[i, new] = 0.0
    g.promise[i, new] = 1.0
    g.hint[i, new] = 0.0
    g.hints[i, new] = 0
    for a in range(g.tries.shape[2]):
        g.tries[i, new, a] = 0
        g.seen[i, new, a] = 0
        g.ends[i, new, a] = 0
        g.gain[i, new, a] = 0.0
        g.worth[i, new, a] = 0.0
        g.novel[i, new, a] = 1.0
        g.head[i, new, a] = 0
    return new


@kernel
def any_of(mask, bits):
    """One of the valid actions, each equally likely; 0 where none is."""
    valid = 0
    for a in range(mask.shape[0]):
        valid += mask[a]
    wanted = np.int64(((bits >> _S32) * np.uint64(valid)) >> _S32)
    for a in range(mask.shape[0]):
        if mask[a]:
            if wanted == 0:
                return np.int64(a)
            wanted -= 1
    return np.int64(0)


@kernel
def choose(g, i, state, mask, bits, exploration, novelty):
    """An untried action, else the one with the highest upper confidence bound; ties by chance."""
    actions = mask.shape[0]
    start = np.int64(((bits >> _S32) * np.uint64(actions)) >> _S32)
    scale = exploration
    if g.high[i] > g.low[i]:
        scale *= g.high[i] - g.low[i]
    spread = math.log(g.visits[i, state] + 1.0)
    best, top = np.int64(0), -np.inf
    for k in range(actions):
        a = (start + k) % actions
        if not mask[a]:
            g.novel[i, state, a] = 0.0
            continue
        tries = g.tries[i, state, a]
        if tries == 0:
            return np.int64(a)
        bound = g.worth[i, state, a]
        bound += scale * (g.novel[i, state, a] if novelty else 1.0) * math.sqrt(spread / tries)
        if bound > top:
            best, top = np.int64(a), bound
    return best


@kernel
def note(g, i, state, action, reward, target):
    """Remember one result of an action; ``target`` -1 for an end."""
    if target < 0:
        g.ends[i, state, action] += 1
    else:
        place = g.head[i, state, action]
        while place > 0 and g.target[i, place - 1] != target:
            place = g.after[i, place - 1]
        if place == 0:
            free = g.outcomes[i]
            if free >= g.target.shape[1]:
                return
            g.outcomes[i] = free + 1
            g.target[i, free] = target
            g.times[i, free] = 0
            g.after[i, free] = g.head[i, state, action]
            g.head[i, state, action] = free + 1
            place = free + 1
        g.times[i, place - 1] += 1
    g.seen[i, state, action] += 1
    g.gain[i, state, action] += reward


@kernel
def refresh(g, i, state, action, discount):
    """An action's value, from what is known of its outcomes."""
    seen = g.seen[i, state, action]
    if seen == 0:
        return
    total, promised = 0.0, 1.0
    place = g.head[i, state, action]
    while place > 0:
        times, target = g.times[i, place - 1], g.target[i, place - 1]
        total += times * g.value[i, target]
        promised += discount * times * g.promise[i, target]
        place = g.after[i, place - 1]
    g.novel[i, state, action] = promised / (seen + 1.0)
    worth = (g.gain[i, state, action] + discount * total) / seen
    g.worth[i, state, action] = worth
    g.low[i] = min(g.low[i], worth)
    g.high[i] = max(g.high[i], worth)


@kernel
def revalue(g, i, state):
    """A state's value: its best tried action, or what rollouts gave; and its promise."""
    top, promise = -np.inf, 0.0
    for a in range(g.tries.shape[2]):
        if g.seen[i, state, a] > 0:
            top = max(top, g.worth[i, state, a])
        promise = max(promise, g.novel[i, state, a])
    g.value[i, state] = top if top > -np.inf else g.hint[i, state]
    g.promise[i, state] = promise


@kernel
def take(g, w, j, discount):
    """Take note of walker ``j``'s last step; False where the simulation ends with it."""
    i, steps = w.graph[j], w.length[j]
    if w.rolling[j]:
        w.tail[j] += w.weight[j] * w.reward[j]
        w.weight[j] *= discount
        return not w.over[j]
    state, action = w.path[j, steps], w.taken[j, steps]
    if w.over[j]:
        note(g, i, state, action, w.reward[j], -1)
        w.length[j] = steps + 1
        return False
    before = g.used[i]
    target = state_of(g, i, w.digest[j], True)
    if target < 0:
        return False
    note(g, i, state, action, w.reward[j], target)
    w.fresh[j] += g.used[i] - before
    w.length[j] = steps + 1
    w.path[j, steps + 1] = target
    return True


def advance(g, w, t, last, exploration, discount, novelty, expansions, rollout):
    """Step ``t`` of all simulations: remember what the step before gave, and choose what is next.

    Args:
        g: The graphs.
        w: The walkers.
        t: Steps so far; at 0 simulations begin.
        last: The simulations end here; nothing is chosen.
        exploration: Weight of the exploration term.
        discount: Worth of a reward one step later.
        novelty: Whether exploration counts only as far as something untried lies behind an action.
        expansions: New states that a simulation may remember.
        rollout: Whether it goes on beyond them.

    Returns:
        How many simulations go on.
    """
    running = 0
    for j in range(w.graph.shape[0]):
        i = w.graph[j]
        if t == 0:
            w.rolling[j] = False
            w.length[j] = 0
            w.fresh[j] = 0
            w.tail[j] = 0.0
            w.weight[j] = 1.0
            w.path[j, 0] = state_of(g, i, w.digest[j], True)
            w.active[j] = w.active[j] and w.path[j, 0] >= 0
        elif w.active[j]:
            w.active[j] = take(g, w, j, discount)
        if w.active[j] and not w.rolling[j] and w.fresh[j] >= expansions:
            w.rolling[j] = rollout
            w.active[j] = rollout
        w.active[j] = w.active[j] and not last
        if not w.active[j]:
            continue
        running += 1
        if w.rolling[j]:
            w.action[j] = any_of(w.mask[j], w.draw[j])
            continue
        state = w.path[j, w.length[j]]
        chosen = choose(g, i, state, w.mask[j], w.draw[j], exploration, novelty)
        g.visits[i, state] += 1
        g.tries[i, state, chosen] += 1
        w.taken[j, w.length[j]] = chosen
        w.action[j] = chosen
    return running


def back(g, w, discount):
    """Back up the values along every walker's path, from its end to its beginning."""
    for j in range(w.graph.shape[0]):
        i = w.graph[j]
        if w.path[j, 0] < 0:
            continue
        leaf = w.path[j, w.length[j]]
        if w.rolling[j]:
            g.hints[i, leaf] += 1
            g.hint[i, leaf] += (w.tail[j] - g.hint[i, leaf]) / g.hints[i, leaf]
            revalue(g, i, leaf)
        for k in range(w.length[j] - 1, -1, -1):
            state = w.path[j, k]
            refresh(g, i, state, w.taken[j, k], discount)
            revalue(g, i, state)


def settle(g, rows, discount, sweeps):
    """Back up all values of some graphs until they stand still, newest states first."""
    for r in range(rows.shape[0]):
        i = rows[r]
        for _ in range(sweeps):
            moved = 0.0
            for state in range(g.used[i] - 1, -1, -1):
                before = g.value[i, state]
                for a in range(g.tries.shape[2]):
                    refresh(g, i, state, a, discount)
                revalue(g, i, state)
                moved = max(moved, abs(g.value[i, state] - before))
            if moved < SETTLED:
                break
