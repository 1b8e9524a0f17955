"""A world that changes while it is played, and the same for an environment of others."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym

import adaptarium

PLAN = Path(__file__).parent / "shift.toml"
NOISE = {
    "schema": "adaptarium-shift/1",
    "shift": [
        {
            "name": "blurred",
            "what": {"kind": "observation.noise", "sigma": 0.1},
            "when": {"kind": "periodic", "period": 100},
        }
    ],
}


def main(steps: int = 5000) -> None:
    """Play at random; the infos tell where each shift stands."""
    envs = adaptarium.shifted("DoorKey-v0", PLAN, num_envs=16)
    envs.reset(seed=0)
    for step in range(steps):
        *_, infos = envs.step(envs.action_space.sample())
        if step % (steps // 5) == 0:
            print(step, {name: float(infos["shift"][name][0]) for name in ("icy", "mirrored")})
    cart = adaptarium.shifted(gym.make("CartPole-v1"), NOISE)
    cart.reset(seed=0)
    print(cart.step(0)[-1]["shift"])


if __name__ == "__main__":
    main()
