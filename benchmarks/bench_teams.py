"""Steps of teams a second on one core: random play from outside, and built-in players at all seats.

A step moves every agent of a slot; agent steps are steps times agents. Run it with ``make bench``
on a quiet machine.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best_rates, line

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World

SLOTS, STEPS = 1024, 50
WORLDS = ("Foraging-v0", "Trash-v0", "Harvest-v0", "Cleanup-v0", "Pursuit-v0")


def batch(world: World) -> Callable[[], int]:
    """Random steps of a native batch: fresh levels, same-step autoreset, all outputs written."""
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    count, shape = slots.w.mask.shape[2], (STEPS, *slots.w.actions.shape)
    actions = np.random.default_rng(0).integers(0, count, shape).astype(np.int32)

    def work() -> int:
        for row in actions:
            slots.w.actions[:] = row
            slots.step()
        return STEPS * SLOTS

    return work


def main() -> None:
    """Print the table."""
    for name in WORLDS:
        world = adaptarium.world(name)
        built_in = world.override(**{"players.outside": 0, "players.built_in": "greedy"})
        rates = best_rates(
            {
                f"{name}, {world.seats} agents, random": batch(world),
                f"{name}, greedy built-in players": batch(built_in),
            },
            rounds=3,
        )
        for label, rate in rates.items():
            agents = f"{rate * world.seats / 1e6:,.2f} million agent steps/s"
            print(line(label, rate, "steps/s", agents))


if __name__ == "__main__":
    main()
