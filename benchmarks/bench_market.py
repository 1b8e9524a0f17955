"""Steps a second of recommendation on one core: the compiled call, and bandits beside it.

Random slates in a native batch of 1,024: same-step autoreset, all outputs written. Run it with
``make bench`` on a quiet machine; ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core import registry
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 2  # short rounds, many of them: one falls between the work of others
BANK = 1024


def compiled(world: World) -> Callable[[], int]:
    """Random actions in a native batch."""
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


def main() -> None:
    """Print the table."""
    base = "bandit, Contextual-v0"
    candidates = {base: compiled(load_world("Contextual-v0"))}
    for spec in registry.world_specs():
        if spec.family == "market":
            world = load_world(spec.id)
            candidates[f"{spec.id}, fresh levels"] = compiled(world)
            candidates[f"{spec.id}, bank"] = compiled(world.override(num_levels=BANK))
    rates = best_rates(candidates, rounds=400)
    for name, rate in rates.items():
        print(line(name, rate, "steps/s", f"{rate / rates[base]:,.2f}x {base}"))


if __name__ == "__main__":
    main()
