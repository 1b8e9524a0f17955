"""Houses: named rooms with objects, and orders that mean exactly one of them each.

An order is made for an object that is drawn; of the forms of sentences, and of the places to speak
of, the first is taken, from a drawn one on, by which nothing but this object is meant.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.codes import OBJECT
from adaptarium.envs.navigation.instructions import BESIDE_ROOM, FORMS, IN_ROOM
from adaptarium.envs.navigation.kernels.house import room_of
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.drawing import blank, exact, flood, place_start, within
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import (
    G_CELL,
    G_COLOUR,
    G_FORM,
    G_NAME,
    G_ORDER,
    G_THING,
)
from adaptarium.generators.navigation.rooms import build, check_rooms, corners

STEPS_A_CELL = 4  # of the time limit
RADIUS = 0.2  # of an object, in metres
NAMES, KINDS, SIDES = len(codes.ROOMS), len(FORMS), len(codes.SIDES)


class HouseKnobs(Knobs):
    """Knobs of ``house``. Difficulty prefers longer ways from the start to what is asked for."""

    size: int = Field(12, ge=4, le=codes.MAX_SIDE, description="Side of the map in cells.")
    rooms: int = Field(6, ge=2, le=NAMES, description="How many rooms there are.")
    objects: int = Field(8, ge=1, le=14, description="How many objects there are.")
    orders: int = Field(
        4, ge=1, le=codes.MAX_ORDERS, description="How many objects are asked for, in turn."
    )
    things: int = Field(
        4, ge=1, le=len(codes.THINGS), description="How many kinds of things objects may be."
    )
    colours: int = Field(
        3, ge=1, le=len(codes.COLOURS), description="How many colours objects may have."
    )

    @model_validator(mode="after")
    def _fits(self) -> HouseKnobs:
        check_rooms(self.size, self.rooms)
        if self.orders > self.objects:
            raise ValueError(f"orders = {self.orders}: expected at most objects = {self.objects}")
        return self


@kernel
def shuffle(w, i, row, purpose, count, most):
    """Draw ``count`` of the numbers below ``most`` into the first places of a scratch row."""
    for j in range(most):
        row[j] = j
    for j in range(count):
        other = j + level_below(w, i, purpose, j, most - j)
        drawn = row[other]
        row[other] = row[j]
        row[j] = drawn


@kernel
def name_rooms(w, i, k):
    """Note the rooms that the scratch queue holds, each by a name of its own."""
    count, names = w.knobs[i].rooms, w.scratch.marks[i]
    w.levels.head[k].num_rooms = count
    shuffle(w, i, names, G_NAME, count, NAMES)
    for j in range(count):
        x, y, width, height = corners(int(w.scratch.queue[i, j]))
        room = w.levels.rooms[k, j]
        room.x = x
        room.y = y
        room.width = width
        room.height = height
        room.name = names[j]


@kernel
def furnish(w, i, k):
    """The start and the objects, each in a cell of its own."""
    knobs, cells = w.knobs[i], w.scratch.marks[i]
    size = knobs.size
    shuffle(w, i, cells, G_CELL, knobs.objects + 1, size * size)
    place_start(w, i, k, int(cells[0]))
    w.levels.head[k].num_items = knobs.objects
    for j in range(knobs.objects):
        item, words = w.levels.items[k, j], w.levels.objects[k, j]
        cell = int(cells[j + 1])
        item.x = exact(within(w, i, cell, size, 0, 2 * j + 4))
        item.y = exact(within(w, i, cell, size, 1, 2 * j + 5))
        item.radius = RADIUS
        item.kind = OBJECT
        words.colour = level_below(w, i, G_COLOUR, j, knobs.colours)
        words.thing = level_below(w, i, G_THING, j, knobs.things)


@kernel
def lies(w, k, room, side, other):
    """Whether a room lies on a side of another one: they share a part of a wall there."""
    a, b = w.levels.rooms[k, room], w.levels.rooms[k, other]
    if side == 0 or side == 2:
        upper, lower = (a, b) if side == 0 else (b, a)
        return upper.y + upper.height == lower.y and a.x < b.x + b.width and b.x < a.x + a.width
    left, right = (b, a) if side == 1 else (a, b)
    return left.x + left.width == right.x and a.y < b.y + b.height and b.y < a.y + a.height


@kernel
def alone_there(w, k, room, side, other):
    """Whether a room is the only one on a side of another one."""
    for j in range(w.levels.head[k].num_rooms):
        if lies(w, k, j, side, other) != (j == room):
            return False
    return True


@kernel
def alone_called(w, k, target, form, room):
    """Whether a thing, its colour where the form tells one, and the room mean one object."""
    own = w.levels.objects[k, target]
    for j in range(w.levels.head[k].num_items):
        words, item = w.levels.objects[k, j], w.levels.items[k, j]
        other = j != target and words.thing == own.thing
        if form % 2 == 1:
            other = other and words.colour == own.colour
        if form // 2 >= IN_ROOM:
            other = other and room_of(w, k, item.x, item.y) == room
        if other:
            return False
    return True


@kernel
def speak(w, i, k, n, form):
    """Fill order ``n`` by a form; False where that is no way to speak of its object alone."""
    order, rooms = w.levels.orders[k, n], w.levels.head[k].num_rooms
    item, own = w.levels.items[k, order.target], w.levels.objects[k, order.target]
    room = room_of(w, k, item.x, item.y)
    if not alone_called(w, k, order.target, form, room):
        return False
    order.form = form
    order.thing = own.thing
    order.colour = own.colour if form % 2 == 1 else 0
    order.side = 0
    order.room = w.levels.rooms[k, room].name if form // 2 == IN_ROOM else 0
    if form // 2 != BESIDE_ROOM:
        return True
    first = level_below(w, i, G_FORM, 2 * n + 1, rooms * SIDES)
    for turn in range(rooms * SIDES):
        choice = (first + turn) % (rooms * SIDES)
        if alone_there(w, k, room, choice % SIDES, choice // SIDES):
            order.side = choice % SIDES
            order.room = w.levels.rooms[k, choice // SIDES].name
            return True
    return False


@kernel
def ask_for(w, i, k, n):
    """Order ``n``, for the object that the scratch queue has in its place."""
    w.levels.orders[k, n].target = w.scratch.queue[i, n]
    first = level_below(w, i, G_FORM, 2 * n, KINDS)
    for turn in range(KINDS):
        if speak(w, i, k, n, (first + turn) % KINDS):
            return True
    return False


@kernel
def generate(w, i, k):
    """Rooms, objects and orders; False where an object has a double in its room."""
    knobs = w.knobs[i]
    blank(w, k, knobs.size, 0, STEPS_A_CELL * knobs.size * knobs.size)
    if not build(w, i, k):
        return False
    name_rooms(w, i, k)
    furnish(w, i, k)
    w.levels.head[k].num_orders = knobs.orders
    shuffle(w, i, w.scratch.queue[i], G_ORDER, knobs.orders, knobs.objects)
    for n in range(knobs.orders):
        if not ask_for(w, i, k, n):
            return False
    return True


@kernel
def ways(w, i, k):
    """Fewest moves between cells from the start to all that is asked for, in sum."""
    head, start, total = w.levels.head[k], w.levels.starts[k, 0], 0
    flood(w, i, k, int(start.y) * head.width + int(start.x))
    for n in range(head.num_orders):
        item = w.levels.items[k, w.levels.orders[k, n].target]
        total += w.scratch.marks[i, int(item.y) * head.width + int(item.x)]
    return total


HOUSE = Generator(
    name="house",
    knobs=HouseKnobs,
    needs=lambda knobs: needs_of(
        knobs.size, items=knobs.objects, rooms=knobs.rooms, orders=knobs.orders
    ),
    kernel=generate,
    measure=ways,
)
