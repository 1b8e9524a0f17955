"""What the explorer needs to find its way, beside the reference, which sees the map.

It learns nothing beforehand; the levels are of the test split. Prints a table in Markdown.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.agents.scripted.explorer import Explorer
from adaptarium.agents.scripted.reference import ReferenceAgent
from adaptarium.envs.core.world import World, load_world
from adaptarium.evaluation.playing import play_episodes

LEVELS, TRIALS = 50, 30
WORLDS: dict[str, dict[str, Any]] = {
    "maze, compass": {},
    "rooms, compass": {"generator": "rooms"},
    "caves, compass": {"generator": "caves"},
    "maze, position only": {"observation.compass": False, "observation.position": True},
}


def searched(name: str, world: World) -> str:
    """A row: solved, steps of the explorer and of the reference, on levels that both solve."""
    mine = play_episodes(world, Explorer(), range(LEVELS))
    theirs = play_episodes(world, ReferenceAgent(), range(LEVELS))
    both = [(a.length, b.length) for a, b in zip(mine, theirs, strict=True) if a.solved]
    own, best = np.array(both, float).T
    solved = np.mean([one.solved for one in mine])
    cells = f"{solved:.2f} | {own.mean():.0f} | {best.mean():.0f} | {own.sum() / best.sum():.2f}"
    return f"| {name} | {cells} |"


def trials() -> str:
    """Mean steps of each inner episode of HiddenGoal."""
    env, player = load_world("HiddenGoal-v0", split="test").gym(), Explorer()
    rows = []
    for seed in range(TRIALS):
        seen, _ = env.reset(seed=seed)
        over, step, ends = False, 0, [0]
        while not over:
            action = player.act(seen, {"first": step == 0})
            seen, _, terminated, truncated, info = env.step(action)
            step, over = step + 1, terminated or truncated
            if over or "episode" in info:
                ends.append(step)
        rows.append(np.diff(ends))
    return "HiddenGoal-v0, mean steps of the inner episodes: " + ", ".join(
        f"{mean:.0f}" for mean in np.mean(rows, axis=0)
    )


def main() -> None:
    """Print the table."""
    print("| PointMaze-v0 | solved | steps | reference | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name, changes in WORLDS.items():
        print(searched(name, load_world("PointMaze-v0", split="test", **changes)), flush=True)
    print(trials())


if __name__ == "__main__":
    main()
