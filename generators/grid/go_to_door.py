"""GoToDoor (minigrid 3.2, ``envs/gotodoor.py``): four doors, of which the mission names one."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    C_BESIDE,
    C_DOES,
    CLOSED,
    COLOUR_SHIFT,
    DOOR,
    EMPTY_CELL,
    O_AND,
    O_FAILURE,
    O_SUCCESS,
    P_DONE,
    P_TOGGLE,
    pack,
)
from adaptarium.envs.grid.missions import M_GO_TO
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    add_clause,
    blank,
    random_empty_within,
    start_at,
    tell,
    wall_rectangle,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_COLOUR,
    G_DOOR,
    G_HEADING,
    G_SIZE,
    G_TARGET,
)

_DOOR = pack(DOOR, 0, CLOSED)


class GoToDoorKnobs(Knobs):
    """Knobs of ``go_to_door``. Difficulty prefers doors far from the start."""

    size: int = Field(8, ge=5, le=64, description="Largest side of the room, walls included.")


@kernel
def go_to(w, k, at):
    """The task to say "done" beside the cell numbered ``at``, and to touch nothing."""
    add_clause(w, k, C_DOES, P_TOGGLE, 0, O_FAILURE)
    add_clause(w, k, C_DOES, P_DONE, 0, O_AND)
    add_clause(w, k, C_BESIDE, 0, at, O_SUCCESS)
    add_clause(w, k, C_DOES, P_DONE, 0, O_FAILURE)


@kernel
def generate(w, i, k):
    """A room of random sides with a door in each wall, no two of one colour."""
    size, taken, target, named = w.knobs[i].height, 0, 0, 0
    wide = 5 + level_below(w, i, G_SIZE, 0, size - 4)
    tall = 5 + level_below(w, i, G_SIZE, 1, size - 4)
    blank(w, k, size, size, EMPTY_CELL, 4 * size * size)
    wall_rectangle(w, k, 0, 0, wide, tall)
    wanted = level_below(w, i, G_TARGET, 0, 4)
    for number in range(4):
        side = wide if number < 2 else tall
        along = 2 + level_below(w, i, G_DOOR, number, side - 4)
        at = along + (tall - 1) * size * (number == 1)
        if number >= 2:
            at = along * size + (wide - 1) * (number == 3)
        left, colour = level_below(w, i, G_COLOUR, number, 6 - number), 0
        while taken >> colour & 1 or left > 0:
            left -= 1 - (taken >> colour & 1)
            colour += 1
        taken |= 1 << colour
        w.levels.cells[k, at] = _DOOR | colour << COLOUR_SHIFT
        if number == wanted:
            target, named = at, DOOR | colour << COLOUR_SHIFT
    at = random_empty_within(w, i, k, G_AGENT, 0, 0, 0, wide, tall, -1)
    start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    tell(w, k, M_GO_TO, named, 0)
    go_to(w, k, target)
    return True


@kernel
def measure(w, i, k):
    """How far the door lies from the start."""
    door, start = w.levels.clauses[k, 2], w.levels.agents[k, 0]
    return abs(door.x - start.x) + abs(door.y - start.y)


GO_TO_DOOR = Generator(
    name="go_to_door",
    knobs=GoToDoorKnobs,
    needs=square_map,
    kernel=generate,
    measure=measure,
)
