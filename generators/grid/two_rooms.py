"""Unlock, UnlockPickup and BlockedUnlockPickup (minigrid 3.2, ``envs/unlock.py`` and others).

Two rooms with a locked door between them, and its key on the agent's side.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    ANY,
    BALL,
    BOX,
    C_CELL,
    C_DOES,
    C_HOLDS,
    COLOUR_SHIFT,
    DOOR,
    KEY,
    LOCKED,
    O_AND,
    O_SUCCESS,
    OPEN,
    P_TOGGLE,
    STATE_SHIFT,
    pack,
)
from adaptarium.envs.grid.missions import M_OPEN_DOOR, M_PICK_UP
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import distance, find, start_cell
from adaptarium.generators.grid.paint import add_clause, colour_of, tell
from adaptarium.generators.grid.purposes import G_BALL, G_COLOUR, G_KEY, G_TARGET
from adaptarium.generators.grid.rooms import (
    agent_in_room,
    door_place,
    middle,
    place_in_room,
    rooms,
)

_DOOR, _KEY, _BOX, _BALL = pack(DOOR, 0, LOCKED), pack(KEY), pack(BOX), pack(BALL)
_OPEN_DOOR = DOOR | ANY << COLOUR_SHIFT | OPEN << STATE_SHIFT
_OF_ANY_STATE = ANY << STATE_SHIFT


class TwoRoomsKnobs(Knobs):
    """Knobs of ``two_rooms``. Difficulty prefers a long way over the key to the door."""

    room_size: int = Field(6, ge=6, le=32, description="Side of a room in cells, walls included.")
    task: Literal["door", "box"] = Field(
        "door", description="Open the door, or pick up the box behind it."
    )
    blocked: bool = Field(False, description="A ball stands before the door.")


@kernel
def generate(w, i, k):
    """The box where it is the task, the door, what blocks it, the key and the agent."""
    knobs = w.knobs[i]
    size, boxed = knobs.room_size, knobs.variant == 1
    rooms(w, k, 1, 2, size, (16 if knobs.blocked else 8) * size * size)
    shy = middle(w, k, size, 1, 2)
    door = door_place(w, i, k, 2, size, 0, 0, 0)
    colour = level_below(w, i, G_COLOUR, 0, 6) << COLOUR_SHIFT
    box = _BOX | level_below(w, i, G_COLOUR, 1, 6) << COLOUR_SHIFT
    if boxed and place_in_room(w, i, k, G_TARGET, 0, size, 1, 0, shy, box) < 0:
        return False
    w.levels.cells[k, door] = _DOOR | colour
    if knobs.blocked:
        w.levels.cells[k, door - 1] = _BALL | level_below(w, i, G_BALL, 0, 6) << COLOUR_SHIFT
    if place_in_room(w, i, k, G_KEY, 0, size, 0, 0, shy, _KEY | colour) < 0:
        return False
    if boxed:
        tell(w, k, M_PICK_UP, box, 0)
        add_clause(w, k, C_HOLDS, BOX | colour_of(box) | _OF_ANY_STATE, 0, O_SUCCESS)
    else:
        tell(w, k, M_OPEN_DOOR, 0, 0)
        add_clause(w, k, C_DOES, P_TOGGLE, 0, O_AND)
        add_clause(w, k, C_CELL, _OPEN_DOOR, door, O_SUCCESS)
    return agent_in_room(w, i, k, size, 0, 0)


@kernel
def measure(w, i, k):
    """Moves from the agent to the key and on to the door, through whatever blocks it."""
    width, key, door = w.levels.map[k].width, find(w, k, KEY), find(w, k, DOOR)
    onward = abs(key % width - door % width) + abs(key // width - door // width)
    return distance(w, i, k, start_cell(w, k, 0), key) + onward


def _needs(knobs: TwoRoomsKnobs) -> dict[str, int]:
    side = knobs.room_size
    return {"height": side, "width": 2 * side - 1, "agents": 1, "obstacles": 0}


TWO_ROOMS = Generator(
    name="two_rooms", knobs=TwoRoomsKnobs, needs=_needs, kernel=generate, measure=measure
)
