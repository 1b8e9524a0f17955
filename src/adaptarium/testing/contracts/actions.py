"""Actions: masks tell the truth."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from adaptarium.testing.arrays import differs
from adaptarium.testing.fan import Fan
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome, kept, skipped

NO_ACTION = -1
"""An action number that no vocabulary has: kernels take it as no action at all."""


def wrong_mask(probe: Probe) -> Outcome:
    """A masked-out action does what no action does; an agent in play always has a valid one."""
    fan = Fan(probe.world, probe.scale(8, 32), 1, capacity=probe.room)
    space = fan.batch.action_space
    if not isinstance(space, spaces.Discrete):
        return skipped("actions are not Discrete")
    count = int(space.n)
    fan = Fan(probe.world, fan.states, count + 2, capacity=probe.room)
    masked = 0
    for turn in fan.play(SEED, probe.steps, {}):
        masked += _one_turn(probe, fan, count, turn)
    return kept(states=fan.states * probe.steps, masked=masked)


def _one_turn(probe: Probe, fan: Fan, count: int, turn: int) -> int:
    """Variant 0 plays on, variants 1 to ``count`` try each action, the last one takes none."""
    batch = fan.batch
    mask = fan.split(batch.masks().copy())
    if not np.array_equal(mask, np.broadcast_to(mask[:1], mask.shape)):
        probe.fail("wrong-mask", f"equal states have different masks at turn {turn}")
    _check_some_valid(probe, fan, mask, turn)
    masked = 0
    for a in range(mask.shape[2]):
        _try_all(fan, count, a)
        for action in range(count):
            out = ~mask[0, :, a, action]
            masked += int(out.sum())
            changed = _changed(fan, 1 + action, count + 1) & out
            if changed.any():
                probe.fail(
                    "wrong-mask",
                    f"action {action} of agent {a} is masked out but has an effect "
                    f"(seed {SEED + int(np.flatnonzero(changed)[0])}, turn {turn})",
                )
        if a + 1 < mask.shape[2]:
            fan.restore()
    return masked


def _try_all(fan: Fan, count: int, agent: int) -> None:
    actions = fan.split(fan.batch.w.actions)
    for variant in range(1, count + 2):
        actions[variant] = actions[0]
        actions[variant, :, agent] = variant - 1 if variant <= count else NO_ACTION
    fan.batch.step()


def _check_some_valid(probe: Probe, fan: Fan, mask: np.ndarray, turn: int) -> None:
    w = fan.batch.w
    in_play = (w.alive * w.acting)[: fan.states, : mask.shape[2]].astype(bool)
    stuck = in_play & ~mask[0].any(axis=-1)
    if stuck.any():
        probe.fail("wrong-mask", f"an agent in play has no valid action at turn {turn}")
    own = probe.module("layout").action_space(probe.world.sizes())
    if mask[0, :, :, int(own.n) :].any():
        probe.fail("wrong-mask", f"the mask allows action {int(own.n)}, which the world lacks")


def _changed(fan: Fan, one: int, other: int) -> np.ndarray:
    """(states,) where two variants came out differently."""
    w = fan.batch.w
    parts = [*w.rows, w.reward, w.terminated, w.truncated]
    return np.any([differs(fan.split(p)[one], fan.split(p)[other]) for p in parts], axis=0)
