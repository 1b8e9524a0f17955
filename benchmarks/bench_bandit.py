"""Steps a second of bandits on one core: the compiled call, the vector face, and grid beside them.

Run it with ``make bench`` on a quiet machine; ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 40  # short rounds, many of them: one falls between the work of others


def compiled(world: World) -> Callable[[], int]:
    """Random actions in a native batch: fresh levels, same-step autoreset, all outputs written."""
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    shape = (STEPS, *slots.w.actions.shape)
    actions = np.random.default_rng(0).integers(0, slots.w.mask.shape[2], shape).astype(np.int32)

    def work() -> int:
        for row in actions:
            slots.w.actions[:] = row
            slots.step()
        return STEPS * SLOTS

    return work


def vector(world: World) -> Callable[[], int]:
    """The same through Gymnasium's vector face, which copies what it hands out."""
    env = world.vec(SLOTS, autoreset_mode="SameStep")
    env.reset(seed=0)
    count = int(env.single_action_space.n)
    actions = np.random.default_rng(0).integers(0, count, (STEPS, SLOTS))

    def work() -> int:
        for row in actions:
            env.step(row)
        return STEPS * SLOTS

    return work


def main() -> None:
    """Print the table."""
    bernoulli, grid = load_world("Bernoulli-v0"), load_world("DoorKey-v0")
    candidates = {
        "grid, DoorKey-v0, compiled call": compiled(grid),
        "Bernoulli-v0, compiled call": compiled(bernoulli),
        "Bernoulli-v0, VectorEnv": vector(bernoulli),
    }
    for spec in registry.world_specs():
        if spec.family == "bandit" and spec.id != bernoulli.id:
            candidates[f"{spec.id}, compiled call"] = compiled(load_world(spec.id))
    rates = best_rates(candidates, rounds=25)
    base = rates["grid, DoorKey-v0, compiled call"]
    for name, rate in rates.items():
        print(line(name, rate, "steps/s", f"{rate / base:,.1f}x grid"))


if __name__ == "__main__":
    main()
