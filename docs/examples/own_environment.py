"""An environment of someone else: any Gymnasium id, scored and reported like our worlds."""

from __future__ import annotations

import adaptarium


class Balance:
    """Pushes the cart to where the pole leans and falls."""

    def act(self, observation, info) -> int:
        """Left is 0, right is 1."""
        _, _, angle, speed = observation
        return int(angle + speed > 0)


def main(episodes: int = 20) -> None:
    """Score it between random play and 500, what the best play returns: no return, no score."""
    rows = adaptarium.evaluate(
        "gym:CartPole-v1",  # a PettingZoo module goes by pettingzoo:MODULE
        ["random", Balance()],
        episodes=episodes,
        reference_return=500.0,
        out="results/own_environment",
    )
    for row in rows:
        print(f"{row['agent']:<8} {row['score']['score']:.3f}")
    print(adaptarium.report("results/own_environment"))


if __name__ == "__main__":
    main()
