"""Steps, levels and references a second on one core, beside MiniGrid on the same task.

DoorKey 8x8 with MiniGrid's 7x7x3 occluded view on both sides. Run it with ``make bench`` on a quiet
machine; ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable

import gymnasium as gym
import minigrid  # noqa: F401 (registers its environments)
import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 200


def single(env_id: str, steps: int) -> Callable[[], int]:
    """Random steps of one environment through ``gym.make``, episodes begun anew as they end."""
    env = gym.make(env_id)
    actions = np.random.default_rng(0).integers(0, 7, steps).tolist()
    env.reset(seed=0)

    def work() -> int:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return steps

    return work


def batch(worlds: list[World], threads: int = 1) -> Callable[[], int]:
    """Random steps of a native batch: fresh levels, same-step autoreset, all outputs written."""
    slots = Batch(worlds, SLOTS, autoreset="same_step", num_threads=threads)
    slots.reset(seed=0)
    actions = np.random.default_rng(0).integers(0, 7, (STEPS, SLOTS, 1)).astype(np.int32)

    def work() -> int:
        for row in actions:
            slots.w.actions[:] = row
            slots.step()
        return STEPS * SLOTS

    return work


def different_worlds(count: int) -> list[World]:
    """``count`` different worlds of the grid family, no two with the same factors."""
    rng = np.random.default_rng(0)
    base = load_world("DoorKey-v0")
    return [
        base.override(
            **{
                "transition.slip": float(rng.uniform(0, 0.5)) if k % 2 else 0.0,
                "transition.wind": float(rng.uniform(0, 0.2)) if k % 4 == 0 else 0.0,
                "transition.energy": int(rng.integers(100, 500)) if k % 3 == 0 else 0,
                "observation.occlusion": k % 5 != 0,
                "reward.step_cost": float(rng.uniform(0, 0.01)),
                "reward.goal": 1.0 + k / count,
            }
        )
        for k in range(count)
    ]


def generation(world: World) -> Callable[[], int]:
    """Levels generated and structurally checked, content hash and split included."""
    slots = Batch([world], SLOTS)
    seeds = np.arange(SLOTS, dtype=np.int64)
    rounds = iter(range(10**9))

    def work() -> int:
        for _ in range(50):
            slots.generate(seeds + SLOTS * next(rounds))
        return 50 * SLOTS

    return work


def searches(world: World, levels: int) -> dict[str, Callable[[], int]]:
    """Exact references: search on the kernel, and the family's fast solver."""
    from adaptarium.envs.grid.fast_doorkey import solve_levels
    from adaptarium.envs.grid.reference import solve_many

    few, many = generate_levels(world, 0, levels), generate_levels(world, 0, 20 * levels)

    def by_search() -> int:
        solve_many(world, few, range(levels))
        return levels

    def by_fast_solver() -> int:
        solve_levels(world, many, range(20 * levels))
        return 20 * levels

    return {"search on the kernel": by_search, "DoorKey's fast solver": by_fast_solver}


def main() -> None:
    """Print the table."""
    world = load_world("DoorKey-v0")
    steps = best_rates(
        {
            "minigrid, single": single("MiniGrid-DoorKey-8x8-v0", 2_000),
            "adaptarium, single through gym.make": single("adaptarium/DoorKey-v0", 20_000),
            "batch of 1,024": batch([world]),
            "batch of 1,024, 64 different worlds": batch(different_worlds(64)),
            "batch of 1,024, two threads": batch([world], threads=2),
        }
    )
    base = steps["minigrid, single"]
    for name, rate in steps.items():
        print(line(name, rate, "steps/s", f"{rate / base:,.1f}x minigrid"))
    one = steps["batch of 1,024"]
    mixed = steps["batch of 1,024, 64 different worlds"] / one
    threads = steps["batch of 1,024, two threads"] / one
    print(
        f"64 different worlds run at {mixed:.0%} of one; two threads at {threads:.2f}x one thread"
    )
    made = best_rates({"DoorKey 8x8 levels": generation(world)})
    for name, rate in made.items():
        print(line(name, rate, "levels/s"))
    for name, rate in best_rates(searches(world, 200), rounds=3).items():
        print(line(name, rate, "levels/s"))


if __name__ == "__main__":
    main()
