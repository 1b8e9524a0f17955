"""What a memory is worth in a dark room: the return of each inner episode, with a GRU and without.

A trial of ``Darkroom-v0`` is several tries at one room whose goal stays where it is, hidden. Who
remembers where it was found goes there straight in the next try; who does not has to search again.
Both learners are ``fast-ppo`` with the same hyper-parameters but ``memory``; they learn on the
levels of the split ``train`` and are judged on those of ``test``. Told are the mean returns of the
inner episodes, and how much more the third one gives than the first, with 95 % intervals by
bootstrap over training seeds.

    OMP_NUM_THREADS=1 python benchmarks/inner_episodes.py [--seeds 5] [--steps 1200000] [--size 5]
"""

from __future__ import annotations

import argparse
import tempfile
from typing import Any

import numpy as np
from meta_exploration import TRIALS, Trials
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core.world import World
from adaptarium.evaluation.statistics import bootstrap_interval, mean

INNER = 4
LEARNERS = {"recurrent": 64, "feed-forward": 0}  # width of the memory
HYPER: dict[str, Any] = {
    "layers": [64],
    "learning_rate": 0.002,
    "ent_coef": 0.005,
    "batch_size": 6_144,
}


def room(size: int, split: str) -> World:
    """A dark room and some tries at it."""
    tries = {"episode.inner_episodes": INNER, "episode.max_steps": 2 * size + 2}
    return adaptarium.world("Darkroom-v0", size=size, split=split, **tries)


def returns(size: int, memory: int, steps: int, seed: int) -> list[float]:
    """The mean return of each inner episode, on levels that the learner has not seen."""
    with tempfile.TemporaryDirectory() as folder:
        adaptarium.train(
            room(size, "train"),
            algo="fast-ppo",
            steps=steps,
            num_envs=512,
            seed=seed,
            out=folder,
            device="cpu",
            log_every=steps,
            hyperparameters={**HYPER, "n_steps": INNER * (2 * size + 2), "memory": memory},
        )
        agent = load_agent(folder)
    first = 10_000_000 + seed * TRIALS
    trials = Trials(room(size, "test"), agent, INNER * (2 * size + 2), first)
    return [float(trials.rewards.sum(where=trials.inner == k)) / TRIALS for k in range(INNER)]


def told(values: NDArray[np.float64]) -> str:
    """The mean over the seeds with its interval."""
    found = bootstrap_interval(values.reshape(-1, 1), mean)
    return f"{found.value:6.3f} [{found.low:6.3f}, {found.high:6.3f}]"


def main() -> None:
    """Train, play and print."""
    parser = argparse.ArgumentParser(description="The worth of a memory in a dark room.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1_200_000, help="of every learner")
    parser.add_argument("--size", type=int, default=5, help="side of the room")
    chosen = parser.parse_args()
    columns = [f"inner episode {k + 1}" for k in range(INNER)]
    print(f"{'':14}" + "".join(f"{name:>26}" for name in [*columns, "third less first"]))
    for name, memory in LEARNERS.items():
        rows = np.array(
            [returns(chosen.size, memory, chosen.steps, seed) for seed in range(chosen.seeds)]
        )
        cells = [*rows.T, rows[:, 2] - rows[:, 0]]
        print(f"{name:14}" + "".join(f"{told(cell):>26}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
