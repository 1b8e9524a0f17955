"""Memory cards, also known as Concentration: find all pairs, two cards at a time."""

from __future__ import annotations

import math

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.level import sizes_needed
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank, shuffle


class MemoryKnobs(Knobs):
    """Knobs of ``memory``. Difficulty is how much of the board is filled, from half to all."""

    height: int = Field(4, ge=2, le=6, description="Rows.")
    width: int = Field(4, ge=2, le=6, description="Columns.")


@kernel
def generate(w, i, k):
    """Every pair on two random places; the other places are empty."""
    knobs = w.knobs[i]
    cells = blank(w, i, k, 3 * knobs.height * knobs.width)
    pairs = max(int(cells // 2 * (1.0 + knobs.difficulty) / 2.0), 1)
    places = w.scratch.queue[i]
    for cell in range(cells):
        places[cell] = cell
    shuffle(w, i, places, cells, 2 * pairs)
    for card in range(2 * pairs):
        w.levels.cells[k, places[card]] = 1 + card // 2
    return True


def num_pairs(knobs: MemoryKnobs) -> int:
    """How many pairs lie on the board."""
    return max(int(knobs.height * knobs.width // 2 * (1.0 + knobs.difficulty) / 2.0), 1)


def _distinct(knobs: MemoryKnobs) -> int | None:
    """The places of the cards, and which of them are equal."""
    pairs = num_pairs(knobs)
    cells = knobs.height * knobs.width
    count = math.comb(cells, 2 * pairs) * math.factorial(2 * pairs) // 2**pairs
    return count if count < 10_000 else None


MEMORY = Generator(
    name="memory",
    knobs=MemoryKnobs,
    needs=lambda knobs: sizes_needed(
        knobs.height, knobs.width, 0, knobs.height * knobs.width // 2 + 1
    ),
    kernel=generate,
    distinct=_distinct,
)
