"""A native batch through Gymnasium, in each of its three autoreset modes."""

from __future__ import annotations

import time

import gymnasium as gym
from gymnasium.vector import AutoresetMode

import adaptarium  # noqa: F401  (registers the worlds)


def main(num_envs: int = 1024, steps: int = 500) -> None:
    """Count the episodes that random play finishes; every mode plays the same ones."""
    for mode in AutoresetMode:
        envs = gym.make_vec(
            "adaptarium/Empty-v0",
            num_envs=num_envs,
            vectorization_mode="vector_entry_point",
            autoreset_mode=mode,
        )
        envs.action_space.seed(0)
        envs.reset(seed=0)
        finished, began = 0, time.perf_counter()
        for _ in range(steps):
            _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
            over = terminated | truncated
            finished += int(over.sum())
            if mode is AutoresetMode.DISABLED and over.any():
                envs.reset(options={"reset_mask": over})
        speed = num_envs * steps / (time.perf_counter() - began)
        print(f"{mode.value}: {finished} episodes, {speed:,.0f} steps/s with sampling")
        envs.close()


if __name__ == "__main__":
    main()
