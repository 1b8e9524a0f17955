"""Gauntlet: a row of rooms behind locked doors, each with a mechanic of its own."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import (
    BALL,
    BLUE,
    BOX,
    COLOUR_SHIFT,
    CRATE_CELL,
    DOOR,
    EMPTY_CELL,
    FLOOR,
    GREY,
    ICE_CELL,
    KEY,
    LAVA_CELL,
    LOCKED,
    OBSTACLE,
    pack,
)
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import distance, goal_cell, start_cell, way_to_goal
from adaptarium.generators.grid.paint import (
    get,
    place_agent,
    put,
    put_goal,
    random_empty,
    wall_column,
    walled,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_CARVE,
    G_CRATE,
    G_DOOR,
    G_GOAL,
    G_HEADING,
    G_ICE,
    G_KEY,
    G_OBSTACLE,
    G_SPLIT,
    G_VARIANT,
)

_LOCKED_DOOR, _KEY = pack(DOOR, 0, LOCKED), pack(KEY)
_BOX, _BALL, _MUD = pack(BOX, GREY), pack(BALL, BLUE), pack(FLOOR, GREY)
_OBSTACLE = pack(OBSTACLE)
_WRONG_KEY = pack(KEY, GREY)  # opens nothing, unless keys need not match
FEATURES = 5  # ice, crates, moving obstacles, lava, clutter
COLOURS = 5  # of doors and their keys: grey is left to boxes and to the wrong key


class GauntletKnobs(Knobs):
    """Knobs of ``gauntlet``. Difficulty prefers longer ways from key to door to key."""

    rooms: int = Field(5, ge=2, le=10, description="Rooms in a row.")
    room: int = Field(4, ge=3, le=9, description="Side of a room in cells, without its walls.")


@kernel
def feature_of(w, i, room):
    """The mechanic of a room: every five rooms have all five, in an order of their own."""
    first = level_below(w, i, G_VARIANT, room // FEATURES, FEATURES)
    step = 1 + level_below(w, i, G_SPLIT, room // FEATURES, FEATURES - 1)
    return (first + step * (room % FEATURES)) % FEATURES


@kernel
def scatter(w, i, k, purpose, draw, x0, x1, cell):
    """Put ``cell`` on a random empty cell in columns ``x0`` to ``x1``; its number, or -1."""
    at = random_empty(w, i, k, purpose, draw, x0, x1)
    if at >= 0:
        w.levels.cells[k, at] = cell
    return at


@kernel
def lay_ice(w, i, k, x0, x1):
    """Turn about half of the empty cells in columns ``x0`` to ``x1`` into ice."""
    grid = w.levels.map[k]
    for j in range(grid.height * grid.width):
        empty = x0 <= j % grid.width < x1 and int(w.levels.cells[k, j]) == EMPTY_CELL
        if empty and level_unit(w, i, G_ICE, j) < 0.5:
            w.levels.cells[k, j] = ICE_CELL


@kernel
def release(w, i, k, room, x0, x1):
    """A moving obstacle."""
    at = scatter(w, i, k, G_OBSTACLE, room, x0, x1, _OBSTACLE)
    if at >= 0:
        grid = w.levels.map[k]
        point = w.levels.obstacles[k, grid.num_obstacles]
        point.x = at % grid.width
        point.y = at // grid.width
        grid.num_obstacles += 1


@kernel
def furnish(w, i, k, room, x0, x1):
    """Fill a room with its mechanic; crates, lava and boxes two each."""
    feature = feature_of(w, i, room)
    if feature == 0:
        lay_ice(w, i, k, x0, x1)
    elif feature == 2:
        release(w, i, k, room, x0, x1)
    for piece in range(2):
        draw = 4 * room + piece
        if feature == 1:
            scatter(w, i, k, G_CRATE, draw, x0, x1, CRATE_CELL)
        elif feature == 3:
            scatter(w, i, k, G_CRATE, draw, x0, x1, LAVA_CELL)
        elif feature == 4:
            scatter(w, i, k, G_CRATE, draw, x0, x1, _MUD if piece == 0 else _WRONG_KEY)
            scatter(w, i, k, G_CRATE, draw + 2, x0, x1, _BOX if piece == 0 else _BALL)


@kernel
def lock(w, i, k, room, x):
    """The wall at column ``x`` behind a room, its locked door, and the key in the room."""
    side = w.knobs[i].height - 2
    colour = level_below(w, i, G_CARVE, room, COLOURS) << COLOUR_SHIFT
    wall_column(w, k, x, 1, side)
    put(w, k, x, 1 + level_below(w, i, G_DOOR, room, side), _LOCKED_DOOR | colour)
    return scatter(w, i, k, G_KEY, room, x - side, x, _KEY | colour) >= 0


@kernel
def generate(w, i, k):
    """Walls and doors, then agent, goal and keys, then what fills the rooms."""
    side, rooms = w.knobs[i].height - 2, w.knobs[i].count
    width = rooms * (side + 1) + 1
    walled(w, k, side + 2, width, 20 * rooms * side)
    start = (
        1 + level_below(w, i, G_AGENT, 0, side) + width * (1 + level_below(w, i, G_AGENT, 1, side))
    )
    place_agent(w, k, 0, start % width, start // width, level_below(w, i, G_HEADING, 0, 4), 0)
    w.levels.cells[k, start] = LAVA_CELL  # nothing else is put where the agent starts
    for room in range(rooms - 1):
        if not lock(w, i, k, room, (room + 1) * (side + 1)):
            return False
    goal = random_empty(w, i, k, G_GOAL, 0, width - 1 - side, width - 1)
    put_goal(w, k, goal % width, goal // width)
    for room in range(rooms):
        furnish(w, i, k, room, room * (side + 1) + 1, (room + 1) * (side + 1))
    w.levels.cells[k, start] = EMPTY_CELL
    return way_to_goal(w, i, k) >= 0 and errands(w, i, k) >= 0


@kernel
def lock_of(w, k, x):
    """The number of the door's cell in the wall at column ``x``, -1 where there is none."""
    grid = w.levels.map[k]
    for y in range(grid.height):
        if get(w, k, x, y) & 0xFF == DOOR:
            return y * grid.width + x
    return -1


