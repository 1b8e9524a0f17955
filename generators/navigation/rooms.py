"""Rooms with doors, by recursive division: the largest room is split until there are enough.

A new wall ends at walls on both sides, so the doors that there are already stay open and every room
can be reached.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.navigation.codes import MAX_SIDE
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.navigation.drawing import (
    STEPS_A_CELL,
    blank,
    close_border,
    close_side,
    open_side,
    place_both,
    way_to_goal,
)
from adaptarium.generators.navigation.knobs import needs_of
from adaptarium.generators.navigation.purposes import G_DOOR, G_SPLIT

LEAST = 2  # cells of the shorter side of a room
MAX_ROOMS = 64


class RoomsKnobs(Knobs):
    """Knobs of ``rooms``. Difficulty prefers longer ways from the start to the goal."""

    size: int = Field(12, ge=4, le=MAX_SIDE, description="Side of the map in cells.")
    rooms: int = Field(8, ge=2, le=MAX_ROOMS, description="How many rooms there are.")

    @model_validator(mode="after")
    def _fits(self) -> RoomsKnobs:
        check_rooms(self.size, self.rooms)
        return self


def check_rooms(size: int, rooms: int) -> None:
    """Whether a map of so many cells a side can be split into so many rooms.

    Raises:
        ValueError: it cannot.
    """
    # The largest room can be split as long as it is twice the least one and a cell long.
    most = max(size * size // 16, 2)
    if rooms > most:
        raise ValueError(f"rooms = {rooms}: a map of {size} x {size} cells has room for {most}")


@kernel
def corners(packed):
    """A room's first column and row, and how many it has of each."""
    return packed & 0xFF, packed >> 8 & 0xFF, packed >> 16 & 0xFF, packed >> 24 & 0x7F


@kernel
def packed(x, y, width, height):
    """A room in one number."""
    return x | y << 8 | width << 16 | height << 24


@kernel
def largest(w, i, count):
    """The room of most cells that can be split, the first of equal ones; -1 for none."""
    best, most = -1, 0
    for room in range(count):
        _, _, width, height = corners(int(w.scratch.queue[i, room]))
        if max(width, height) >= 2 * LEAST and width * height > most:
            best, most = room, width * height
    return best


@kernel
def divide(w, i, k, size, room, number):
    """Split a room across its longer side; the new half becomes room ``number``."""
    x, y, width, height = corners(int(w.scratch.queue[i, room]))
    upright = width >= height  # the new wall
    long, short = (width, height) if upright else (height, width)
    cut = LEAST + level_below(w, i, G_SPLIT, number, long - 2 * LEAST + 1)
    door = level_below(w, i, G_DOOR, number, short)
    for j in range(short):
        cell = (y + j) * size + x + cut - 1 if upright else (y + cut - 1) * size + x + j
        close_side(w, k, size, cell, 1 if upright else 2)
        if j == door:
            open_side(w, k, size, cell, 1 if upright else 2)
    queue = w.scratch.queue
    if upright:
        queue[i, room] = packed(x, y, cut, height)
        queue[i, number] = packed(x + cut, y, width - cut, height)
    else:
        queue[i, room] = packed(x, y, width, cut)
        queue[i, number] = packed(x, y + cut, width, height - cut)


@kernel
def build(w, i, k):
    """One room, divided again and again; False where it cannot go on."""
    size = w.knobs[i].size
    close_border(w, k, size)
    w.scratch.queue[i, 0] = packed(0, 0, size, size)
    for number in range(1, w.knobs[i].rooms):
        room = largest(w, i, number)
        if room < 0:
            return False
        divide(w, i, k, size, room, number)
    return True


@kernel
def generate(w, i, k):
    """Rooms, then start and goal."""
    size = w.knobs[i].size
    blank(w, k, size, 0, STEPS_A_CELL * size * size)
    if not build(w, i, k):
        return False
    place_both(w, i, k)
    return True


ROOMS = Generator(
    name="rooms",
    knobs=RoomsKnobs,
    needs=lambda knobs: needs_of(knobs.size),
    kernel=generate,
    measure=way_to_goal,
)
