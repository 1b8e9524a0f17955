"""The generic driver: a template that is specialised to one family's kernels.

The names ``reset``, ``step``, ``observe``, ``masks``, ``generate`` and ``content_hash`` are globals
that :func:`adaptarium.envs.core.compiling.specialise` replaces by the family's kernels. Everything
here is per slot ``i``: slots never read one another.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel, unbound
from adaptarium.envs.core.draws import (
    PURPOSE_BANK_ROW,
    STREAM_DYNAMICS,
    STREAM_LEVELS,
    STREAM_OBSERVATION,
    STREAM_PARTNERS,
    address,
    below,
    bits_at,
    episode_key,
    fold,
)

OP_RESET, OP_STEP, OP_OBSERVE, OP_MASKS, OP_GENERATE = 0, 1, 2, 3, 4
MODE_NEXT_STEP, MODE_SAME_STEP, MODE_DISABLED = 0, 1, 2
SPLIT_ALL, SPLIT_TRAIN, SPLIT_VALIDATION, SPLIT_TEST = 0, 1, 2, 3
SOURCE_FRESH, SOURCE_BANK = 0, 1
MAX_ATTEMPTS = 20_000


# Stand-ins for the family's kernels.
reset = step = observe = masks = generate = content_hash = unbound


@kernel
def split_of(tenth):
    """The split of a level whose content hash modulo 10 is ``tenth`` (80/10/10)."""
    if tenth < 8:
        return SPLIT_TRAIN
    return SPLIT_VALIDATION if tenth == 8 else SPLIT_TEST


def make_level(w, i, k):
    """Generate a level of slot ``i``'s split into level row ``k``; False when none was found."""
    wanted = w.source[i].split
    name = w.core[i].level_name
    for attempt in range(MAX_ATTEMPTS):
        w.core[i].key_level = fold(name, attempt)
        if not generate(w, i, k):
            continue
        found = content_hash(w, k)
        w.info[k].name = name
        w.info[k].content = found
        w.info[k].split = split_of(below(fold(found, 10), 10))
        if wanted == SPLIT_ALL or wanted == w.info[k].split:
            w.info[k].attempts = attempt + 1
            return True
    return False


def choose_level(w, i):
    """The level row of the new episode: a fresh level in row ``i``, or a row of the slot's bank.

    Bank row ``s`` is the first level after ``reset(seed=s)``; later episodes draw uniformly.
    """
    seed, episode = w.core[i].seed, w.core[i].episode
    key = episode_key(seed, STREAM_LEVELS, episode)
    if w.source[i].kind == SOURCE_FRESH:
        w.core[i].level_name = key
        if not make_level(w, i, i):
            w.core[i].failed = 1
        return np.int64(i)
    count = w.source[i].count
    if episode == 0:
        row = seed % count
    else:
        row = below(bits_at(key, 0, address(PURPOSE_BANK_ROW, 0, 0)), count)
    return w.source[i].first + row


def start_inner(w, i):
    """Put the agents at the start of the next inner episode, on the same level."""
    core = w.core[i]
    k = np.uint64(core.level)
    limit = w.rules[i].max_steps
    core.limit = limit if limit > 0 else w.info[k].max_steps
    core.elapsed = 0
    core.first = 1
    for a in range(w.reward.shape[1]):
        w.inner_from[i, a] = w.returns[i, a]
    reset(w, i, k)


def begin(w, i):
    """Start a new episode (trial): keys, level, first inner episode."""
    core = w.core[i]
    core.key_dynamics = episode_key(core.seed, STREAM_DYNAMICS, core.episode)
    core.key_observation = episode_key(core.seed, STREAM_OBSERVATION, core.episode)
    core.key_partners = episode_key(core.seed, STREAM_PARTNERS, core.episode)
    core.level = choose_level(w, i)
    core.clock = 0
    core.inner = 0
    core.ended = 0
    for a in range(w.reward.shape[1]):
        w.returns[i, a] = 0.0
    start_inner(w, i)


