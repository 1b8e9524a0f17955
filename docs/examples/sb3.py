"""PPO of Stable-Baselines3 on the native batch; ``adaptarium train`` does it with checkpoints."""

from __future__ import annotations

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

import adaptarium
from adaptarium.agents.rl.sb3 import BatchVecEnv


def main(steps: int = 50_000, episodes: int = 100) -> None:
    """Train on levels of the train split, then play levels of the test split."""
    torch.set_num_threads(1)  # so small a network is slower on more
    training = BatchVecEnv([adaptarium.world("Empty-v0", split="train")], num_envs=64)
    model = PPO("MlpPolicy", training, n_steps=32, batch_size=512, n_epochs=4, seed=0)
    model.learn(steps)
    test = BatchVecEnv([adaptarium.world("Empty-v0", split="test")], num_envs=64)
    mean, deviation = evaluate_policy(model, test, n_eval_episodes=episodes)
    print(f"test return {mean:.3f} +- {deviation:.3f}")


if __name__ == "__main__":
    main()