@kernel
def key_to(w, k, door):
    """The number of the cell of the key in the room before ``door``, -1 where there is none."""
    grid = w.levels.map[k]
    wanted = _KEY | (int(w.levels.cells[k, door]) & 0xFF << COLOUR_SHIFT)
    for y in range(grid.height):
        for x in range(door % grid.width - grid.height + 2, door % grid.width):
            if get(w, k, x, y) == wanted:
                return y * grid.width + x
    return -1


@kernel
def errands(w, i, k):
    """Fewest moves to each key in turn, from there to its door, and from the last to the goal.

    Nothing but the keys is moved; -1 where there is no such way. Each wall has one door, so a way
    to a key never leads through a door on its far side.
    """
    side, total, at = w.knobs[i].height - 2, 0, start_cell(w, k, 0)
    for room in range(w.knobs[i].count):
        target = goal_cell(w, k)
        if room + 1 < w.knobs[i].count:
            target = lock_of(w, k, (room + 1) * (side + 1))
            key = key_to(w, k, target)
            moves = distance(w, i, k, at, key)
            if moves < 0:
                return -1
            total += moves
            at = key  # its cell is free once it is taken
        moves = distance(w, i, k, at, target)
        if moves < 0:
            return -1
        total += moves
        at = target
    return total


def _needs(knobs: GauntletKnobs) -> dict[str, int]:
    return {
        "height": knobs.room + 2,
        "width": knobs.rooms * (knobs.room + 1) + 1,
        "agents": 1,
        "obstacles": -(-knobs.rooms // FEATURES),
    }


GAUNTLET = Generator(
    name="gauntlet",
    knobs=GauntletKnobs,
    needs=_needs,
    kernel=generate,
    measure=errands,
    version=1,
)
