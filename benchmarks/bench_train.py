"""Training speed on DoorKey 8x8: the compact PPO beside Stable-Baselines3, with one network.

All learn with two hidden layers of 64 units each for policy and value (tanh), minibatches of 4,096
steps and 2 epochs over rollouts of 65,536 steps; ours and Stable-Baselines3's on the same native
batch of 1,024 sub-environments and the same inputs, the bits of the view's codes. On MiniGrid
Stable-Baselines3 sees the same view flattened. A rate is environment steps a second from end to
end: playing, learning, and what the library does between them, once all kernels are compiled. All
may use ``--threads`` threads.

Two epochs solve the world in two thirds of the computing time of four. Random play finds next to
nothing in it: with a floor under the advantages' deviation five of five seeds learnt it, without
one of three did not.

After that ours learns until it solves 90 % of 200 levels that it never saw; told is the training
time of the first checkpoint that does. ``--only speed`` and ``--only solve`` do one of the two.

    python benchmarks/bench_train.py [--threads 2] [--only speed]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401 (registers its environments)
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv
from timing import line

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import settings_for
from adaptarium.evaluation.playing import play_episodes

WORLD, NUM_ENVS, ROLLOUT = "DoorKey-v0", 1024, 65_536
SIZES: dict[str, Any] = {"n_steps": ROLLOUT // NUM_ENVS, "batch_size": 4_096, "n_epochs": 2}
ROLLOUTS = 8  # that ours is timed over
MOST_STEPS, ENOUGH, LEVELS = 6_000_000, 0.9, 200


def ours(threads: int) -> float:
    """Steps a second of fast-ppo, from the making of the run to its last checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        learn(folder, ROLLOUT, threads)  # compiles what was not compiled yet
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        learn(folder, ROLLOUTS * ROLLOUT, threads)
        return ROLLOUTS * ROLLOUT / (time.perf_counter() - begun)


def learn(folder: str, steps: int, threads: int) -> dict[str, Any]:
    """Train, or go on, with the sizes of this benchmark."""
    return adaptarium.train(
        WORLD,
        overrides={"size": 8},
        algo="fast-ppo",
        steps=steps,
        num_envs=NUM_ENVS,
        out=folder,
        device="cpu",
        log_every=ROLLOUT,
        hyperparameters={**SIZES, "least_deviation": 0.1},
        num_threads=threads,
    )


def theirs(env: VecEnv, rollouts: int) -> float:
    """Steps a second of PPO of Stable-Baselines3."""
    settings = settings_for("fast-ppo", "grid")
    names = ("learning_rate", "gamma", "gae_lambda", "clip_range", "ent_coef", "vf_coef")
    same = {name: getattr(settings, name) for name in names}
    layers = {"net_arch": [64, 64], "activation_fn": torch.nn.Tanh}
    n_steps = ROLLOUT // env.num_envs
    model = PPO(
        "MlpPolicy",
        env,
        policy_kwargs=layers,
        seed=0,
        device="cpu",
        **{**SIZES, "n_steps": n_steps},
        **same,
    )
    env.reset()  # compiles what was not compiled yet
    begun = time.perf_counter()
    model.learn(rollouts * ROLLOUT)
    env.close()
    return rollouts * ROLLOUT / (time.perf_counter() - begun)


class Flattened(gym.ObservationWrapper[Any, Any, Any]):
    """MiniGrid's view as one flat vector."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.observation_space = gym.spaces.Box(0, 15, (147,), "uint8")

    def observation(self, observation: Any) -> Any:
        """The image, flattened."""
        return observation["image"].reshape(-1)


def on_minigrid() -> VecEnv:
    """MiniGrid's own environments, one after the other in one process."""
    made = [lambda: Flattened(gym.make("MiniGrid-DoorKey-8x8-v0"))] * 64
    return DummyVecEnv(made)


def solved(folder: str) -> float:
    """The share of unseen levels that a run solves."""
    world = adaptarium.world(WORLD, size=8, split="test")
    episodes = play_episodes(world, load_agent(folder), range(LEVELS))
    return sum(bool(episode.solved) for episode in episodes) / LEVELS


def until_solved(threads: int) -> tuple[int, float, float]:
    """Steps, training seconds and share of solved levels of the first run that solves enough."""
    with tempfile.TemporaryDirectory() as folder:
        for steps in range(4 * ROLLOUT, MOST_STEPS, 4 * ROLLOUT):
            counters = learn(folder, steps, threads)["counters"]
            share = solved(folder)
            if share >= ENOUGH:
                break
    return counters["steps"], counters["seconds"], share


def speed(threads: int) -> None:
    """Print the rates."""
    worlds = [adaptarium.world(WORLD, size=8, split="train")]
    native = theirs(BatchVecEnv(worlds, NUM_ENVS, encoding="bits", num_threads=threads), 1)
    slow = theirs(on_minigrid(), 1)
    quick = ours(threads)
    print(line("fast-ppo", quick, "steps/s", f"{quick / native:.1f}x SB3 on the same batch"))
    print(line("SB3 PPO on the same native batch", native, "steps/s"))
    print(line("SB3 PPO on minigrid", slow, "steps/s", f"fast-ppo: {quick / slow:.1f}x"))


def main() -> None:
    """Print the rates, and how long it takes to solve unseen levels."""
    parser = argparse.ArgumentParser(description="Training speed beside Stable-Baselines3.")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=["speed", "solve"], help="half of what there is to tell")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.only != "solve":
        speed(chosen.threads)
    if chosen.only != "speed":
        steps, seconds, share = until_solved(chosen.threads)
        print(f"fast-ppo solves {share:.1%} of {LEVELS} unseen levels ", end="")
        print(f"after {steps:,} steps, {seconds:.0f} s of training")


if __name__ == "__main__":
    main()
