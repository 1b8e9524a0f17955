"""LockedRoom (minigrid 3.2, ``envs/lockedroom.py``): six rooms on a hallway, one of them locked."""

from __future__ import annotations

from pydantic import Field, field_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import CLOSED, COLOUR_SHIFT, DOOR, KEY, LOCKED, pack
from adaptarium.envs.grid.missions import M_LOCKED_ROOM
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import distance, find, goal_cell, start_cell
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    goal_at,
    random_empty_within,
    start_at,
    tell,
    wall_column,
    wall_row,
    walled,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_COLOUR,
    G_GOAL,
    G_HEADING,
    G_KEY,
    G_TARGET,
)

_LOCKED, _CLOSED, _KEY = pack(DOOR, 0, LOCKED), pack(DOOR, 0, CLOSED), pack(KEY)
_ROOMS = 6


class LockedRoomKnobs(Knobs):
    """Knobs of ``locked_room``. Difficulty prefers a long way over the key to the goal."""

    size: int = Field(19, ge=13, le=61, description="Side of the map in cells: 13, 19, 25 and on.")

    @field_validator("size")
    @classmethod
    def _fits(cls, value: int) -> int:
        if value % 6 != 1:
            raise ValueError(f"expected one more than a multiple of six, as {value // 6 * 6 + 1}")
        return value


@kernel
def inside_room(w, i, k, purpose, room):
    """A random empty cell of one of the six rooms, numbered in pairs from the north."""
    size = w.knobs[i].height
    wide, tall = size // 2 - 2, size // 3
    x, y = 1 + room % 2 * (size // 2 + 2), 1 + room // 2 * tall
    return random_empty_within(w, i, k, purpose, 0, x, y, x + wide - 1, y + tall - 1, -1)


@kernel
def generate(w, i, k):
    """The rooms, the goal in the locked one, the key in another, the agent in the hallway."""
    size, taken = w.knobs[i].height, 0
    west, east = size // 2 - 2, size // 2 + 2
    walled(w, k, size, size, 10 * size)
    wall_column(w, k, west, 0, size - 1)
    wall_column(w, k, east, 0, size - 1)
    for n in range(3):
        wall_row(w, k, n * (size // 3), 0, west)
        wall_row(w, k, n * (size // 3), east, size - 1)
    locked, keeper = level_below(w, i, G_TARGET, 0, _ROOMS), level_below(w, i, G_KEY, 1, _ROOMS - 1)
    keeper += keeper >= locked
    goal_at(w, k, inside_room(w, i, k, G_GOAL, locked))
    own, others = 0, 0
    for room in range(_ROOMS):
        left, colour = level_below(w, i, G_COLOUR, room, _ROOMS - room), 0
        while taken >> colour & 1 or left > 0:
            left -= 1 - (taken >> colour & 1)
            colour += 1
        taken |= 1 << colour
        door = (room // 2 * (size // 3) + 3) * size + (east if room % 2 else west)
        w.levels.cells[k, door] = (_LOCKED if room == locked else _CLOSED) | colour << COLOUR_SHIFT
        own = colour if room == locked else own
        others = colour if room == keeper else others
    w.levels.cells[k, inside_room(w, i, k, G_KEY, keeper)] = _KEY | own << COLOUR_SHIFT
    at = random_empty_within(w, i, k, G_AGENT, 0, west, 0, east, size, -1)
    start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    tell(w, k, M_LOCKED_ROOM, own << COLOUR_SHIFT, others << COLOUR_SHIFT)
    return True


@kernel
def measure(w, i, k):
    """Moves from the agent to the key and on to the goal; doors count as open."""
    key = find(w, k, KEY)
    return distance(w, i, k, start_cell(w, k, 0), key) + distance(w, i, k, key, goal_cell(w, k))


LOCKED_ROOM = Generator(
    name="locked_room",
    knobs=LockedRoomKnobs,
    needs=square_map,
    kernel=generate,
    measure=measure,
)
