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


NEVER = 2**62  # a count that no slot reaches


# Stand-ins for the family's kernels.
reset = step = observe = masks = generate = content_hash = unbound


@kernel
def join(w, i, a):
    """Put newcomer ``a`` into the running episode; False where it has no place.

    Families that let agents join have a kernel of this name; in the others none does.
    """
    return False


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


# ---- shifts ----


def follow(w, i):
    """Bring slot ``i`` to the keyframe at which its schedules stand, and note the next change.

    The joint state of all tracks is one number in mixed radix: 0 is the unshifted world.
    """
    core, shift = w.core[i], w.shift
    state, until = 0, NEVER
    for track in range(shift.every.shape[0]):
        j = np.uint64(track)
        every, timeline = shift.every[j], shift.timeline[j]
        tick = core.episode if shift.episodic[j] else core.lived
        if every > 1:  # spares most a division
            tick = tick // every
        last = timeline.shape[0] - 1
        place = min(max(tick - shift.first[i, j], 0), last)
        now = timeline[np.uint64(place), i]
        state += shift.stride[j] * now
        if not shift.episodic[j]:
            ahead = 1
            while place + ahead <= last and timeline[np.uint64(place + ahead), i] == now:
                ahead += 1
            until = min(until, (tick + ahead) * every)
    core.until = until
    if state != shift.now[i]:
        enter(w, i, state)


def enter(w, i, state):
    """Take rules, knobs and split of a keyframe, and note who is to come and to go."""
    core, shift = w.core[i], w.shift
    old, new = np.uint64(shift.base[i] + shift.now[i]), np.uint64(shift.base[i] + state)
    shift.now[i] = state
    for k in range(shift.span[0], shift.span[1]):
        w.live[0][i, np.uint64(k)] = shift.rules[new, np.uint64(k)]
    for k in range(shift.span[2], shift.span[3]):
        w.live[1][i, np.uint64(k)] = shift.knobs[new, np.uint64(k)]
    if shift.span[4] == 0:
        return
    before, after = shift.frames[old], shift.frames[new]
    w.source[i].split = after.split
    core.coming += after.more - before.more
    if after.turn != before.turn:
        core.renewed = after.renewed


def populate(w, i):
    """Let as many agents begin the episode as the keyframe says."""
    core = w.core[i]
    seated = 0
    for a in range(w.reward.shape[1]):
        seated += w.alive[i, a]
    more = w.shift.frames[w.shift.base[i] + w.shift.now[i]].more
    while more < 0 and seated > 1:
        seated -= 1
        more += 1
        w.alive[i, seated] = 0
        w.acting[i, seated] = 0
    core.seats = seated
    for _ in range(more):
        admit(w, i)


def admit(w, i):
    """Seat a newcomer where nobody has sat in this episode; False where it has no place."""
    a = w.core[i].seats
    if a >= w.reward.shape[1] or not join(w, i, a):
        return False
    w.alive[i, a] = 1
    w.acting[i, a] = 1
    w.core[i].seats = a + 1
    return True


def dismiss(w, i):
    """Let the agent that has played longest leave; seats are taken in order."""
    for a in range(w.reward.shape[1]):
        if w.alive[i, a]:
            w.alive[i, a] = 0
            w.acting[i, a] = 0
            w.truncated[i, a] = True
            return


def renew(w, i):
    """After a step with a new keyframe: who is replaced, leaves or joins; one always stays."""
    core = w.core[i]
    more, replaced = core.coming, core.renewed
    core.coming = 0
    core.renewed = 0
    living = 0
    for a in range(w.reward.shape[1]):
        living += w.alive[i, a]
    for _ in range(min(replaced, living)):
        if admit(w, i):
            dismiss(w, i)
    for _ in range(more):
        admit(w, i)
    for _ in range(min(-more, living - 1)):
        dismiss(w, i)


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
    """Start a new episode (trial): keys, shifts, level, first inner episode, population."""
    core = w.core[i]
    core.key_dynamics = episode_key(core.seed, STREAM_DYNAMICS, core.episode)
    core.key_observation = episode_key(core.seed, STREAM_OBSERVATION, core.episode)
    core.key_partners = episode_key(core.seed, STREAM_PARTNERS, core.episode)
    follow(w, i)
    core.coming = 0
    core.renewed = 0
    core.level = choose_level(w, i)
    core.clock = 0
    core.inner = 0
    core.ended = 0
    for a in range(w.reward.shape[1]):
        w.returns[i, a] = 0.0
    start_inner(w, i)
    if w.shift.every.shape[0] > 0:
        populate(w, i)


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
    core.lived += 1
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
        w.shift.played[i] = w.shift.now[i]
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
    core = w.core[i]
    if core.lived >= core.until:
        follow(w, i)
    step(w, i)
    if settle(w, i):
        finish(w, i, mode, final_row)
    elif core.coming != 0 or core.renewed != 0:
        renew(w, i)


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
    "enter",
    "follow",
    "admit",
    "dismiss",
    "populate",
    "renew",
    "start_inner",
    "begin",
    "clear_outputs",
    "settle",
    "report_inner",
    "finish",
    "step_slot",
    "advance",
)
