"""Self-play in PettingZoo: one Q-table plays every seat and learns from all of them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pettingzoo

import adaptarium  # noqa: F401  (registers the worlds)


def main(episodes: int = 3000) -> None:
    """Learn one small foraging level; the team's return rises to 1."""
    env = pettingzoo.make("parallel", "adaptarium/Foraging-v0", size=5, food=1, num_levels=1)
    rng = np.random.default_rng(0)
    table = defaultdict(lambda: np.zeros(env.action_space("player_0").n))
    returns = np.zeros(episodes)
    for episode in range(episodes):
        observations, _ = env.reset(seed=episode)
        while env.agents:
            rows = {name: table[seen["image"].tobytes()] for name, seen in observations.items()}
            greedy = rng.random(len(rows)) < 1.5 * episode / episodes
            actions = {
                name: int(row.argmax() if choose else rng.integers(row.size))
                for (name, row), choose in zip(rows.items(), greedy, strict=True)
            }
            observations, rewards, terminated, _, _ = env.step(actions)
            for name, row in rows.items():
                future = 0.95 * table[observations[name]["image"].tobytes()].max()
                target = rewards[name] + (0.0 if terminated[name] else future)
                row[actions[name]] += 0.2 * (target - row[actions[name]])
            returns[episode] += sum(rewards.values())
    for part in np.array_split(returns, 5):
        print(f"team return {part.mean():.2f}")


if __name__ == "__main__":
    main()
