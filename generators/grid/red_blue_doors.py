"""RedBlueDoors (minigrid 3.2, ``envs/redbluedoors.py``): open the red door, then the blue one."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    BLUE,
    C_CELL,
    CLOSED,
    COLOUR_SHIFT,
    DOOR,
    O_AND,
    O_FAILURE,
    O_SUCCESS,
    OPEN,
    RED,
    STATE_SHIFT,
    pack,
)
from adaptarium.envs.grid.missions import M_OPEN_DOORS
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.paint import (
    add_clause,
    random_empty_within,
    start_at,
    tell,
    wall_rectangle,
    walled,
)
from adaptarium.generators.grid.purposes import G_AGENT, G_DOOR, G_HEADING

_RED, _BLUE = pack(DOOR, RED, CLOSED), pack(DOOR, BLUE, CLOSED)
_OPEN_RED = DOOR | RED << COLOUR_SHIFT | OPEN << STATE_SHIFT
_OPEN_BLUE = DOOR | BLUE << COLOUR_SHIFT | OPEN << STATE_SHIFT


class RedBlueDoorsKnobs(Knobs):
    """Knobs of ``red_blue_doors``. Difficulty prefers doors far from the start and each other."""

    size: int = Field(8, ge=4, le=32, description="Side of the middle room, walls included; even.")


@kernel
def generate(w, i, k):
    """A room between two others, a red door in its west wall, a blue one in its east wall."""
    size = w.knobs[i].height
    walled(w, k, size, 2 * size, 20 * size * size)
    left = size // 2
    wall_rectangle(w, k, left, 0, size, size)
    at = random_empty_within(w, i, k, G_AGENT, 0, left, 0, left + size, size, -1)
    start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    red = (1 + level_below(w, i, G_DOOR, 0, size - 2)) * 2 * size + left
    blue = (1 + level_below(w, i, G_DOOR, 1, size - 2)) * 2 * size + left + size - 1
    w.levels.cells[k, red] = _RED
    w.levels.cells[k, blue] = _BLUE
    tell(w, k, M_OPEN_DOORS, RED << COLOUR_SHIFT, BLUE << COLOUR_SHIFT)
    add_clause(w, k, C_CELL, _OPEN_RED, red, O_AND)
    add_clause(w, k, C_CELL, _OPEN_BLUE, blue, O_SUCCESS)
    add_clause(w, k, C_CELL, _OPEN_BLUE, blue, O_FAILURE)
    return True


@kernel
def measure(w, i, k):
    """How far the red door lies from the start, and the blue one from it."""
    red, blue, start = w.levels.clauses[k, 0], w.levels.clauses[k, 1], w.levels.agents[k, 0]
    first = abs(red.x - start.x) + abs(red.y - start.y)
    return first + abs(red.x - blue.x) + abs(red.y - blue.y)


def _distinct(knobs: RedBlueDoorsKnobs) -> int | None:
    count = 4 * (knobs.size - 2) ** 4
    return count if count < 10_000 else None


RED_BLUE_DOORS = Generator(
    name="red_blue_doors",
    knobs=RedBlueDoorsKnobs,
    needs=lambda knobs: {
        "height": knobs.size,
        "width": 2 * knobs.size,
        "agents": 1,
        "obstacles": 0,
    },
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
