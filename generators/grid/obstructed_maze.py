"""ObstructedMaze (minigrid 3.2, ``envs/obstructedmaze_v1.py``): locks, hidden keys, balls."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    ANY,
    BALL,
    BLUE,
    BOX,
    C_HOLDS,
    CLOSED,
    COLOUR_SHIFT,
    CONTENT_SHIFT,
    DOOR,
    GREEN,
    GREY,
    KEY,
    LOCKED,
    O_SUCCESS,
    STATE_SHIFT,
    content_of,
    pack,
)
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.envs.grid.missions import M_PICK_UP
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import find
from adaptarium.generators.grid.paint import add_clause, tell
from adaptarium.generators.grid.purposes import G_COLOUR, G_KEY, G_TARGET
from adaptarium.generators.grid.rooms import (
    agent_in_room,
    door_place,
    middle,
    place_in_room,
    rooms,
)

_SIZE = 6
_LOCKED, _CLOSED, _KEY = pack(DOOR, 0, LOCKED), pack(DOOR, 0, CLOSED), pack(KEY)
_BALL, _BLOCK, _BOX = pack(BALL, BLUE), pack(BALL, GREEN), pack(BOX, GREY)
_FIRST_KEY = content_of(KEY, 0)


class ObstructedMazeKnobs(Knobs):
    """Knobs of ``obstructed_maze``: MiniGrid's 1Dl, 1Dlh, 1Dlhb, 2Dl(hb), 1Q, 2Q and Full.

    Difficulty prefers a blue ball far from the start, and a first key far from both.
    """

    quarters: int = Field(
        0,
        ge=0,
        le=4,
        description="Quarters of three by three rooms in use; 0 for two rooms and one door.",
    )
    central: bool = Field(
        True, description="The agent starts in the middle room, else in the first side room."
    )
    boxed: bool = Field(True, description="Keys are hidden in boxes.")
    blocked: bool = Field(True, description="Balls stand before the locked doors.")


@kernel
def door_colour(w, i, number):
    """Colour ``number`` of a random order of the six, by drawing without putting back."""
    taken = 0
    for draw in range(number + 1):
        left = level_below(w, i, G_COLOUR, draw, 6 - draw)
        colour = 0
        while taken >> colour & 1 or left > 0:
            left -= 1 - (taken >> colour & 1)
            colour += 1
        taken |= 1 << colour
    return colour << COLOUR_SHIFT


@kernel
def lock(w, i, k, columns, column, row, wall, colour):
    """A locked door, with a ball before it where the level is blocked."""
    at = door_place(w, i, k, columns, _SIZE, column, row, wall)
    w.levels.cells[k, at] = _LOCKED | colour
    if w.knobs[i].blocked:
        before = at - dx_of(wall) - dy_of(wall) * w.levels.map[k].width
        w.levels.cells[k, before] = _BLOCK


@kernel
def hide_key(w, i, k, draw, column, row, shy, colour):
    """A key in a room, in a box where the level says so; False where there is no place."""
    cell = _KEY | colour
    if w.knobs[i].boxed:
        cell = _BOX | (_FIRST_KEY + (colour >> COLOUR_SHIFT)) << CONTENT_SHIFT
    return place_in_room(w, i, k, G_KEY, draw, _SIZE, column, row, shy, cell) >= 0


@kernel
def quarter(w, i, k, n, shy):
    """Side room ``n``, the door to it, and its two locked doors with their keys."""
    column, row = 1 + dx_of(n), 1 + dy_of(n)
    at = door_place(w, i, k, 3, _SIZE, 1, 1, n)
    w.levels.cells[k, at] = _CLOSED | door_colour(w, i, n)
    for turn in (3, 1):
        number = n + 1 if turn == 1 else (n + 5) % 6
        lock(w, i, k, 3, column, row, n + turn & 3, door_colour(w, i, number))
    for turn in (3, 1):
        number = n + 1 if turn == 1 else (n + 5) % 6
        if not hide_key(w, i, k, 2 * n + turn // 3, column, row, shy, door_colour(w, i, number)):
            return False
    return True


@kernel
def generate(w, i, k):
    """Doors, balls and keys of each quarter, then the blue ball and the agent."""
    knobs = w.knobs[i]
    quarters = knobs.count
    across = 3 if quarters else 2
    down = 3 if quarters else 1
    visited = 7 * quarters - 3 if quarters else 2  # rooms, as MiniGrid counts them for the limit
    if quarters == 1 and knobs.central:
        visited = 5
    rooms(w, k, down, across, _SIZE, 4 * visited * _SIZE * _SIZE)
    shy = middle(w, k, _SIZE, down, across)
    column, row = 1, 0
    if quarters == 0:
        lock(w, i, k, across, 0, 0, 0, door_colour(w, i, 0))
        if not hide_key(w, i, k, 0, 0, 0, shy, door_colour(w, i, 0)):
            return False
    for n in range(quarters):
        if not quarter(w, i, k, n, shy):
            return False
    if quarters:
        # The corners in MiniGrid's order: (2, 0), (2, 2), (0, 2), (0, 0).
        corner = level_below(w, i, G_TARGET, 0, quarters)
        column, row = 2 * int(corner < 2), 2 * int(corner in (1, 2))
    if place_in_room(w, i, k, G_TARGET, 1, _SIZE, column, row, shy, _BALL) < 0:
        return False
    tell(w, k, M_PICK_UP, _BALL, 0)
    add_clause(w, k, C_HOLDS, BALL | BLUE << COLOUR_SHIFT | ANY << STATE_SHIFT, 0, O_SUCCESS)
    side = 0 if quarters == 0 else 1 if knobs.central else 2
    return agent_in_room(w, i, k, _SIZE, side, int(quarters > 0))


@kernel
def measure(w, i, k):
    """How far the first key, or box, lies from the start, and the blue ball from it."""
    width, start = w.levels.map[k].width, w.levels.agents[k, 0]
    key, ball = find(w, k, BOX if w.knobs[i].boxed else KEY), 0
    while int(w.levels.cells[k, ball]) != _BALL:
        ball += 1
    x, y = key % width, key // width
    first = abs(x - start.x) + abs(y - start.y)
    return first + abs(x - ball % width) + abs(y - ball // width)


def _needs(knobs: ObstructedMazeKnobs) -> dict[str, int]:
    down, across = (3, 3) if knobs.quarters else (1, 2)
    step = _SIZE - 1
    return {"height": down * step + 1, "width": across * step + 1, "agents": 1, "obstacles": 0}


OBSTRUCTED_MAZE = Generator(
    name="obstructed_maze",
    knobs=ObstructedMazeKnobs,
    needs=_needs,
    kernel=generate,
    measure=measure,
)
