"""Pursuers and evaders around a block of walls, as PettingZoo's ``sisl/pursuit`` has one."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.codes import BALL, RED, pack
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.paint import scatter, seat_team, wall_row, walled
from adaptarium.generators.grid.purposes import G_OBSTACLE

_EVADER = pack(BALL, RED)


class PursuitKnobs(Knobs):
    """Knobs of ``pursuit``. Difficulty prefers evaders far from the pursuers."""

    size: int = Field(10, ge=5, le=64, description="Side of the map in cells, walls included.")
    players: int = Field(4, ge=1, le=32, description="How many agents pursue.")
    evaders: int = Field(2, ge=1, le=32, description="How many evaders there are.")

    @model_validator(mode="after")
    def _fits(self) -> PursuitKnobs:
        room = ((self.size - 2) ** 2 - (self.size // 4) ** 2) // 2
        if self.players + self.evaders > room:
            raise ValueError(
                f"players + evaders = {self.players + self.evaders}: a map of size {self.size} has "
                f"room for {room}"
            )
        return self


@kernel
def generate(w, i, k):
    """The block in the middle, then evaders and pursuers anywhere."""
    size, grid = w.knobs[i].height, w.levels.map[k]
    block = size // 4
    walled(w, k, size, size, 20 * size)
    for row in range(block):
        wall_row(w, k, (size - block) // 2 + row, (size - block) // 2, (size + block) // 2 - 1)
    for m in range(w.knobs[i].count):
        at = scatter(w, i, k, G_OBSTACLE, m, _EVADER)
        w.levels.obstacles[k, m].x = at % size
        w.levels.obstacles[k, m].y = at // size
        grid.num_obstacles += 1
    return seat_team(w, i, k, 0, size)


@kernel
def measure(w, i, k):
    """Steps between pursuers and evaders, all together."""
    grid, total = w.levels.map[k], 0
    for m in range(grid.num_obstacles):
        point = w.levels.obstacles[k, m]
        for a in range(grid.num_agents):
            start = w.levels.agents[k, a]
            total += abs(start.x - point.x) + abs(start.y - point.y)
    return total


def _distinct(knobs: PursuitKnobs) -> int | None:
    """Places of the evaders, which differ by their number, places and headings of the players."""
    free = (knobs.size - 2) ** 2 - (knobs.size // 4) ** 2
    count = math.perm(free, knobs.evaders + knobs.players) * 4**knobs.players
    return count if count < 10_000 else None


PURSUIT = Generator(
    name="pursuit",
    knobs=PursuitKnobs,
    needs=lambda knobs: {
        "height": knobs.size,
        "width": knobs.size,
        "agents": knobs.players,
        "obstacles": knobs.evaders,
    },
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
