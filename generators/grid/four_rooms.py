"""FourRooms (minigrid 3.2, ``envs/fourrooms.py``): four rooms, with the goal in any of them."""

from __future__ import annotations

from pydantic import Field, field_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import EMPTY_CELL
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import way_to_goal
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    nth_empty,
    place_agent,
    put,
    put_goal,
    wall_column,
    wall_row,
    walled,
)
from adaptarium.generators.grid.purposes import G_AGENT, G_GAP, G_GOAL, G_HEADING


class FourRoomsKnobs(Knobs):
    """Knobs of ``four_rooms``. Difficulty prefers longer ways from the agent to the goal."""

    size: int = Field(19, ge=5, le=63, description="Side of the map in cells, walls included; odd.")

    @field_validator("size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"expected an odd size, for example {value + 1}")
        return value


@kernel
def generate(w, i, k):
    """Cross walls with a gap in each arm, then agent and goal on two different empty cells."""
    size = w.knobs[i].height
    middle = size // 2
    walled(w, k, size, size, 100 * size // 19)  # minigrid: 100 steps at its size of 19
    wall_column(w, k, middle, 1, size - 2)
    wall_row(w, k, middle, 1, size - 2)
    for arm in range(2):
        offset = 1 + arm * middle
        put(w, k, middle, offset + level_below(w, i, G_GAP, arm, middle - 1), EMPTY_CELL)
        put(w, k, offset + level_below(w, i, G_GAP, 2 + arm, middle - 1), middle, EMPTY_CELL)
    free = 4 * (middle - 1) * (middle - 1) + 4
    agent = level_below(w, i, G_AGENT, 0, free)
    goal = level_below(w, i, G_GOAL, 0, free - 1)
    goal += goal >= agent
    agent = nth_empty(w, k, 0, size, agent)
    goal = nth_empty(w, k, 0, size, goal)
    place_agent(w, k, 0, agent % size, agent // size, level_below(w, i, G_HEADING, 0, 4), 0)
    put_goal(w, k, goal % size, goal // size)
    return True


def _distinct(knobs: FourRoomsKnobs) -> int | None:
    """Gaps, times ordered pairs of empty cells, times headings."""
    side = knobs.size // 2 - 1
    free = 4 * side * side + 4
    count = side**4 * free * (free - 1) * 4
    return count if count < 10_000 else None


FOUR_ROOMS = Generator(
    name="four_rooms",
    knobs=FourRoomsKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=way_to_goal,
)
