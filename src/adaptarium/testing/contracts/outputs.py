"""Outputs: pure, complete, finite, inside their spaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.testing.arrays import fill, leaves, observations, same_bytes, snapshot
from adaptarium.testing.play import actions_from, difference, draw_streams, play
from adaptarium.testing.probe import MODES, SEED, Probe
from adaptarium.testing.report import Outcome, kept


def observe_impure(probe: Probe) -> Outcome:
    """Looking twice gives equal bytes, noise included, and changes nothing else."""
    batch = Batch([probe.world], 4)
    draws = draw_streams(batch, range(4), probe.steps)
    batch.reset(seed=SEED)
    for turn in range(probe.steps):
        before, first = snapshot(batch, *_kept_by_observe(batch)), observations(batch)
        batch.observe()
        for name, array in batch.obs.items():
            if not same_bytes(array, first[name]):
                probe.fail("observe-impure", f"a second look at turn {turn} changes obs {name!r}")
        after = snapshot(batch, *_kept_by_observe(batch))
        for name, data in before.items():
            if data != after[name]:
                probe.fail("observe-impure", f"observe changes {name} at turn {turn}")
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    return kept(looks=4 * probe.steps)


def _kept_by_observe(batch: Batch) -> list[str]:
    return [name for name in batch.w._fields if name not in ("scratch", "obs")]


def stale_buffer(probe: Probe) -> Outcome:
    """Garbage in every output and scratch array before a step leaves no trace after it."""
    events = 0
    for mode in MODES[:2]:
        for garbage in (1, 3):
            batch = Batch([probe.short], 3, autoreset=mode)
            clean = play(batch, SEED, probe.steps)
            found = play(batch, SEED, probe.steps, poison=lambda b, g=garbage: _poison(b, g))
            for i, (one, other) in enumerate(zip(clean, found, strict=True)):
                events += len(other)
                if problem := difference(one, other):
                    where = f"autoreset = {mode!r}, seed {SEED + i}, buffers filled with {garbage}"
                    probe.fail("stale-buffer", f"{problem} ({where})")
    return kept(events=events)


def _poison(batch: Batch, garbage: int) -> None:
    w = batch.w
    for array in leaves((w.obs, w.scratch, w.reward, w.terminated, w.truncated, w.mask, w.out)):
        fill(array, garbage)


def in_spaces(probe: Probe) -> Outcome:
    """Observations lie in the declared spaces, rewards are finite."""
    n = probe.scale(16, 64)
    batch = Batch([probe.world], n, autoreset="same_step")
    parts = _parts(batch.observation_space)
    draws = draw_streams(batch, range(n), 2 * probe.steps)
    batch.reset(seed=SEED)
    if missing := set(parts) ^ set(batch.obs):
        probe.fail("out-of-space", f"observation and space do not both have {sorted(missing)}")
    for turn in range(2 * probe.steps):
        _check_values(probe, batch, parts, turn)
        batch.w.actions[:] = actions_from(batch, draws[:, turn])
        batch.step()
    _check_values(probe, batch, parts, 2 * probe.steps)
    return kept(states=n * (2 * probe.steps + 1))


def _parts(space: spaces.Space[Any]) -> dict[str, spaces.Space[Any]]:
    return dict(space.spaces) if isinstance(space, spaces.Dict) else {"observation": space}


def _check_values(
    probe: Probe, batch: Batch, parts: dict[str, spaces.Space[Any]], turn: int
) -> None:
    if not np.isfinite(batch.w.reward).all():
        probe.fail("nan", f"a reward is not finite at turn {turn}")
    for name, space in parts.items():
        array = batch.obs[name]
        if not np.isfinite(array).all():
            probe.fail("nan", f"obs {name!r} is not finite at turn {turn}")
        if problem := outside(space, array):
            probe.fail("out-of-space", f"obs {name!r} at turn {turn}: {problem}")


def outside(space: spaces.Space[Any], array: npt.NDArray[Any]) -> str | None:
    """What is wrong with a stack (n, A, …) of members of ``space``; None when all are inside."""
    shape = array.shape[2:]
    if shape != (space.shape or ()):
        return f"shape {shape}, expected {space.shape}"
    if isinstance(space, spaces.Box):
        if array.dtype != space.dtype:
            return f"dtype {array.dtype}, expected {space.dtype}"
        low, high = space.low, space.high
    elif isinstance(space, spaces.Discrete):
        low, high = space.start, space.start + space.n - 1
    elif isinstance(space, spaces.MultiDiscrete):
        low, high = space.start, space.start + space.nvec - 1
    else:
        return f"{type(space).__name__} is no part of an observation; expected Box or Discrete"
    wrong = (array < low) | (array > high)
    return f"{array[wrong][0]} lies outside {space}" if wrong.any() else None
