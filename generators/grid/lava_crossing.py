"""LavaCrossing and SimpleCrossing (minigrid 3.2, ``envs/crossing.py``).

Rivers of lava, or walls, each with one opening.
"""

from __future__ import annotations

import itertools
import math
from typing import Literal

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import EMPTY_CELL, LAVA_CELL, WALL_CELL
from adaptarium.envs.grid.missions import M_FIND_OPENING
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import place_agent, put, put_goal, tell, walled
from adaptarium.generators.grid.purposes import G_GAP, G_LOOP, G_RIVER, G_SPLIT

EXTRA_RIVERS = 2


class LavaCrossingKnobs(Knobs):
    """Knobs of ``lava_crossing``.

    Difficulty adds up to two rivers, each with probability ``2 d - 1``, or takes away up to two
    (one always stays), each with probability ``1 - 2 d``.
    """

    size: int = Field(9, ge=7, le=63, description="Side of the map in cells, walls included; odd.")
    crossings: int = Field(2, ge=1, le=20, description="Rivers at difficulty 0.5.")
    material: Literal["lava", "wall"] = Field("lava", description="What the rivers are made of.")

    @model_validator(mode="after")
    def _fits(self) -> LavaCrossingKnobs:
        if self.size % 2 == 0:
            raise ValueError(f"size = {self.size}: expected an odd size, such as {self.size + 1}")
        if self.crossings > self.size - 3:
            raise ValueError(
                f"crossings = {self.crossings}: a map of size {self.size} has room for at most "
                f"{self.size - 3} rivers"
            )
        return self


@kernel
def river_count(w, i):
    """How many rivers this level has."""
    knobs = w.knobs[i]
    bias = 2.0 * knobs.difficulty - 1.0
    count = int(knobs.count)
    for extra in range(EXTRA_RIVERS):
        if level_unit(w, i, G_LOOP, extra) < abs(bias):
            count += 1 if bias > 0.0 else -1
    return min(max(count, 1), knobs.height - 3)


@kernel
def shuffle_start(w, i, purpose, count, total):
    """Shuffle the first ``count`` of the ``total`` entries of the queue of slot ``i``."""
    for j in range(count):
        other = j + level_below(w, i, purpose, j, total - j)
        here = w.scratch.queue[i, j]
        w.scratch.queue[i, j] = w.scratch.queue[i, other]
        w.scratch.queue[i, other] = here


@kernel
def choose_rivers(w, i, count):
    """Mark the rivers in ``marks``: rows at 0.., columns at size..; the number of columns."""
    size = w.knobs[i].height
    places = (size - 3) // 2
    for j in range(2 * size):
        w.scratch.marks[i, j] = 0
    for j in range(2 * places):
        w.scratch.queue[i, j] = j
    shuffle_start(w, i, G_RIVER, count, 2 * places)
    columns = 0
    for j in range(count):
        river = w.scratch.queue[i, j]
        if river < places:
            w.scratch.marks[i, size + 2 + 2 * river] = 1
            columns += 1
        else:
            w.scratch.marks[i, 2 + 2 * (river - places)] = 1
    return columns


@kernel
def next_river(w, i, offset, at):
    """The next river after position ``at``, or the far wall."""
    size = w.knobs[i].height
    for position in range(at + 1, size - 1):
        if w.scratch.marks[i, offset + position]:
            return position
    return size - 1


@kernel
def flow(w, i, k):
    """Fill the marked rivers with lava, or with wall."""
    size = w.knobs[i].height
    cell = WALL_CELL if w.knobs[i].variant else LAVA_CELL
    for position in range(1, size - 1):
        for along in range(1, size - 1):
            if w.scratch.marks[i, position]:
                put(w, k, along, position, cell)
            if w.scratch.marks[i, size + position]:
                put(w, k, position, along, cell)


@kernel
def generate(w, i, k):
    """Draw rivers, then walk from room to room toward the goal, opening each river on the way."""
    size = w.knobs[i].height
    walled(w, k, size, size, 4 * size * size)
    put_goal(w, k, size - 2, size - 2)
    place_agent(w, k, 0, 1, 1, 0, 0)
    if w.knobs[i].variant:
        tell(w, k, M_FIND_OPENING, 0, 0)
    count = river_count(w, i)
    columns = choose_rivers(w, i, count)
    flow(w, i, k)
    for j in range(count):
        w.scratch.queue[i, j] = j < columns  # 1 crosses a column, 0 a row
    shuffle_start(w, i, G_SPLIT, count, count)
    left, top = 0, 0
    for j in range(count):
        right, bottom = next_river(w, i, size, left), next_river(w, i, 0, top)
        if w.scratch.queue[i, j]:
            y = top + 1 + level_below(w, i, G_GAP, j, bottom - top - 1)
            put(w, k, right, y, EMPTY_CELL)
            left = right
        else:
            x = left + 1 + level_below(w, i, G_GAP, j, right - left - 1)
            put(w, k, x, bottom, EMPTY_CELL)
            top = bottom
    return True


def _openings(columns: tuple[int, ...], rows: tuple[int, ...], size: int) -> int:
    """Levels with these rivers: the choices of openings over all orders of crossing."""
    across, down = (0, *columns, size - 1), (0, *rows, size - 1)

    def ways(i: int, j: int) -> int:
        if i == len(columns) and j == len(rows):
            return 1
        total = 0
        if i < len(columns):
            total += (down[j + 1] - down[j] - 1) * ways(i + 1, j)
        if j < len(rows):
            total += (across[i + 1] - across[i] - 1) * ways(i, j + 1)
        return total

    return ways(0, 0)


def _levels_with(count: int, size: int) -> int:
    """Levels with exactly ``count`` rivers; stops counting beyond 10,000."""
    places = range(2, size - 2, 2)
    total = 0
    for columns in range(max(0, count - len(places)), min(count, len(places)) + 1):
        for vertical in itertools.combinations(places, columns):
            for horizontal in itertools.combinations(places, count - columns):
                total += _openings(vertical, horizontal, size)
                if total >= 10_000:
                    return total
    return total


def _distinct(knobs: LavaCrossingKnobs) -> int | None:
    bias = 2 * knobs.difficulty - 1
    changes = range(EXTRA_RIVERS + 1) if 0 < abs(bias) < 1 else [EXTRA_RIVERS * abs(bias)]
    step = math.copysign(1, bias)
    counts = {min(max(int(knobs.crossings + step * c), 1), knobs.size - 3) for c in changes}
    total = sum(_levels_with(count, knobs.size) for count in counts)
    return total if total < 10_000 else None


LAVA_CROSSING = Generator(
    name="lava_crossing",
    knobs=LavaCrossingKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
)
