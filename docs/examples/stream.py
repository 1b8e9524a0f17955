"""Five worlds learnt one after the other; ``adaptarium evaluate --stream stream.toml`` does it all.

Here in small: fewer steps, no experts. What is learnt is partly lost again: the report shows it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import adaptarium

FILE = Path(__file__).parent / "stream.toml"


def main(share: int = 8, episodes: int = 20) -> None:
    """Run an n-th of the stream with PPO, and play it at random for comparison."""
    stream = tomllib.loads(FILE.read_text(encoding="utf-8"))
    stream |= {"episodes": episodes, "experts": False}
    stream["evaluate_every"] //= share
    for block in stream["block"]:
        block["steps"] //= share
    for row in adaptarium.evaluate(stream=stream, agents=["ppo", "random"], out="results/stream"):
        print(
            f"{row['learner']:<7} {row['task']:<6} score {row['score']:.3f} after {row['step']:,}"
        )


if __name__ == "__main__":
    main()
