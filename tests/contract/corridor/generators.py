"""Corridors of any length, with the start and the goal anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.core.spec import Generator, Knobs, dispatch

G_LENGTH, G_START, G_GOAL, G_WALL = range(64, 68)
SHORTEST = 4

KNOBS_DTYPE = np.dtype(
    [
        ("difficulty", np.float64),
        ("generator", np.int32),
        ("size", np.int32),
        ("walls", np.int32),
    ],
    align=True,
)


class CorridorKnobs(Knobs):
    """Knobs of ``corridor``."""

    size: int = Field(12, ge=SHORTEST, le=64, description="Greatest length in cells.")
    walls: bool = Field(False, description="A wall may cut the corridor: half are unsolvable.")


@kernel
def draw(w, i, k):
    """Draw the length, then the goal and the start on different cells."""
    length = SHORTEST + level_below(w, i, G_LENGTH, 0, w.knobs[i].size - SHORTEST + 1)
    w.levels.map[k].length = length
    w.info[k].max_steps = 4 * length
    goal = level_below(w, i, G_GOAL, 0, length)
    start = level_below(w, i, G_START, 0, length - 1)
    start += start >= goal
    for j in range(length):
        w.levels.cells[k, j] = 1
    if w.knobs[i].walls and abs(goal - start) > 1 and level_below(w, i, G_WALL, 0, 2):
        w.levels.cells[k, (goal + start) // 2] = 2
    w.levels.cells[k, goal] = 3
    w.levels.map[k].start = start
    return True


def _distinct(knobs: CorridorKnobs) -> int | None:
    return sum(length * (length - 1) for length in range(SHORTEST, knobs.size + 1))


GENERATORS = (
    Generator(
        name="corridor",
        knobs=CorridorKnobs,
        needs=lambda knobs: {"length": knobs.size},
        kernel=draw,
        distinct=_distinct,
    ),
)

generate = dispatch(GENERATORS)


def flatten(number: int, knobs: Any) -> np.ndarray:
    """The knobs record of generator ``number``."""
    flat = np.zeros((), KNOBS_DTYPE)
    flat["generator"] = number
    for name, value in knobs.model_dump().items():
        flat[name] = value
    return flat
