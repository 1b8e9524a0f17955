"""What interface shifts cost: steps a second of a native batch, bare and under each wrapper.

Run it with ``make bench``, or ``python benchmarks/bench_wrappers.py [rounds]``. Bare and wrapped
batch take turns in short rounds, so that other work on the machine falls on both; the share is
that of the median times of a single step, which interruptions hardly touch. A wrapper may cost as
much again as the batch itself: at least 0.50.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import gymnasium as gym
import numpy as np

import adaptarium  # noqa: F401  registers the worlds
from adaptarium.wrappers.interface import wrap

NUM_ENVS = 1024
STEPS = 30
"""Steps of a round."""

KINDS: dict[str, dict[str, Any]] = {
    "observation.noise": {"sigma": 1.0},
    "observation.dropout": {"rate": 0.2},
    "observation.occlusion": {"share": 0.3},
    "observation.permutation": {},
    "observation.quantise": {"levels": 4, "entries": ["image"]},
    "observation.scale": {"factor": 1.5},
    "observation.delay": {"steps": 4},
    "action.remap": {},
    "action.noise": {"rate": 0.2},
    "action.delay": {"steps": 4},
    "action.sticky": {"rate": 0.25},
    "action.disable": {"actions": [1]},
    "reward.scale": {"factor": 2.0},
    "reward.sign": {},
    "reward.delay": {"steps": 10},
    "reward.sparse": {"every": 10},
    "reward.noise": {"sigma": 0.1},
    "reward.shaping": {"weight": 0.1, "entry": "image"},
    "judge.noisy": {},
    "judge.biased": {},
    "judge.delayed": {},
    "judge.hindsight": {},
    "judge.pairwise": {"segment": 10},
    "judge.one_sided": {},
    "signal": {},
}
SCHEDULES: dict[str, dict[str, Any]] = {
    "in full": {"kind": "step", "at": 0},
    "drifting": {"kind": "linear", "stop": 1_000_000},
    "apart": {"kind": "walk", "levels": 10},  # slots at different positions, new at every step
}


def shifted(env: Any, kind: str, when: dict[str, Any]) -> Any:
    """The batch under one kind of shift."""
    shift = {"name": "shift", "what": {"kind": kind, **KINDS[kind]}, "when": when}
    return wrap(env, {"schema": "adaptarium-shift/1", "shift": [shift]})


def times(env: Any, actions: Any) -> list[float]:
    """Seconds of each step under the actions."""
    found = []
    for action in actions:
        start = time.perf_counter()
        env.step(action)
        found.append(time.perf_counter() - start)
    return found


def share(bare: Any, wrapped: Any, actions: Any, rounds: int) -> float:
    """Share of the bare batch's steps a second that the wrapped one keeps."""
    taken: dict[Any, list[float]] = {bare: [], wrapped: []}
    for env in taken:
        env.reset(seed=0)
        times(env, actions)
    for _ in range(rounds):
        for env, found in taken.items():
            found += times(env, actions)
    return statistics.median(taken[bare]) / statistics.median(taken[wrapped])


def main(rounds: int = 20) -> None:
    """Print the table."""
    bare = gym.make_vec("adaptarium/DoorKey-v0", NUM_ENVS)
    rng = np.random.default_rng(0)
    actions = rng.integers(0, bare.single_action_space.n, (STEPS, NUM_ENVS))
    worst = 1.0
    print(f"share of the bare batch's steps a second kept, {NUM_ENVS} x DoorKey-v0")
    print(f"{'kind':<28}" + "".join(f"{name:>12}" for name in SCHEDULES))
    for kind in KINDS:
        found = []
        for when in SCHEDULES.values():
            env = shifted(gym.make_vec("adaptarium/DoorKey-v0", NUM_ENVS), kind, when)
            found.append(share(bare, env, actions, rounds))
            env.close()
        worst = min(worst, *found)
        print(f"{kind:<28}" + "".join(f"{one:>12.2f}" for one in found), flush=True)
    bare.reset(seed=0)
    step = statistics.median(t for _ in range(rounds) for t in times(bare, actions))
    print(f"bare batch: {NUM_ENVS / step:,.0f} steps/s; least share {worst:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
