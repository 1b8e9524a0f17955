"""Worlds of several families side by side: one network learns and plays them all."""

import tempfile
from pathlib import Path

import numpy as np

import adaptarium

WORLDS = ["Empty-v0", "Bernoulli-v0", "Lights-v0"]  # a grid world, a bandit, a puzzle


def main(num_envs: int = 96, steps: int = 400_000, episodes: int = 50) -> None:
    """Play them at random, then train on all of them at once and evaluate on each."""
    envs = adaptarium.unified(WORLDS, num_envs)  # a Gymnasium VectorEnv
    envs.reset(seed=0)
    random = np.random.default_rng(0)
    for _ in range(10):
        masks = envs.action_masks()  # (num_envs, actions): those of the slot's own family
        envs.step(np.array([random.choice(np.flatnonzero(mask)) for mask in masks]))
    print(f"{len(envs.single_observation_space)} parts, {masks.shape[1]} actions")
    envs.close()

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        plan = {"steps": steps, "num_envs": num_envs, "out": run}
        hyper = {"n_steps": 32, "batch_size": 1_024}
        adaptarium.train(WORLDS, algo="fast-ppo", hyperparameters=hyper, **plan)
        agents, out = ["random", str(run)], Path(folder) / "results"
        for row in adaptarium.evaluate(WORLDS, agents, episodes=episodes, out=out):
            score = row["score"]
            told = f"{score['score']:.2f} [{score['low']:.2f}, {score['high']:.2f}]"
            print(f"{row['world']:<14} {Path(row['agent']).name:<8} {told}")


if __name__ == "__main__":
    main()
