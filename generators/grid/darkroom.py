"""Darkroom (Laskin et al., "Algorithm Distillation", 2022): find a hidden goal."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import EMPTY_CELL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import blank, place_agent, put_goal
from adaptarium.generators.grid.purposes import G_AGENT, G_GOAL


class DarkroomKnobs(Knobs):
    """Knobs of ``darkroom``. Difficulty prefers goals farther from the start."""

    size: int = Field(9, ge=3, le=64, description="Side of the room in cells; it has no walls.")
    random_start: bool = Field(
        True,
        description="The agent starts anywhere (the same in every inner episode of a trial)"
        "; else in the middle.",
    )


@kernel
def generate(w, i, k):
    """An empty room, the agent somewhere and the goal somewhere else."""
    size = w.knobs[i].height
    blank(w, k, size, size, EMPTY_CELL, 2 * size + 2)  # the paper's 20 steps at its side of 9
    agent = (size // 2) * size + size // 2
    if w.knobs[i].random_start:
        agent = level_below(w, i, G_AGENT, 0, size * size)
    goal = level_below(w, i, G_GOAL, 0, size * size - 1)
    goal += goal >= agent
    place_agent(w, k, 0, agent % size, agent // size, 0, 0)
    put_goal(w, k, goal % size, goal // size)
    return True


def _distinct(knobs: DarkroomKnobs) -> int | None:
    cells = knobs.size**2
    count = (cells - 1) * (cells if knobs.random_start else 1)
    return count if count < 10_000 else None


DARKROOM = Generator(
    name="darkroom",
    knobs=DarkroomKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
