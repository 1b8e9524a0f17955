"""What a memory is worth in a dark room: the return of each inner episode, with a GRU and without.

A trial of ``Darkroom-v0`` is several tries at one room whose goal stays where it is, hidden. Who
remembers where it was found goes there straight in the next try; who does not has to search again.
Both learners are ``fast-ppo`` with the same hyper-parameters but ``memory``; they learn on the
levels of the split ``train`` and are judged on those of ``test``. Told are the mean returns of the
inner episodes, and how much more the third one gives than the first, with 95 % intervals by
bootstrap over training seeds.

``--room registered`` is the world as it is, ten tries at a room of 9x9. There later tries count
nothing in an earlier one (``credit``): what is remembered pays in its own try, and the return of
the rest of the trial is too noisy to learn from so soon. ``--room small`` has four tries at 5x5.

    OMP_NUM_THREADS=1 python benchmarks/inner_episodes.py [--room small] [--seeds 5]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from meta_exploration import TRIALS, Trials
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core.world import World
from adaptarium.evaluation.statistics import bootstrap_interval, mean

LEARNERS = {"recurrent": 64, "feed-forward": 0}  # width of the memory
SHARED: dict[str, Any] = {"layers": [64], "learning_rate": 0.002}


@dataclass(frozen=True)
class Room:
    """A room, and how both learners learn in it."""

    size: int
    inner: int  # episodes of a trial
    steps: int
    num_envs: int
    hyper: Mapping[str, Any]

    @property
    def longest(self) -> int:
        """Steps of the longest trial."""
        return self.inner * (2 * self.size + 2)

    def world(self, split: str) -> World:
        """The levels of a split."""
        tries = {"episode.inner_episodes": self.inner}
        return adaptarium.world("Darkroom-v0", size=self.size, split=split, **tries)


ROOMS = {
    "small": Room(5, 4, 1_200_000, 512, {"n_steps": 48, "batch_size": 6_144, "ent_coef": 0.005}),
    "registered": Room(
        9,
        10,
        2_048_000,
        256,
        {
            "n_steps": 100,
            "batch_size": 3_200,
            "ent_coef": 0.003,
            "credit": 0.0,
            "gae_lambda": 0.9,
        },
    ),
}


def returns(room: Room, memory: int, seed: int) -> list[float]:
    """The mean return of each inner episode, on levels that the learner has not seen."""
    with tempfile.TemporaryDirectory() as folder:
        adaptarium.train(
            room.world("train"),
            algo="fast-ppo",
            steps=room.steps,
            num_envs=room.num_envs,
            seed=seed,
            out=folder,
            device="cpu",
            log_every=room.steps,
            hyperparameters={**SHARED, **room.hyper, "memory": memory},
        )
        agent = load_agent(folder)
    trials = Trials(room.world("test"), agent, room.longest, 10_000_000 + seed * TRIALS)
    return [float(trials.rewards.sum(where=trials.inner == k)) / TRIALS for k in range(room.inner)]


def told(values: NDArray[np.float64]) -> str:
    """The mean over the seeds with its interval."""
    found = bootstrap_interval(values.reshape(-1, 1), mean)
    return f"{found.value:6.3f} [{found.low:6.3f}, {found.high:6.3f}]"


def main() -> None:
    """Train, play and print."""
    parser = argparse.ArgumentParser(description="The worth of a memory in a dark room.")
    parser.add_argument("--room", choices=ROOMS, default="registered")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    room = ROOMS[chosen.room]
    for name, memory in LEARNERS.items():
        rows = np.array([returns(room, memory, seed) for seed in range(chosen.seeds)])
        print(name)
        for k, column in enumerate(rows.T):
            print(f"  inner episode {k + 1:2} {told(column)}")
        print(f"  third less first {told(rows[:, 2] - rows[:, 0])}", flush=True)


if __name__ == "__main__":
    main()
