"""Stable-Baselines3 PPO on our native batch and on MiniGrid, with the same hyper-parameters.

64 environments, 128 steps, batch 256, 4 epochs, MlpPolicy on the flattened 7x7x3 view, one thread.
The ceiling is the same learner on an environment that costs nothing: what is left is the learner's
own time.
"""

from __future__ import annotations

import time
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401 (registers its environments)
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv
from timing import line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world

NUM_ENVS, N_STEPS = 64, 128
VIEW = gym.spaces.Box(0, 15, (147,), np.uint8)


class Flattened(gym.ObservationWrapper[Any, Any, Any]):
    """MiniGrid's view as one flat vector."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.observation_space = VIEW

    def observation(self, observation: Any) -> Any:
        """The image, flattened."""
        return observation["image"].reshape(-1)


class NativeVec(VecEnv):
    """Our batch as an SB3 VecEnv that hands out the same flat view."""

    def __init__(self) -> None:
        self.batch = Batch([load_world("DoorKey-v0")], NUM_ENVS, autoreset="same_step")
        self.flat = self.batch.obs["image"].reshape(NUM_ENVS, -1)
        self.final = self.batch.final_obs["image"].reshape(NUM_ENVS, -1)
        self.infos: list[dict[str, Any]] = [{} for _ in range(NUM_ENVS)]
        super().__init__(NUM_ENVS, VIEW, gym.spaces.Discrete(7))

    def reset(self) -> Any:
        """Begin all episodes."""
        self.batch.reset(seed=0)
        return self.flat.copy()

    def step_async(self, actions: Any) -> None:
        """Note the actions."""
        self.batch.w.actions[:, 0] = actions

    def step_wait(self) -> Any:
        """Step all slots."""
        self.batch.step()
        w = self.batch.w
        done = (w.terminated | w.truncated)[:, 0]
        infos = self.infos
        if done.any():
            infos = [dict(info) for info in infos]
            for i in np.flatnonzero(done):
                infos[i]["terminal_observation"] = self.final[i].copy()
                infos[i]["TimeLimit.truncated"] = bool(w.truncated[i, 0] & ~w.terminated[i, 0])
        return self.flat.copy(), w.reward[:, 0].astype(np.float32), done, infos

    def close(self) -> None:
        """Nothing to close."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """SB3 asks for the render mode."""
        return [None] * NUM_ENVS

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Not used by PPO."""

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """Not used by PPO."""

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No slot is wrapped."""
        return [False] * NUM_ENVS


class FreeVec(NativeVec):
    """An environment that costs nothing."""

    def step_wait(self) -> Any:
        """Hand out constants."""
        zeros = np.zeros(NUM_ENVS, np.float32)
        return self.flat, zeros, zeros.astype(np.bool_), self.infos


def rate(env: VecEnv, updates: int) -> float:
    """Environment steps a second of PPO over ``updates`` rollouts and updates."""
    model = PPO("MlpPolicy", env, n_steps=N_STEPS, batch_size=256, n_epochs=4, seed=0, device="cpu")
    model.learn(NUM_ENVS * N_STEPS)
    steps = NUM_ENVS * N_STEPS * updates
    start = time.perf_counter()
    model.learn(steps)
    return steps / (time.perf_counter() - start)


def main() -> None:
    """Print the rates."""
    torch.set_num_threads(1)
    sides: dict[str, Any] = {
        "SB3 PPO on minigrid": DummyVecEnv(
            [lambda: Flattened(gym.make("MiniGrid-DoorKey-8x8-v0"))] * NUM_ENVS
        ),
        "SB3 PPO on adaptarium": NativeVec(),
        "SB3 PPO on a free environment (ceiling)": FreeVec(),
    }
    best = dict.fromkeys(sides, 0.0)
    for _ in range(3):
        for name, env in sides.items():
            best[name] = max(best[name], rate(env, updates=2))
    base = best["SB3 PPO on minigrid"]
    for name, value in best.items():
        print(line(name, value, "steps/s", f"{value / base:.2f}x minigrid"))


if __name__ == "__main__":
    main()
