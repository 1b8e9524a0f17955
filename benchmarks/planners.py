"""How often Monte Carlo tree search reaches the exact reference, and how long a move takes.

``python benchmarks/planners.py --levels 200`` plays unseen levels of each world with the default
settings (200 simulations a move); ``--json`` prints the table as data. Returns are compared as they
are.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import adaptarium
from adaptarium.agents.planners.mcts import MCTSAgent
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.envs.core.world import World
from adaptarium.evaluation.playing import play_episodes

# A maze of size 7 is 5x5 within its walls, the smallest there is.
WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "FrozenLake 4x4": ("FrozenLake-v0", {"size": 4, "transition.slip": 0.0}),
    "FrozenLake 8x8": ("FrozenLake-v0", {"size": 8, "transition.slip": 0.0}),
    "Maze 5x5": ("Maze-v0", {"size": 7, "split": "test"}),
    "DoorKey 5x5": ("DoorKey-v0", {"size": 5, "split": "test"}),
}


def measured(world: World, levels: int, simulations: int) -> dict[str, Any]:
    """How the planner does on the first levels of a world."""
    best = play_episodes(world, ReferenceAgent(), range(levels))
    begun = time.perf_counter()
    found = play_episodes(world, MCTSAgent(simulations=simulations), range(levels))
    seconds = time.perf_counter() - begun
    pairs = list(zip(best, found, strict=True))
    return {
        "episodes": levels,
        "distinct": len({one.level_hash for one in best}),
        "reached": sum(abs(a.episode_return - b.episode_return) < 1e-9 for a, b in pairs) / levels,
        "solved": sum(one.solved for one in found) / levels,
        "of_reference": sum(b.episode_return for _, b in pairs)
        / sum(a.episode_return for a, _ in pairs),
        "ms_per_move": 1e3 * seconds / sum(one.length for one in found),
    }


def main() -> None:
    """Print one row a world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, default=200)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    for name, (world, changes) in WORLDS.items():
        print(f"{name} ...", file=sys.stderr)
        row = measured(adaptarium.world(world, **changes), asked.levels, asked.simulations)
        rows.append({"world": name, **row})
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'world':<16}{'reached':>9}{'solved':>9}{'return / reference':>20}{'ms/move':>9}")
    for row in rows:
        told = f"{row['reached']:>9.1%}{row['solved']:>9.1%}{row['of_reference']:>20.4f}"
        print(f"{row['world']:<16}{told}{row['ms_per_move']:>9.1f}")


if __name__ == "__main__":
    main()
