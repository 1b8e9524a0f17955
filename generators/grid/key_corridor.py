"""KeyCorridor (minigrid 3.2, ``envs/keycorridor.py``): rooms on a corridor, one of them locked."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    ANY,
    BALL,
    C_HOLDS,
    CLOSED,
    COLOUR_SHIFT,
    DOOR,
    EMPTY_CELL,
    KEY,
    LOCKED,
    O_SUCCESS,
    STATE_SHIFT,
    pack,
)
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.envs.grid.missions import M_PICK_UP
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import distance, find, start_cell
from adaptarium.generators.grid.paint import add_clause, colour_of, put, tell
from adaptarium.generators.grid.purposes import G_COLOUR, G_CONNECT, G_KEY, G_TARGET
from adaptarium.generators.grid.rooms import (
    agent_in_room,
    door_place,
    middle,
    place_in_room,
    rooms,
)

_LOCKED, _CLOSED, _KEY, _BALL = pack(DOOR, 0, LOCKED), pack(DOOR, 0, CLOSED), pack(KEY), pack(BALL)
_COLUMNS = 3
_MOST_DRAWS = 1000


class KeyCorridorKnobs(Knobs):
    """Knobs of ``key_corridor``. Difficulty prefers a long way over the key to the ball."""

    rows: int = Field(3, ge=1, le=8, description="Rooms on each side of the corridor.")
    room_size: int = Field(3, ge=3, le=16, description="Side of a room in cells, walls included.")


@kernel
def link(w, i, column, row, wall):
    """Note a way through a wall: bit ``wall`` of the marks of its two rooms."""
    w.scratch.marks[i, row * _COLUMNS + column] |= 1 << wall
    beyond = (row + dy_of(wall)) * _COLUMNS + column + dx_of(wall)
    w.scratch.marks[i, beyond] |= 1 << (wall + 2 & 3)


@kernel
def reached(w, i, start, count):
    """How many of the ``count`` rooms can be reached from room ``start``."""
    for room in range(count):
        w.scratch.queue[i, count + room] = 0
    w.scratch.queue[i, 0] = start
    w.scratch.queue[i, count + start] = 1
    head, tail = 0, 1
    while head < tail:
        room = int(w.scratch.queue[i, head])
        head += 1
        for wall in range(4):
            if not w.scratch.marks[i, room] >> wall & 1:
                continue
            beyond = room + dy_of(wall) * _COLUMNS + dx_of(wall)
            if w.scratch.queue[i, count + beyond] == 0:
                w.scratch.queue[i, count + beyond] = 1
                w.scratch.queue[i, tail] = beyond
                tail += 1
    return tail


@kernel
def connect(w, i, k, size, rows, locked):
    """Add doors at random until every room can be reached; none to the room ``locked``."""
    count = rows * _COLUMNS
    for draw in range(_MOST_DRAWS):
        if reached(w, i, rows // 2 * _COLUMNS + 1, count) == count:
            return True
        column = level_below(w, i, G_CONNECT, 4 * draw, _COLUMNS)
        row = level_below(w, i, G_CONNECT, 4 * draw + 1, rows)
        wall = level_below(w, i, G_CONNECT, 4 * draw + 2, 4)
        x, y = column + dx_of(wall), row + dy_of(wall)
        if x < 0 or y < 0 or x >= _COLUMNS or y >= rows:
            continue
        room, beyond = row * _COLUMNS + column, y * _COLUMNS + x
        if w.scratch.marks[i, room] >> wall & 1 or locked in (room, beyond):
            continue
        colour = level_below(w, i, G_CONNECT, 4 * draw + 3, 6) << COLOUR_SHIFT
        at = door_place(w, i, k, _COLUMNS, size, column, row, wall)
        w.levels.cells[k, at] = _CLOSED | colour
        link(w, i, column, row, wall)
    return False


@kernel
def generate(w, i, k):
    """The corridor, the locked room with the ball, the key to the west, the agent, the doors."""
    size, rows = w.knobs[i].room_size, w.knobs[i].count
    rooms(w, k, rows, _COLUMNS, size, 30 * size * size)
    shy = middle(w, k, size, rows, _COLUMNS)
    for room in range(rows * _COLUMNS):
        w.scratch.marks[i, room] = 0
    for row in range(1, rows):
        for x in range(size, 2 * size - 2):
            put(w, k, x, row * (size - 1), EMPTY_CELL)
        link(w, i, 1, row, 3)
    row = level_below(w, i, G_TARGET, 0, rows)
    colour = level_below(w, i, G_COLOUR, 0, 6) << COLOUR_SHIFT
    w.levels.cells[k, door_place(w, i, k, _COLUMNS, size, 2, row, 2)] = _LOCKED | colour
    link(w, i, 2, row, 2)
    ball = _BALL | level_below(w, i, G_COLOUR, 1, 6) << COLOUR_SHIFT
    if place_in_room(w, i, k, G_TARGET, 1, size, 2, row, shy, ball) < 0:
        return False
    side = level_below(w, i, G_KEY, 0, rows)
    if place_in_room(w, i, k, G_KEY, 1, size, 0, side, shy, _KEY | colour) < 0:
        return False
    tell(w, k, M_PICK_UP, ball, 0)
    add_clause(w, k, C_HOLDS, BALL | colour_of(ball) | ANY << STATE_SHIFT, 0, O_SUCCESS)
    if not agent_in_room(w, i, k, size, 1, rows // 2):
        return False
    return connect(w, i, k, size, rows, row * _COLUMNS + 2)


@kernel
def measure(w, i, k):
    """Moves from the agent to the key and on to the ball; doors count as open."""
    key = find(w, k, KEY)
    return distance(w, i, k, start_cell(w, k, 0), key) + distance(w, i, k, key, find(w, k, BALL))


def _needs(knobs: KeyCorridorKnobs) -> dict[str, int]:
    step = knobs.room_size - 1
    return {
        "height": knobs.rows * step + 1,
        "width": _COLUMNS * step + 1,
        "agents": 1,
        "obstacles": 0,
    }


def _distinct(knobs: KeyCorridorKnobs) -> int | None:
    """One row of the smallest rooms: the colours of both doors and the ball, and three headings."""
    return 6**3 * 3 if knobs.rows == 1 and knobs.room_size == 3 else None


KEY_CORRIDOR = Generator(
    name="key_corridor",
    knobs=KeyCorridorKnobs,
    needs=_needs,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
