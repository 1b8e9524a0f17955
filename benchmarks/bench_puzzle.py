"""Steps and references a second of every puzzle on one core, beside a bare step of the batch.

The bare figure is a batch whose actions are no action numbers: what the core, the masks of the
faces aside, costs around the puzzle's own rules. Run it with ``make bench`` on a quiet machine;
ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 100
BANK = 1024


def playing(world: World, bare: bool = False) -> Callable[[], int]:
    """Random steps of a native batch: same-step autoreset, levels from a bank, all outputs.

    With ``bare`` the action numbers are none, so that nothing happens until the time limit.
    """
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    count = int(slots.w.mask.shape[2])
    actions = np.random.default_rng(0).integers(0, count, (STEPS, SLOTS, 1)).astype(np.int32)
    if bare:
        actions[:] = -1

    def work() -> int:
        for row in actions:
            slots.w.actions[:] = row
            slots.step()
        return STEPS * SLOTS

    return work


def solving(world: World, count: int = 64) -> Callable[[], int]:
    """References of levels of a bank."""
    bank = generate_levels(world, 0, count)
    solve_many = world.family.module("reference").solve_many

    def work() -> int:
        solve_many(world, bank, range(count))
        return count

    return work


def generating(world: World) -> Callable[[], int]:
    """Levels generated and checked, content hash and split included."""
    slots = Batch([world], SLOTS)
    seeds = np.arange(SLOTS, dtype=np.int64)
    rounds = iter(range(10**9))

    def work() -> int:
        slots.generate(seeds + SLOTS * next(rounds))
        return SLOTS

    return work


def main() -> None:
    """Print the table."""
    ids = [spec.id for spec in registry.world_specs() if spec.family == "puzzle"]
    fixed = {world_id: load_world(world_id, num_levels=BANK) for world_id in ids}
    fresh = {world_id: load_world(world_id) for world_id in ids}
    steps = best_rates({
        **{world_id: playing(world) for world_id, world in fixed.items()},
        **{f"{world_id}, bare": playing(world, bare=True) for world_id, world in fixed.items()},
        **{f"{world_id}, fresh levels": playing(world) for world_id, world in fresh.items()},
    })  # fmt: skip
    for world_id in ids:
        bare = steps[f"{world_id}, bare"]
        for name in (world_id, f"{world_id}, bare", f"{world_id}, fresh levels"):
            print(line(name, steps[name], "steps/s", f"{steps[name] / bare:.0%} of bare"))
    for name, rate in best_rates({one: generating(w) for one, w in fresh.items()}).items():
        print(line(name, rate, "levels/s"))
    found = best_rates({one: solving(world) for one, world in fresh.items()}, rounds=2)
    for name, rate in found.items():
        print(line(name, rate, "references/s"))


if __name__ == "__main__":
    main()
