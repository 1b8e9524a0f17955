"""The kernels of a corridor. ``rules.defect`` breaks one contract each; 0 is the sound family."""

from __future__ import annotations

import numpy as np
from corridor.codes import (
    CANONICAL,
    D_FOG,
    D_SLIP,
    DEAD,
    HIDDEN,
    IGNORED,
    IMPURE,
    MASK,
    MODE,
    NOT_A_NUMBER,
    OBS_PADDING,
    OUTSIDE,
    PADDING,
    SHARED,
    SPLIT,
    STALE,
    TOUCHES,
)

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, fold, observation_bits, unit


@kernel
def broken(w, i, defect):
    """Whether slot ``i`` has this defect."""
    return w.rules[i].defect == defect


@kernel
def reset(w, i, k):
    """Stand at the start of level row ``k``."""
    w.state.place[i, 0] = w.levels.map[k].start
    w.alive[i, 0] = 1
    w.acting[i, 0] = 1
    w.metrics[i].success = 0
    w.metrics[i].moves = 0
    if broken(w, i, IGNORED):
        w.reward[i, 0] = 0.5
    if broken(w, i, MODE) and w.out[i].final:
        w.state.place[i, 0] = 0


@kernel
def target(w, i, move):
    """Where a move leads: walls and ends stop it, unless the corridor is a ring."""
    k = w.core[i].level
    length, here = w.levels.map[k].length, w.state.place[i, 0]
    there = here + move
    if w.rules[i].ring:
        there = (there + length) % length
    if there < 0 or there >= length or w.levels.cells[k, there] == 2:
        return here
    return there


@kernel
def step(w, i):
    """Move, unless the floor is slippery; pay; end at the goal."""
    rules, action = w.rules[i], w.actions[i, 0]
    move = rules.move[action] if 0 <= action < 3 else 0
    if broken(w, i, SHARED) and i > 0 and w.core[0].clock % 2 == 1:
        move = -move
    if broken(w, i, HIDDEN):
        w.scratch.memo[i, 0] = w.scratch.memo[i, 0] + 1
        if w.scratch.memo[i, 0] % 3 == 0:
            move = 0
    if move != 0 and not chance(w, i, rules.slip, D_SLIP, 0, 0):
        there = target(w, i, move)
        w.metrics[i].moves += there != w.state.place[i, 0]
        w.state.place[i, 0] = there
    w.reward[i, 0] -= rules.step_cost
    if w.levels.cells[w.core[i].level, w.state.place[i, 0]] == 3:
        w.reward[i, 0] += rules.goal
        w.metrics[i].success = 1
        w.terminated[i, 0] = True
    if broken(w, i, NOT_A_NUMBER):
        w.reward[i, 0] = np.nan
    if broken(w, i, TOUCHES) and rules.step_cost > 0.0 and w.core[i].clock % 2 == 0:
        w.state.place[i, 0] = w.levels.map[w.core[i].level].start


@kernel
def seen(w, i, k, at):
    """The cell at ``at``, or 0 outside the corridor."""
    length = w.levels.map[k].length
    if broken(w, i, PADDING) and at < 0:
        at += w.levels.cells.shape[1]
        return w.levels.cells[k, at]
    return w.levels.cells[k, at] if 0 <= at < length else 0


@kernel
def observe(w, i, row):
    """The cells within reach, from west to east."""
    k, reach = w.core[i].level, w.rules[i].reach
    window = w.obs.window[row, 0]
    if not broken(w, i, STALE):
        for j in range(window.shape[0]):
            window[j] = 1 if broken(w, i, OBS_PADDING) else 0
    for j in range(2 * reach + 1):
        fog = w.rules[i].fog
        if broken(w, i, DEAD):
            fog = 0.0
        if fog > 0.0 and unit(observation_bits(w, i, D_FOG, 0, j)) < fog:
            if not broken(w, i, STALE):
                window[j] = 0
            continue
        window[j] = seen(w, i, k, w.state.place[i, 0] + j - reach)
    if broken(w, i, IMPURE):
        w.core[i].key_observation = fold(w.core[i].key_observation, 1)
        window[0] = int(w.core[i].key_observation & np.uint64(1))
    if broken(w, i, OUTSIDE):
        window[0] = 9


@kernel
def masks(w, i):
    """A move into a wall or off the end is invalid."""
    for action in range(w.mask.shape[2]):
        move = w.rules[i].move[action]
        w.mask[i, 0, action] = move == 0 or target(w, i, move) != w.state.place[i, 0]
    if broken(w, i, MASK):
        w.mask[i, 0, 2] = False


@kernel
def content_hash(w, k):
    """A hash of length, start and cells."""
    grid = w.levels.map[k]
    total = fold(fold(np.uint64(7), grid.length), grid.start)
    for j in range(grid.length):
        total = fold(total, w.levels.cells[k, j])
    if w.rules[0].defect == CANONICAL:
        total = fold(total, w.levels.cells.shape[1])
    if w.rules[0].defect == SPLIT:
        total = fold(total, w.knobs[0].size)
    return total


KERNELS = {
    "reset": reset,
    "step": step,
    "observe": observe,
    "masks": masks,
    "content_hash": content_hash,
}
