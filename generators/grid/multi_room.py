"""MultiRoom (minigrid 3.2, ``envs/multiroom.py``): rooms in a chain, doors between them."""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import CLOSED, COLOUR_SHIFT, DOOR, EMPTY_CELL, pack
from adaptarium.envs.grid.missions import M_TRAVERSE
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    blank,
    goal_at,
    random_empty_within,
    start_at,
    tell,
    wall_rectangle,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_COLOUR,
    G_DOOR,
    G_GOAL,
    G_HEADING,
    G_SIZE,
    G_SPLIT,
)

_CLOSED = pack(DOOR, 0, CLOSED)
_LEAST_ROOM = 4
_TRIES = 8  # as MiniGrid tries to place each next room
_X, _Y, _WIDE, _TALL, _DOOR_X, _DOOR_Y = range(6)  # a room in the marks


class MultiRoomKnobs(Knobs):
    """Knobs of ``multi_room``. Difficulty prefers longer ways to the goal."""

    rooms: int = Field(4, ge=2, le=8, description="Rooms in a chain.")
    room_size: int = Field(5, ge=4, le=12, description="Largest side of a room, walls included.")
    size: int = Field(25, ge=10, le=64, description="Side of the map in cells.")

    @model_validator(mode="after")
    def _fits(self) -> MultiRoomKnobs:
        if self.room_size >= self.size:
            raise ValueError(f"room_size = {self.room_size}: expected less than size = {self.size}")
        return self


@kernel
def part(w, i, room, field):
    """One number of a room of the chain."""
    return int(w.scratch.marks[i, 6 * room + field])


@kernel
def fits(w, i, count, x, y, wide, tall):
    """Whether a room at (x, y) lies on the map and on none of the chain but the last."""
    size = w.knobs[i].height
    if x < 0 or y < 0 or x + wide > size or y + tall >= size:
        return False
    for room in range(count - 1):
        left, top = part(w, i, room, _X), part(w, i, room, _Y)
        apart = x + wide < left or left + part(w, i, room, _WIDE) <= x
        if not apart and not (y + tall < top or top + part(w, i, room, _TALL) <= y):
            return False
    return True


@kernel
def add_room(w, i, count, draw, entry, door_x, door_y):
    """Try to add a room entered by the door, on its wall ``entry``; -1 is the first's."""
    spread = w.knobs[i].room_size - _LEAST_ROOM + 1
    wide = _LEAST_ROOM + level_below(w, i, G_SIZE, 4 * draw, spread)
    tall = _LEAST_ROOM + level_below(w, i, G_SIZE, 4 * draw + 1, spread)
    x, y = door_x, door_y
    along = wide if entry in (1, 3) else tall
    back = 2 - along + level_below(w, i, G_SIZE, 4 * draw + 2, along - 2)
    if entry in (0, 2):
        y += back
        x -= (wide - 1) * (entry == 0)
    elif entry in (1, 3):
        x += back
        y -= (tall - 1) * (entry == 1)
    if not fits(w, i, count, x, y, wide, tall):
        return False
    w.scratch.marks[i, 6 * count + _X] = x
    w.scratch.marks[i, 6 * count + _Y] = y
    w.scratch.marks[i, 6 * count + _WIDE] = wide
    w.scratch.marks[i, 6 * count + _TALL] = tall
    w.scratch.marks[i, 6 * count + _DOOR_X] = door_x
    w.scratch.marks[i, 6 * count + _DOOR_Y] = door_y
    return True


@kernel
def next_room(w, i, count, entry):
    """Try to go on from the last room by another wall than ``entry``; the wall, -1 for none."""
    last = count - 1
    wide, tall = part(w, i, last, _WIDE), part(w, i, last, _TALL)
    for attempt in range(_TRIES):
        draw = count * _TRIES + attempt
        wall = level_below(w, i, G_SPLIT, draw, 3)
        wall += wall >= entry
        x, y = part(w, i, last, _X), part(w, i, last, _Y)
        if wall in (0, 2):
            x += (wide - 1) * (wall == 0)
            y += 1 + level_below(w, i, G_DOOR, draw, tall - 2)
        else:
            x += 1 + level_below(w, i, G_DOOR, draw, wide - 2)
            y += (tall - 1) * (wall == 1)
        if add_room(w, i, count, draw, wall + 2 & 3, x, y):
            return wall
    return -1


@kernel
def draw_chain(w, i, k, count):
    """Walls of all rooms, then, over those of the room before, each with its door."""
    before = -1
    for room in range(count):
        x, y = part(w, i, room, _X), part(w, i, room, _Y)
        wall_rectangle(w, k, x, y, part(w, i, room, _WIDE), part(w, i, room, _TALL))
        if room > 0:
            colour = level_below(w, i, G_COLOUR, room, 6 if before < 0 else 5)
            colour += 0 <= before <= colour
            door = part(w, i, room, _DOOR_Y) * w.knobs[i].height + part(w, i, room, _DOOR_X)
            w.levels.cells[k, door] = _CLOSED | colour << COLOUR_SHIFT
            before = colour


@kernel
def inside_room(w, i, k, purpose, room):
    """A random empty cell of a room, -1 for none."""
    x, y = part(w, i, room, _X), part(w, i, room, _Y)
    right, bottom = x + part(w, i, room, _WIDE), y + part(w, i, room, _TALL)
    return random_empty_within(w, i, k, purpose, 0, x, y, right, bottom, -1)


@kernel
def generate(w, i, k):
    """A chain of rooms from a random place on; an attempt that gets stuck is given up."""
    size, count = w.knobs[i].height, w.knobs[i].count
    blank(w, k, size, size, EMPTY_CELL, 20 * count)
    x, y = level_below(w, i, G_SIZE, 3, size - 2), level_below(w, i, G_SIZE, 7, size - 2)
    if not add_room(w, i, 0, 0, -1, x, y):
        return False
    entry = 2
    for room in range(1, count):
        wall = next_room(w, i, room, entry)
        if wall < 0:
            return False
        entry = wall + 2 & 3
    draw_chain(w, i, k, count)
    at = inside_room(w, i, k, G_AGENT, 0)
    start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    w.levels.cells[k, at] += 1  # not empty while the goal is drawn
    goal = inside_room(w, i, k, G_GOAL, count - 1)
    w.levels.cells[k, at] = EMPTY_CELL
    goal_at(w, k, goal)
    tell(w, k, M_TRAVERSE, 0, 0)
    return at >= 0 and goal >= 0


MULTI_ROOM = Generator(
    name="multi_room",
    knobs=MultiRoomKnobs,
    needs=square_map,
    kernel=generate,
    measure=way_to_goal,
)
