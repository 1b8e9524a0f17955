"""Empty (minigrid 3.2, ``envs/empty.py``): a walled room with the goal in the far corner."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import place_agent, put_goal, walled
from adaptarium.generators.grid.purposes import G_AGENT, G_HEADING


class EmptyKnobs(Knobs):
    """Knobs of ``empty``. Difficulty prefers starts far from the goal."""

    size: int = Field(8, ge=5, le=64, description="Side of the map in cells, walls included.")
    random_start: bool = Field(
        True, description="The agent starts anywhere; else in the near corner, facing east."
    )


@kernel
def generate(w, i, k):
    """An empty room; the agent anywhere but on the goal."""
    size = w.knobs[i].height
    inner = size - 2
    walled(w, k, size, size, 4 * size * size)
    put_goal(w, k, inner, inner)
    cell, heading = 0, 0
    if w.knobs[i].random_start:
        cell = level_below(w, i, G_AGENT, 0, inner * inner - 1)
        heading = level_below(w, i, G_HEADING, 0, 4)
    place_agent(w, k, 0, 1 + cell % inner, 1 + cell // inner, heading, 0)
    return True


def _distinct(knobs: EmptyKnobs) -> int | None:
    count = ((knobs.size - 2) ** 2 - 1) * 4 if knobs.random_start else 1
    return count if count < 10_000 else None


EMPTY = Generator(
    name="empty",
    knobs=EmptyKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
