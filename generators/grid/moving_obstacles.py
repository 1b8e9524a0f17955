"""Dynamic-Obstacles (minigrid 3.2, ``envs/dynamicobstacles.py``): balls wander about a room."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import BALL, BLUE, C_WALKS_INTO, EMPTY_CELL, O_FAILURE, WALL, pack
from adaptarium.envs.grid.missions import M_GET_TO_GOAL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.paint import add_clause, put_goal, scatter, start_at, tell, walled
from adaptarium.generators.grid.purposes import G_AGENT, G_HEADING, G_OBSTACLE

_BALL = pack(BALL, BLUE)


class MovingObstaclesKnobs(Knobs):
    """Knobs of ``moving_obstacles``. Difficulty prefers obstacles near the straight way."""

    size: int = Field(8, ge=5, le=32, description="Side of the map in cells, walls included.")
    obstacles: int = Field(4, ge=1, le=64, description="Balls that move.")
    random_start: bool = Field(
        False, description="The agent starts anywhere; else in the near corner, facing east."
    )

    @model_validator(mode="after")
    def _fits(self) -> MovingObstaclesKnobs:
        most = self.size // 2 + 1
        if self.obstacles > most:
            raise ValueError(
                f"obstacles = {self.obstacles}: a map of size {self.size} takes at most {most}"
            )
        return self


@kernel
def generate(w, i, k):
    """The goal in the far corner, the agent, and balls on other cells."""
    size, grid = w.knobs[i].height, w.levels.map[k]
    walled(w, k, size, size, 4 * size * size)
    put_goal(w, k, size - 2, size - 2)
    at, heading = size + 1, 0
    if w.knobs[i].random_start:
        at = scatter(w, i, k, G_AGENT, 0, EMPTY_CELL)
        heading = level_below(w, i, G_HEADING, 0, 4)
    start_at(w, k, at, heading)
    w.levels.cells[k, at] = WALL  # nothing else is put where the agent starts
    for m in range(w.knobs[i].count):
        ball = scatter(w, i, k, G_OBSTACLE, m, _BALL)
        if ball < 0:
            return False
        w.levels.obstacles[k, m].x = ball % size
        w.levels.obstacles[k, m].y = ball // size
        grid.num_obstacles += 1
    w.levels.cells[k, at] = EMPTY_CELL
    tell(w, k, M_GET_TO_GOAL, 0, 0)
    add_clause(w, k, C_WALKS_INTO, 0, 0, O_FAILURE)
    return True


@kernel
def measure(w, i, k):
    """How near the obstacles stand to the diagonal from corner to corner, the nearer the harder."""
    total = 0
    for m in range(w.levels.map[k].num_obstacles):
        point = w.levels.obstacles[k, m]
        total -= abs(point.x - point.y)
    return total


def _distinct(knobs: MovingObstaclesKnobs) -> int | None:
    """Starts, times the ordered choices of cells for the balls."""
    cells = (knobs.size - 2) ** 2 - 1
    starts = 4 * cells if knobs.random_start else 1
    count = starts * math.perm(cells - 1, knobs.obstacles)
    return count if count < 10_000 else None


MOVING_OBSTACLES = Generator(
    name="moving_obstacles",
    knobs=MovingObstaclesKnobs,
    needs=lambda knobs: {
        "height": knobs.size,
        "width": knobs.size,
        "agents": 1,
        "obstacles": knobs.obstacles,
    },
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
