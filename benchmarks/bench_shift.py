"""What physics shifts cost: a batch of 1,024 that follows a plan, and the bare batch.

Both play the same actions in the same process, in rounds that take turns; what is compared is CPU
time on one core, and the cost is the median over the rounds' ratios, with their quartiles. The
first row compares two bare batches: it tells how far figures are off by chance. The factor
that shifts has no effect in this world: one with an effect would make it play other episodes, which
take another time.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

import adaptarium

NUM_ENVS, STEPS, ROUNDS = 1024, 256, 15
SLICES = 8
"""Both take turns so often in a round, so that other work on the machine falls on both."""
WORLD = "DoorKey-v0"
SCHEDULES: dict[str, dict[str, Any] | None] = {
    "none (another bare batch)": None,
    "step": {"kind": "step", "at": 500},
    "periodic, every 50 steps": {"kind": "periodic", "period": 100},
    "walk, every=10": {"kind": "walk", "every": 10, "levels": 10},
    "sine, 64 changes in 200 steps": {"kind": "periodic", "period": 200, "shape": "sine"},
    "walk, every=1": {"kind": "walk", "every": 1, "levels": 10},
    "markov, every=1": {"kind": "markov", "states": 4, "stay": 0.5},
    "recurring, every=1": {"kind": "recurring", "duration": 5},
}


def make(schedule: dict[str, Any] | None) -> Any:
    """A native vector environment, shifted by ``schedule`` where there is one."""
    if schedule is None:
        env = adaptarium.vec(WORLD, NUM_ENVS, autoreset_mode="SameStep", copy=False)
    else:
        # Energy is unlimited in this world: the rules change, what is played does not.
        what = {"kind": "factors", "to": {"transition.energy_drain": 1000}}
        plan = {"schema": "adaptarium-shift/1"}
        plan["shift"] = [{"name": "drain", "what": what, "when": schedule}]  # type: ignore[assignment]
        env = adaptarium.shifted(
            WORLD, plan, num_envs=NUM_ENVS, autoreset_mode="SameStep", copy=False
        )
    env.reset(seed=0)
    return env


def seconds(env: Any, actions: Any) -> tuple[float, float]:
    """Seconds of the steps of the batch alone, and of the whole vector environment."""
    started = time.process_time()
    for each in actions:
        env.batch.w.actions[:, 0] = each
        env.batch.step()
    middle = time.process_time()
    for each in actions:
        env.step(each)
    return middle - started, time.process_time() - middle


def _told(ratios: tuple[float, ...]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle - 1:+6.1%} [{low - 1:+6.1%}, {high - 1:+6.1%}]"


def main() -> None:
    """Print the cost of every schedule."""
    actions = np.random.default_rng(0).integers(0, 7, (STEPS, NUM_ENVS))
    bare = make(None)
    print(f"{WORLD}, {NUM_ENVS} slots, {ROUNDS} rounds of {STEPS} steps; one core")
    for name, schedule in SCHEDULES.items():
        shifted = make(schedule)
        seconds(shifted, actions), seconds(bare, actions)
        ratios: list[tuple[float, float]] = []
        for turn in range(ROUNDS):
            pair = (shifted, bare) if turn % 2 else (bare, shifted)
            taken = {id(env): np.zeros(2) for env in pair}
            for slice_ in np.split(actions, SLICES):
                for env in pair:
                    taken[id(env)] += seconds(env, slice_)
            ratio = taken[id(shifted)] / taken[id(bare)]
            ratios.append((float(ratio[0]), float(ratio[1])))
        batch, face = (_told(part) for part in zip(*ratios, strict=True))
        print(f"{name:32} batch {batch}   vector environment with infos {face}")
        shifted.close()


if __name__ == "__main__":
    main()
