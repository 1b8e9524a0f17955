"""Mechanic: what the action number means; and which numbers are valid."""

from __future__ import annotations

from adaptarium.envs.bandit.codes import DECLARE, MAX_ACTIONS, PULL, USES_ORDER, WATCH
from adaptarium.envs.core.compiling import kernel


@kernel
def entry_of(w, i, number):
    """The action that ``number`` stands for; -1 for a number that the level lacks."""
    rules = w.rules[i]
    if number < 0 or number >= w.state.now[i, 0].num_arms * rules.modes:
        return -1
    if rules.active & USES_ORDER and number < MAX_ACTIONS:
        return int(rules.order[number])
    return number


@kernel
def arm_of(w, i, entry):
    """The arm of an action."""
    modes = w.rules[i].modes
    return entry if modes == 1 else entry // modes


@kernel
def mode_of(w, i, entry):
    """What an action does with its arm: pull, watch or declare it."""
    modes = w.rules[i].modes
    if modes == 1:
        return PULL
    mode = entry % modes
    return DECLARE if mode == 1 and not w.rules[i].watch else mode


@kernel
def is_valid(w, i, entry):
    """Whether the action has an arm and, where it watches one, may do so now."""
    if entry < 0:
        return False
    arm = arm_of(w, i, entry)
    if arm >= w.state.now[i, 0].num_arms:
        return False
    if mode_of(w, i, entry) != WATCH:
        return True
    now = w.state.now[i, 0]
    return now.budget > 0 and now.held >= 0 and now.held != arm


@kernel
def intent(w, i):
    """Decide what is pulled, watched or declared; an invalid action is none at all."""
    plan, now = w.scratch.plan[i, 0], w.state.now[i, 0]
    plan.arm = -1
    plan.watch = -1
    plan.declared = -1
    now.last = 0
    number = w.actions[i, 0]
    entry = entry_of(w, i, number)
    if not is_valid(w, i, entry):
        return
    now.last = number + 1
    arm, mode = arm_of(w, i, entry), mode_of(w, i, entry)
    if mode == PULL:
        plan.arm = arm
    elif mode == WATCH:
        plan.arm = now.held
        plan.watch = arm
    else:
        plan.declared = arm


@kernel
def masks(w, i):
    """Write which actions are valid."""
    for number in range(w.mask.shape[2]):
        w.mask[i, 0, number] = is_valid(w, i, entry_of(w, i, number))
