"""A world of your own: rules and a level in a TOML file, on every face at once."""

from __future__ import annotations

from pathlib import Path

import adaptarium


def main() -> None:
    """Solve the level, then evaluate on it and on a variant in which steps slip."""
    world = adaptarium.World.load(Path(__file__).with_name("own_world.toml"))
    text = world.text()
    print(text.reset(seed=0))
    for shift in (None, {"transition.slip": 0.2}):
        rows = adaptarium.evaluate(
            world, ["random", "reference"], shift=shift, episodes=50, out="results/own_world"
        )
        for row in rows:
            score = row["score"]
            print(f"{row['agent']:<10} {shift}: return {score['mean_return']:.2f}")


if __name__ == "__main__":
    main()
