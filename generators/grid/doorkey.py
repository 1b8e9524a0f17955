"""DoorKey (minigrid 3.2, ``envs/doorkey.py``): a key, a locked door, a goal behind it."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import DOOR, KEY, LOCKED, YELLOW, pack
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.flood import distance, find, goal_cell, start_cell
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import place_agent, put, put_goal, wall_column, walled
from adaptarium.generators.grid.purposes import G_AGENT, G_DOOR, G_HEADING, G_KEY, G_SPLIT

_DOOR = pack(DOOR, YELLOW, LOCKED)
_KEY = pack(KEY, YELLOW)


class DoorKeyKnobs(Knobs):
    """Knobs of ``doorkey``. Difficulty prefers a long way over the key to the goal."""

    size: int = Field(8, ge=5, le=64, description="Side of the map in cells, walls included.")


@kernel
def generate(w, i, k):
    """Split the room, put the goal in the far corner, key and agent on the near side.

    MiniGrid rejects positions until they are free; drawing the key from the cells that the agent
    left free gives the same distribution without a loop.
    """
    size = w.knobs[i].height
    walled(w, k, size, size, 10 * size * size)
    put_goal(w, k, size - 2, size - 2)
    split = 2 + level_below(w, i, G_SPLIT, 0, size - 4)
    wall_column(w, k, split, 1, size - 2)
    put(w, k, split, 1 + level_below(w, i, G_DOOR, 0, size - 3), _DOOR)
    wide, tall = split - 1, size - 2
    agent = level_below(w, i, G_AGENT, 0, wide * tall)
    key = level_below(w, i, G_KEY, 0, wide * tall - 1)
    key += key >= agent
    place_agent(w, k, 0, 1 + agent % wide, 1 + agent // wide, level_below(w, i, G_HEADING, 0, 4), 0)
    put(w, k, 1 + key % wide, 1 + key // wide, _KEY)
    return True


@kernel
def measure(w, i, k):
    """Moves from the agent to the key, on to the door and to the goal."""
    key, door = find(w, k, KEY), find(w, k, DOOR)
    first = distance(w, i, k, start_cell(w, k, 0), key)
    return first + distance(w, i, k, key, door) + distance(w, i, k, door, goal_cell(w, k))


def _distinct(knobs: DoorKeyKnobs) -> int | None:
    """Doors, times ordered pairs of near cells, times headings."""
    tall = knobs.size - 2
    cells = [wide * tall for wide in range(1, knobs.size - 3)]
    count = (knobs.size - 3) * sum(c * (c - 1) for c in cells) * 4
    return count if count < 10_000 else None


DOORKEY = Generator(
    name="doorkey",
    knobs=DoorKeyKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
