"""An agent of your own: any object with ``act``, or ``own_agent:WallFollower`` after --agents."""

from __future__ import annotations

import adaptarium

LEFT, RIGHT, FORWARD = range(3)
WALL = 2


class WallFollower:
    """Keeps its right hand on the wall."""

    def act(self, observation, info) -> int:
        """Turn right where the way is free, else go on, else turn left."""
        if info["first"]:
            self.turned = False  # right, in the last step
        tiles = observation["image"][:, :, 0]  # (column, row); the agent is in the middle below
        if tiles[4, 6] != WALL and not self.turned:
            self.turned = True
            return RIGHT
        self.turned = False
        return LEFT if tiles[3, 5] == WALL else FORWARD


def main(episodes: int = 100) -> None:
    """Score it on held-out mazes, between random play and the reference."""
    agents = ["random", WallFollower(), "reference"]
    for row in adaptarium.evaluate("Maze-v0", agents, episodes=episodes, out="results/own_agent"):
        score = row["score"]
        print(f"{row['agent']:<13} {score['score']:.3f} [{score['low']:.3f}, {score['high']:.3f}]")


if __name__ == "__main__":
    main()
