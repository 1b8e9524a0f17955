"""What one GPU does: environment steps with random actions, and training, from end to end.

DoorKey 8x8 with fresh levels. *Random actions*: the worlds' kernels run on the GPU, actions are
drawn there by torch into the batch's own memory, and nothing is copied to the host.
*Training*: ``fast-ppo`` with two hidden layers of 64 units learns on the GPU; it plays on the CPU
today, and each step's observations go to the GPU packed, 64 bytes each.

Needs ``pip install 'adaptarium[train,cuda13]'`` and an NVIDIA GPU, whose name is told; without one
no figure is given.

    python benchmarks/bench_cuda.py [--slots 262144] [--steps 500]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import torch
from timing import line

import adaptarium

WARM = 20  # steps before the clock starts: they compile, and fill the caches
TRAINING = {"n_steps": 64, "batch_size": 65_536}
ROLLOUTS = 8


def random_steps(slots: int, steps: int) -> float:
    """Steps a second with random actions, all on the GPU."""
    from adaptarium.envs.core.cuda_batch import CudaBatch

    world = adaptarium.world("DoorKey-v0", size=8)
    batch = CudaBatch([world], slots, autoreset="same_step", mirror=False)
    batch.reset(seed=0)
    actions = torch.as_tensor(batch.device("actions"), device="cuda")
    step, choices = batch.stepper(), int(batch.action_space.n)

    def play(count: int) -> None:
        for _ in range(count):
            actions.random_(0, choices)
            step()
        torch.cuda.synchronize()

    play(WARM)
    begun = time.perf_counter()
    play(steps)
    return slots * steps / (time.perf_counter() - begun)


def training_steps(slots: int, threads: int) -> float:
    """Steps a second of training, from the making of the run to its last checkpoint."""

    def learn(rollouts: int) -> float:
        steps = rollouts * slots * TRAINING["n_steps"]
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            adaptarium.train(
                "DoorKey-v0",
                overrides={"size": 8},
                algo="fast-ppo",
                steps=steps,
                num_envs=slots,
                out=folder,
                device="cuda",
                log_every=steps,
                hyperparameters=TRAINING,
                num_threads=threads,
            )
            return steps / (time.perf_counter() - begun)

    learn(1)
    return learn(ROLLOUTS)


def main() -> None:
    """Name the GPU, and print both rates."""
    parser = argparse.ArgumentParser(description="Environment steps and training on one GPU.")
    parser.add_argument("--slots", type=int, default=262_144, help="of the random actions")
    parser.add_argument("--steps", type=int, default=500, help="of each slot")
    parser.add_argument("--training-slots", type=int, default=8_192)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA GPU that torch can use: there is nothing to measure here")
        return
    print(torch.cuda.get_device_name())
    rate = random_steps(chosen.slots, chosen.steps)
    print(line("random actions", rate, "steps/s", f"{chosen.slots:,} slots"))
    rate = training_steps(chosen.training_slots, chosen.threads)
    print(line("fast-ppo", rate, "steps/s", f"{chosen.training_slots:,} slots"))


if __name__ == "__main__":
    main()
