"""Memory (minigrid 3.2, ``envs/memory.py``): go where the thing is that stood in the first room."""

from __future__ import annotations

from pydantic import Field, field_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    BALL,
    C_AT,
    EMPTY_CELL,
    GREEN,
    KEY,
    O_FAILURE,
    O_SUCCESS,
    WALL_CELL,
    pack,
)
from adaptarium.envs.grid.missions import M_MATCH
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    add_clause,
    blank,
    place_agent,
    put,
    tell,
    wall_column,
    wall_rectangle,
)
from adaptarium.generators.grid.purposes import G_AGENT, G_KIND, G_SIZE, G_TARGET

_KEY, _BALL = pack(KEY, GREEN), pack(BALL, GREEN)


class MemoryKnobs(Knobs):
    """Knobs of ``memory``. Difficulty prefers a start far from the end of the hallway."""

    size: int = Field(13, ge=7, le=63, description="Side of the map in cells, walls included; odd.")
    random_length: bool = Field(True, description="The hallway ends anywhere, else at the far end.")

    @field_validator("size")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"expected an odd size, for example {value + 1}")
        return value


@kernel
def hallway(w, k, size, end):
    """The first room to the west, the hallway, and across its end the other one."""
    centre = size // 2
    wall_rectangle(w, k, 0, 0, size, size)
    for x in range(1, 5):
        put(w, k, x, centre - 2, WALL_CELL)
        put(w, k, x, centre + 2, WALL_CELL)
    for x in range(4, end):
        put(w, k, x, centre - 1, WALL_CELL)
        put(w, k, x, centre + 1, WALL_CELL)
    wall_column(w, k, end, 0, size - 1)
    put(w, k, end, centre, EMPTY_CELL)
    wall_column(w, k, end + 2, 0, size - 1)


@kernel
def generate(w, i, k):
    """One thing to remember, and two at the end, of which one is its like."""
    size = w.knobs[i].height
    blank(w, k, size, size, EMPTY_CELL, 5 * size * size)
    end, centre = size - 3, size // 2
    if w.knobs[i].random_length:
        end = 4 + level_below(w, i, G_SIZE, 0, size - 6)
    hallway(w, k, size, end)
    place_agent(w, k, 0, 1 + level_below(w, i, G_AGENT, 0, end), centre, 0, 0)
    kind, order = level_below(w, i, G_KIND, 0, 2), level_below(w, i, G_TARGET, 0, 2)
    put(w, k, 1, centre - 1, _BALL if kind else _KEY)
    put(w, k, end + 1, centre - 2, _KEY if order else _BALL)
    put(w, k, end + 1, centre + 2, _BALL if order else _KEY)
    upper, lower = (centre - 1) * size + end + 1, (centre + 1) * size + end + 1
    same_above = kind != order
    tell(w, k, M_MATCH, 0, 0)
    add_clause(w, k, C_AT, 0, upper if same_above else lower, O_SUCCESS)
    add_clause(w, k, C_AT, 0, lower if same_above else upper, O_FAILURE)
    return True


@kernel
def measure(w, i, k):
    """How far the start lies from the end of the hallway."""
    return w.levels.clauses[k, 0].x - w.levels.agents[k, 0].x


def _distinct(knobs: MemoryKnobs) -> int | None:
    ends = range(4, knobs.size - 2) if knobs.random_length else [knobs.size - 3]
    count = 4 * sum(ends)
    return count if count < 10_000 else None


MEMORY = Generator(
    name="memory",
    knobs=MemoryKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
