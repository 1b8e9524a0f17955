"""Ice-sliding puzzles: a frozen floor with rocks, on which a step slides until something stops it.

A move ends at a rock, at the wall or on the goal; levels are drawn until the goal takes at least
so many moves. The puzzle of the ice caves of "Pokémon Gold and Silver" (Game Freak, 1999); that it
asks for search is in E. Demaine, M. Demaine and J. O'Rourke, "PushPush is NP-hard", 2000.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import ICE_CELL, WALL_CELL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import landing, way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import goal_at, put, start_at, walled
from adaptarium.generators.grid.purposes import G_AGENT, G_GOAL, G_HEADING, G_ROCK

TURNS = 8  # floors that one attempt lays at most, so that difficulty has levels to choose from
CELLS = 1024  # draws of one floor


class IceMazeKnobs(Knobs):
    """Knobs of ``ice_maze``. Difficulty prefers goals that take more moves."""

    size: int = Field(11, ge=6, le=32, description="Side of the map in cells, walls included.")
    rocks: float = Field(0.12, ge=0.08, le=0.25, description="Share of the floor that is rock.")
    moves: int = Field(
        4, ge=1, le=10, description="Least number of moves to the goal, at most the size less two."
    )

    @model_validator(mode="after")
    def _room_for_moves(self) -> IceMazeKnobs:
        if self.moves > self.size - 2:
            raise ValueError(
                f"moves = {self.moves}: expected at most {self.size - 2} on a map of {self.size}"
            )
        return self


@kernel
def slide_everywhere(w, i, k, start):
    """Mark every cell on which a slide from ``start`` can end with the fewest moves to it.

    Returns how many there are, the start included; ``scratch.queue`` lists them, nearest first.
    """
    queue, marks = w.scratch.queue, w.scratch.marks
    for j in range(w.levels.map[k].height * w.levels.map[k].width):
        marks[i, j] = -1
    queue[i, 0] = start
    marks[i, start] = 0
    head, tail = 0, 1
    while head < tail:
        at = int(queue[i, head])
        head += 1
        for heading in range(4):
            to = landing(w, k, at, heading, -1)
            if to >= 0 and marks[i, to] < 0:
                marks[i, to] = marks[i, at] + 1
                queue[i, tail] = to
                tail += 1
    return tail


@kernel
def lay(w, i, k, size, turn):
    """Scatter rocks over the ice and start the agent on it; its cell, or -1 on a rock."""
    walled(w, k, size, size, 4 * size * size)
    for y in range(1, size - 1):
        for x in range(1, size - 1):
            rock = level_unit(w, i, G_ROCK, turn * CELLS + y * size + x) < w.knobs[i].rocks
            put(w, k, x, y, WALL_CELL if rock else ICE_CELL)
    place = level_below(w, i, G_AGENT, turn, (size - 2) * (size - 2))
    start = (1 + place // (size - 2)) * size + 1 + place % (size - 2)
    start_at(w, k, start, level_below(w, i, G_HEADING, turn, 4))
    return start if int(w.levels.cells[k, start]) == ICE_CELL else -1


@kernel
def generate(w, i, k):
    """Put the goal where a slide ends after enough moves, on the first floor of a few that has one.

    A slide stops on the goal, which may open a shorter way: such a floor is laid anew.
    """
    size, moves = w.knobs[i].height, w.knobs[i].moves
    for turn in range(TURNS):
        start = lay(w, i, k, size, turn)
        if start < 0:
            continue
        ends = slide_everywhere(w, i, k, start)
        first = 0
        while first < ends and w.scratch.marks[i, w.scratch.queue[i, first]] < moves:
            first += 1
        if first == ends:
            continue
        drawn = level_below(w, i, G_GOAL, turn, ends - first)
        goal_at(w, k, int(w.scratch.queue[i, first + drawn]))
        if way_to_goal(w, i, k) >= moves:
            return True
    return False


ICE_MAZE = Generator(
    name="ice_maze",
    knobs=IceMazeKnobs,
    needs=square_map,
    kernel=generate,
    measure=way_to_goal,
)
