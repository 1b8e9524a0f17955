"""Steps a second of navigation on one core, and of mpe2's simple_spread beside Spread.

Run it with ``make bench`` on a quiet machine; ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.sampling import random_actions
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 40  # short rounds, many of them: one falls between the work of others


def compiled(world: World) -> Callable[[], int]:
    """Random actions in a native batch: fresh levels, same-step autoreset, all outputs written."""
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    rng = np.random.default_rng(0)
    actions = random_actions(slots.action_space, rng, STEPS, *slots.w.reward.shape)
    actions = actions.astype(slots.w.actions.dtype)

    def work() -> int:
        for row in actions:
            slots.w.actions[:] = row
            slots.step()
        return STEPS * SLOTS

    return work


def particles() -> Callable[[], int]:
    """Random actions in mpe2's simple_spread_v3 with three agents, resets included."""
    from mpe2 import simple_spread_v3

    env: Any = simple_spread_v3.parallel_env(continuous_actions=True)
    rng = np.random.default_rng(0)
    actions = rng.random((STEPS, 3, 5), np.float32)
    env.reset(seed=0)

    def work() -> int:
        for row in actions:
            if not env.agents:
                env.reset()
            env.step(dict(zip(env.agents, row, strict=True)))
        return STEPS

    return work


def main() -> None:
    """Print the table."""
    grid = "grid, DoorKey-v0"
    candidates = {grid: compiled(load_world("DoorKey-v0"))}
    for spec in registry.world_specs():
        if spec.family == "navigation":
            candidates[spec.id] = compiled(load_world(spec.id))
    for kind in ("rooms", "caves"):
        candidates[f"PointMaze-v0, {kind}"] = compiled(load_world("PointMaze-v0", generator=kind))
    try:
        candidates["mpe2, simple_spread_v3"] = particles()
    except ImportError:  # mpe2 is for tests alone
        print("mpe2 is not installed: nothing to compare Spread with")
    rates = best_rates(candidates, rounds=25)
    for name, rate in rates.items():
        print(line(name, rate, "steps/s", f"{rate / rates[grid]:,.3g}x grid"))


if __name__ == "__main__":
    main()
