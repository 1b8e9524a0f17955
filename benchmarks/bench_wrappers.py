"""What interface shifts cost: steps a second of a native batch, bare and under each wrapper.

Run it with ``make bench``, or ``python benchmarks/bench_wrappers.py [rounds]``. Bare and wrapped
batch take turns in short rounds, so that other work on the machine falls on both; each is taken
at its best round. A wrapper may cost as much again as the batch itself: at least 0.50.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import gymnasium as gym
import numpy as np

import adaptarium  # noqa: F401  registers the worlds
from adaptarium.wrappers.interface import wrap

NUM_ENVS = 1024
STEPS = 30
"""Steps of a round: short ones find the moments when the machine has nothing else to do."""
LEAST = 0.5

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
}


def shifted(env: Any, kind: str, when: dict[str, Any]) -> Any:
    """The batch under one kind of shift."""
    shift = {"name": "shift", "what": {"kind": kind, **KINDS[kind]}, "when": when}
    return wrap(env, {"schema": "adaptarium-shift/1", "shift": [shift]})


def seconds(env: Any, actions: Any) -> float:
    """Seconds that the environment takes for the actions."""
    start = time.perf_counter()
    for action in actions:
        env.step(action)
    return time.perf_counter() - start


def share(bare: Any, wrapped: Any, actions: Any, rounds: int) -> float:
    """Share of the bare batch's steps a second that the wrapped one keeps."""
    best = {env: float("inf") for env in (bare, wrapped)}
    for env in best:
        env.reset(seed=0)
        seconds(env, actions)
    for _ in range(rounds):
        for env in best:
            best[env] = min(best[env], seconds(env, actions))
    return best[bare] / best[wrapped]


def main(rounds: int = 40) -> int:
    """Print the table; 1 where a wrapper costs too much."""
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
    rate = NUM_ENVS * STEPS / min(seconds(bare, actions) for _ in range(rounds))
    print(f"bare batch: {rate:,.0f} steps/s; least share {worst:.2f}")
    return int(worst < LEAST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