def clear_outputs(w, i):
    """Zero what one step writes for slot ``i``."""
    w.out[i].inner_end = 0
    w.out[i].final = 0
    for a in range(w.reward.shape[1]):
        w.reward[i, a] = 0.0
        w.terminated[i, a] = False
        w.truncated[i, a] = False


def settle(w, i):
    """After a family step: apply deaths and the time limit; True when the inner episode is over."""
    core = w.core[i]
    core.clock += 1
    core.elapsed += 1
    core.first = 0
    timeout = core.elapsed >= core.limit
    living = 0
    for a in range(w.reward.shape[1]):
        w.returns[i, a] += w.reward[i, a]
        if not w.alive[i, a]:
            continue
        # A success on the last step allowed is both, as in MiniGrid.
        w.truncated[i, a] = timeout
        if timeout or w.terminated[i, a]:
            w.alive[i, a] = 0
        else:
            living += 1
    return living == 0


def report_inner(w, i):
    """Keep the measures of the inner episode that is over, before the next one clears them."""
    w.out[i].inner_end = 1
    w.out[i].inner_length = w.core[i].elapsed
    for a in range(w.reward.shape[1]):
        w.inner_returns[i, a] = w.returns[i, a] - w.inner_from[i, a]
    running, ended = w.measures[0], w.measures[1]
    for j in range(running.shape[1]):
        ended[i, j] = running[i, j]


def finish(w, i, mode, final_row):
    """The inner episode is over: start the next one, or end the episode as ``mode`` says."""
    core = w.core[i]
    report_inner(w, i)
    if core.inner + 1 < w.rules[i].inner_episodes:
        core.inner += 1
        for a in range(w.reward.shape[1]):
            w.terminated[i, a] = False
            w.truncated[i, a] = False
        start_inner(w, i)
        return
    core.ended = 1
    w.out[i].final = 1
    w.out[i].length = core.clock
    w.out[i].level_name = w.info[np.uint64(core.level)].name
    w.out[i].level_hash = w.info[np.uint64(core.level)].content
    w.out[i].level = core.level
    for a in range(w.reward.shape[1]):
        w.final_returns[i, a] = w.returns[i, a]
    if mode == MODE_SAME_STEP:
        observe(w, i, final_row)
        core.episode += 1
        begin(w, i)


def step_slot(w, i, mode, final_row):
    """One step of slot ``i``, with autoreset."""
    clear_outputs(w, i)
    if w.core[i].ended:
        if mode == MODE_NEXT_STEP:  # the action is ignored, the reward is zero
            w.core[i].episode += 1
            begin(w, i)
        return
    step(w, i)
    if settle(w, i):
        finish(w, i, mode, final_row)


def advance(w, op, mode, lo, hi):
    """Run ``op`` on slots ``lo`` to ``hi``: the one entry point of a batch."""
    n = w.core.shape[0]
    for slot in range(lo, hi):
        # Unsigned, so that no index needs a check for negative ones (a third of a step's time).
        i = np.uint64(slot)
        if op == OP_STEP:
            step_slot(w, i, mode, np.uint64(n + slot))
            observe(w, i, i)
        elif op == OP_RESET:
            if w.core[i].restart:
                w.core[i].restart = 0
                clear_outputs(w, i)
                begin(w, i)
                observe(w, i, i)
        elif op == OP_OBSERVE:
            observe(w, i, i)
        elif op == OP_MASKS:
            masks(w, i)
        else:
            w.core[i].level_name = episode_key(w.core[i].seed, STREAM_LEVELS, 0)
            if not make_level(w, i, i):
                w.core[i].failed = 1


TEMPLATE = (
    "make_level",
    "choose_level",
    "start_inner",
    "begin",
    "clear_outputs",
    "settle",
    "report_inner",
    "finish",
    "step_slot",
    "advance",
)
