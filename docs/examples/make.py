"""One environment, played in Gymnasium's own loop."""

from __future__ import annotations

import gymnasium as gym

import adaptarium  # noqa: F401  (registers the worlds)


def main(episodes: int = 5) -> None:
    """Play random episodes; the seed decides the level and every draw."""
    env = gym.make("adaptarium/Empty-v0", size=6, **{"transition.slip": 0.1})
    env.action_space.seed(0)
    for seed in range(episodes):
        _, info = env.reset(seed=seed)
        print(f"seed {seed}: {info['text']}")
        steps, total, over = 0, 0.0, False
        while not over:
            _, reward, terminated, truncated, info = env.step(env.action_space.sample())
            steps, total, over = steps + 1, total + reward, terminated or truncated
        print(
            f"  {'solved' if terminated else 'out of time'} after {steps} steps, return {total:.3f}"
        )
    env.close()


if __name__ == "__main__":
    main()
