"""DistShift (minigrid 3.2, ``envs/distshift.py``): one lava strip lies elsewhere in the test."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import LAVA_CELL
from adaptarium.envs.grid.missions import M_GET_TO_GOAL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.paint import (
    place_agent,
    put,
    put_goal,
    random_empty_within,
    start_at,
    tell,
    walled,
)
from adaptarium.generators.grid.purposes import G_AGENT, G_HEADING

_HEIGHT, _WIDTH = 7, 9


class DistShiftKnobs(Knobs):
    """Knobs of ``dist_shift``: MiniGrid's two maps are strips 2 and 5."""

    strip: int = Field(2, ge=2, le=5, description="Row of the second strip of lava.")
    random_start: bool = Field(
        False, description="The agent starts anywhere; else in the near corner, facing east."
    )


@kernel
def generate(w, i, k):
    """A strip of lava beside the goal, and another."""
    walled(w, k, _HEIGHT, _WIDTH, 4 * _HEIGHT * _WIDTH)
    put_goal(w, k, _WIDTH - 2, 1)
    for x in range(3, _WIDTH - 3):
        put(w, k, x, 1, LAVA_CELL)
        put(w, k, x, w.knobs[i].count, LAVA_CELL)
    tell(w, k, M_GET_TO_GOAL, 0, 0)
    place_agent(w, k, 0, 1, 1, 0, 0)
    if w.knobs[i].random_start:
        at = random_empty_within(w, i, k, G_AGENT, 0, 0, 0, _WIDTH, _HEIGHT, -1)
        start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    return True


def _distinct(knobs: DistShiftKnobs) -> int | None:
    free = (_HEIGHT - 2) * (_WIDTH - 2) - 2 * (_WIDTH - 6) - 1
    return 4 * free if knobs.random_start else 1


DIST_SHIFT = Generator(
    name="dist_shift",
    knobs=DistShiftKnobs,
    needs=lambda _knobs: {"height": _HEIGHT, "width": _WIDTH, "agents": 1, "obstacles": 0},
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
