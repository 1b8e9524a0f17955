"""Search over full states by a family's own step: a template, as the driver is.

The names ``start_inner``, ``clear_outputs``, ``settle`` (the driver's), ``step`` and ``masks`` (the
family's) are globals that :func:`adaptarium.envs.core.compiling.specialise` binds. A search plays
in slot 0 of a workspace and keeps the states that it has seen as rows of words in a
:class:`Store`, so that no rule is written twice: a search, a table of outcomes and a random player
all call ``step``.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel, unbound
from adaptarium.envs.core.draws import (
    SCRIPT_DEPTH,
    STREAM_DYNAMICS,
    address,
    below,
    bits_at,
    episode_key,
    fold,
    unit,
)
from adaptarium.envs.core.states import (
    LAST,
    LAST_ACTION,
    NODES,
    TRANSITIONS,
    digest_after,
    digest_of,
    find,
    forget,
    load,
    save,
    visit,
)

OP_SHORTEST, OP_ONWARD, OP_EXPLORE, OP_LOCATE, OP_BRANCHES, OP_PLAY, OP_PREPARE = range(7)
FOUND, EXHAUSTED, FULL, STOCHASTIC, TOO_DEEP, NOT_AFFINE = range(6)

# The stream of the random player's actions; the driver's streams are numbered in `draws`.
STREAM_RANDOM_PLAYER = 5


# Stand-ins for the driver's and the family's kernels.
start_inner = clear_outputs = settle = step = masks = unbound


# ---- one step of slot 0 ----


def prepare(w, k, scripted):
    """Slot 0 at the start of level row ``k``."""
    core = w.core[0]
    core.level = k
    core.clock = 0
    core.inner = 0
    core.ended = 0
    core.scripted = scripted
    start_inner(w, 0)


def transition(w, elapsed):
    """One step by the actions in ``w.actions`` as if it were step ``elapsed``: reward, over."""
    w.core[0].elapsed = elapsed
    w.script[0].depth = 0
    w.script[0].probability = 1.0
    w.metrics[0].success = 0
    clear_outputs(w, 0)
    step(w, 0)
    total = 0.0
    for a in range(w.reward.shape[1]):
        total += w.reward[0, a]
    return total, settle(w, 0)


@kernel
def set_joint(w, joint):
    """Write a joint action; False where an agent may not, or need not, take its part."""
    size = w.mask.shape[2]
    for a in range(w.reward.shape[1]):
        action = joint % size
        joint //= size
        w.actions[0, a] = action
        if w.alive[0, a] and w.acting[0, a]:
            if not w.mask[0, a, action]:
                return False
        elif action != 0:
            return False
    return True


# ---- deterministic worlds: breadth first to the first success ----


def shortest(w, s):
    """From the state in slot 0 to the first success of its one agent, by the fewest steps."""
    limit = w.core[0].limit
    start = w.core[0].elapsed
    if visit(w, s, digest_of(w), -1, -1, start, 0.0) < 0:
        return FULL
    node = 0
    while node < s.count[NODES] and s.depth[node] < limit:
        status = grow(w, s, node)
        if status != EXHAUSTED:
            return status
        node += 1
    return EXHAUSTED


def grow(w, s, node):
    """Add the successors of ``node``; EXHAUSTED while no success is found."""
    depth = s.depth[node]
    load(w, s, node)
    masks(w, 0)
    for action in range(w.mask.shape[2]):
        if not w.mask[0, 0, action]:
            continue
        load(w, s, node)
        w.actions[0, 0] = action
        reward, over = transition(w, depth)
        gain = s.gain[node] + reward
        if w.script[0].depth > 0:
            return STOCHASTIC
        if over:
            if w.metrics[0].success:
                s.count[LAST] = node
                s.count[LAST_ACTION] = action
                s.gain[0] = gain
                return FOUND
        elif visit(w, s, digest_after(w, s, node), node, action, depth + 1, gain) < 0:
            return FULL
    return EXHAUSTED


def shortest_rows(w, s, afresh):
    """The shortest success of every level row in ``s.rows``, or from the state in slot 0."""
    for j in range(s.rows.shape[0]):
        if afresh:
            prepare(w, s.rows[j], 1)
        forget(s)
        s.status[j] = shortest(w, s)
        s.value[j] = s.gain[0] if s.status[j] == FOUND else 0.0
        s.length[j] = s.depth[s.count[LAST]] + 1 if s.status[j] == FOUND else w.core[0].limit


# ---- every world: the graph of reachable states ----


@kernel
def next_branch(w):
    """Script the next combination of chance branches; False after the last."""
    script = w.script[0]
    depth = script.depth - 1
    while depth >= 0 and script.choice[depth] + 1 >= script.width[depth]:
        script.choice[depth] = 0
        depth -= 1
    if depth < 0:
        return False
    script.choice[depth] += 1
    return True


@kernel
def add_transition(s, begin, target, weight):
    """Add a transition of the edge that begins at ``begin``, merging equal targets."""
    end = s.count[TRANSITIONS]
    for place in range(begin, end):
        if s.target[place] == target:
            s.weight[place] += weight
            return True
    if end >= s.target.shape[0]:
        return False
    s.target[end] = target
    s.weight[end] = weight
    s.count[TRANSITIONS] = end + 1
    return True


def expand_branch(w, s, node, joint, edge):
    """Add the scripted outcome of one edge; FOUND when it went well.

    The step is played at the last, the middle and the first time: a reward may fall with time, as
    long as it falls along a line.
    """
    limit = w.core[0].limit
    middle = (limit - 1) // 2
    late, between, early, over = 0.0, 0.0, 0.0, False
    for point in range(3):
        load(w, s, node)
        late, between = between, early
        early, over = transition(w, limit - 1 if point == 0 else middle if point == 1 else 0)
    weight = w.script[0].probability
    if w.script[0].depth > SCRIPT_DEPTH:
        return TOO_DEEP
    if weight <= 0.0:
        return FOUND
    rate = (late - early) / (limit - 1) if limit > 1 else 0.0
    if abs(early + rate * middle - between) > 1e-9 * (1.0 + abs(between)):
        return NOT_AFFINE
    s.base[edge] += weight * early
    s.slope[edge] += weight * rate
    if not over:
        digest = digest_after(w, s, node)
        target = visit(w, s, digest, node, joint, s.depth[node] + 1, 0.0)
        if target < 0 or not add_transition(s, s.first[edge], target, weight):
            return FULL
    return FOUND


def expand(w, s, node, joint, edge):
    """Add the outcomes of the joint action ``joint`` in ``node``."""
    begin = s.count[TRANSITIONS]
    s.first[edge] = begin
    s.first[edge + 1] = begin
    s.base[edge] = -np.inf
    s.slope[edge] = 0.0
    load(w, s, node)
    if not set_joint(w, joint):
        return FOUND
    s.base[edge] = 0.0
    for depth in range(SCRIPT_DEPTH):
        w.script[0].choice[depth] = 0
    while True:
        status = expand_branch(w, s, node, joint, edge)
        if status != FOUND:
            return status
        if not next_branch(w):
            break
    s.first[edge + 1] = s.count[TRANSITIONS]
    return FOUND


def explore(w, s, joints):
    """All states that can be reached within the limit from the state in slot 0, as a graph."""
    limit = w.core[0].limit
    forget(s)
    if visit(w, s, digest_of(w), -1, -1, w.core[0].elapsed, 0.0) < 0:
        return FULL
    node = 0
    while node < s.count[NODES] and s.depth[node] < limit:
        if (node + 1) * joints >= s.first.shape[0]:
            return FULL
        load(w, s, node)
        masks(w, 0)
        for joint in range(joints):
            status = expand(w, s, node, joint, node * joints + joint)
            if status != FOUND:
                return status
        node += 1
    s.count[LAST] = node
    return FOUND


# ---- the outcomes of one step, and random play ----


def branches(w, s):
    """Every outcome of the actions in ``w.actions`` from the state in node 0, unmerged."""
    elapsed = w.core[0].elapsed
    for depth in range(SCRIPT_DEPTH):
        w.script[0].choice[depth] = 0
    found = 0
    while True:
        load(w, s, 0)
        transition(w, elapsed)
        if w.script[0].depth > SCRIPT_DEPTH:
            return TOO_DEEP
        weight = w.script[0].probability
        if found + 1 >= s.words.shape[0] or found >= s.weight.shape[0]:
            return FULL
        if weight > 0.0:
            s.weight[found] = weight
            save(w, s, found + 1)
            for a in range(w.reward.shape[1]):
                s.rewards[found, a] = w.reward[0, a]
                s.ends[found, 0, a] = w.terminated[0, a]
                s.ends[found, 1, a] = w.truncated[0, a]
            found += 1
        if not next_branch(w):
            break
    s.count[NODES] = found
    return FOUND


@kernel
def draw_numbers(w, actions, key, a):
    """A continuous action of agent ``a``, uniform in [-1, 1] in each component.

    Where actions are single numbers there is nothing to draw; the compiler drops the loop then.
    """
    if actions.ndim == 3:
        for j in range(actions.shape[2]):
            drawn = unit(bits_at(key, w.core[0].clock, address(1, a, j)))
            actions[0, a, j] = 2.0 * drawn - 1.0


@kernel
def draw_actions(w, key):
    """Uniform actions: among those that each agent may take, or anywhere in a box."""
    for a in range(w.reward.shape[1]):
        draw_numbers(w, w.actions, key, a)
        valid = 0
        for action in range(w.mask.shape[2]):
            valid += w.mask[0, a, action]
        wanted = below(bits_at(key, w.core[0].clock, address(1, a, 0)), max(valid, 1))
        for action in range(w.mask.shape[2]):
            if w.mask[0, a, action]:
                if wanted == 0:
                    w.actions[0, a] = action
                wanted -= 1


def play_episode(w, k, key):
    """The return of one episode of random play on level row ``k``."""
    prepare(w, k, 0)
    w.core[0].key_dynamics = fold(key, STREAM_DYNAMICS)
    total = 0.0
    for inner in range(w.rules[0].inner_episodes):
        if inner > 0:
            w.core[0].inner = inner
            start_inner(w, 0)
        over = False
        while not over:
            masks(w, 0)
            draw_actions(w, key)
            reward, over = transition(w, w.core[0].elapsed)
            total += reward
    return total


def play(w, s, episodes, seed):
    """Mean return and squared deviations of random play on every level row in ``s.rows``."""
    for j in range(s.rows.shape[0]):
        k = s.rows[j]
        mean, spread = 0.0, 0.0
        for episode in range(episodes):
            key = fold(episode_key(seed, STREAM_RANDOM_PLAYER, episode), w.info[k].content)
            delta = play_episode(w, k, key) - mean
            mean += delta / (episode + 1)
            spread += delta * delta * episode / (episode + 1)
        s.value[j] = mean
        s.spread[j] = spread


def search(w, s, op, first, second):
    """The one entry point: run ``op``; the meaning of the two numbers is the operation's."""
    if op in (OP_SHORTEST, OP_ONWARD):
        shortest_rows(w, s, op == OP_SHORTEST)
        return FOUND
    if op == OP_EXPLORE:
        return explore(w, s, first)
    if op == OP_LOCATE:
        return find(w, s, digest_of(w))
    if op == OP_BRANCHES:
        save(w, s, 0)
        return branches(w, s)
    if op == OP_PLAY:
        play(w, s, first, second)
        return FOUND
    prepare(w, first, second)
    return FOUND


# Callees before callers. All but the first are spliced into their callers: every level of compiled
# calls would optimise the family's step again.
TEMPLATE = (
    "transition",
    "prepare",
    "grow",
    "shortest",
    "shortest_rows",
    "expand_branch",
    "expand",
    "explore",
    "branches",
    "play_episode",
    "play",
    "search",
)
