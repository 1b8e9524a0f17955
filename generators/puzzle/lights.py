"""Lights out: a press changes a light and those around it; put all of them out.

After the hand-held game *Lights Out* (Tiger Electronics, 1995). A level is its goal with random
cells pressed, so that it can be solved under the world's own press pattern.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.puzzle.kernels.board import add_pattern
from adaptarium.envs.puzzle.level import sizes_needed
from adaptarium.envs.puzzle.linear import reachable_boards
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank, is_goal
from adaptarium.generators.puzzle.purposes import G_GOAL, G_PRESS, G_TIMES


class LightsKnobs(Knobs):
    """Knobs of ``lights``.

    Each cell is pressed with probability ``share * (0.1 + 0.9 * difficulty)``, where ``share`` is
    that of the presses in a uniform board, 1/2 for two colours: at 1 every board that can be solved
    is equally likely.
    """

    size: int = Field(5, ge=2, le=10, description="Lights a side.")
    colours: Literal[2, 3, 5] = Field(
        2, description="States of a light, which a press goes through; a prime number."
    )
    random_goal: bool = Field(
        False, description="The goal is a random pattern instead of all lights out."
    )


@kernel
def presses(w, i, cell):
    """How often the scrambling pressed a cell."""
    knobs = w.knobs[i]
    share = (0.1 + 0.9 * knobs.difficulty) * (knobs.values - 1) / knobs.values
    if level_unit(w, i, G_PRESS, cell) >= share:
        return 0
    return 1 + level_below(w, i, G_TIMES, cell, knobs.values - 1)


@kernel
def generate(w, i, k):
    """Press random cells of the goal."""
    knobs = w.knobs[i]
    cells = blank(w, i, k, 3 * knobs.height * knobs.width)
    for cell in range(cells):
        if knobs.variant:
            w.levels.goal[k, cell] = level_below(w, i, G_GOAL, cell, knobs.values)
        w.levels.cells[k, cell] = w.levels.goal[k, cell]
    for cell in range(cells):
        add_pattern(w, i, k, w.levels.cells[k], cell, presses(w, i, cell))
    return not is_goal(w, k)


def _distinct(knobs: LightsKnobs) -> int | None:
    """The boards that the usual cross can make, without the goal, for every goal."""
    goals = knobs.colours**knobs.size**2 if knobs.random_goal else 1
    count = (reachable_boards(knobs.size, knobs.colours) - 1) * goals
    return count if count < 10_000 else None


LIGHTS = Generator(
    name="lights",
    knobs=LightsKnobs,
    needs=lambda knobs: sizes_needed(knobs.size, knobs.size, 0, knobs.colours),
    kernel=generate,
    distinct=_distinct,
)
