"""Trees of production rules, drawn so that they can be done, with rules that lead astray.

As XLand-MiniGrid draws its rulesets (Nikulin et al., NeurIPS 2024): the goal is to hold a thing
that is not there; it is made from other things, those again from others, and what the tree begins
with lies in the room. Every further rule uses up a thing that is needed.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    ANY,
    C_HOLDS,
    COLOUR_SHIFT,
    COLOURS,
    KEY,
    O_SUCCESS,
    PORTABLE,
    R_PUTS,
    SOLID,
    STATE_SHIFT,
)
from adaptarium.envs.grid.missions import M_PICK_UP
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    add_clause,
    put,
    random_empty,
    start_at,
    tell,
    walled,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_EXTRA,
    G_HEADING,
    G_PART,
    G_RECIPE,
    G_TARGET,
)

_THINGS = 3 * len(COLOURS)  # keys, balls and boxes of every colour
_ANY_STATE = ANY << STATE_SHIFT
_LIES = SOLID | PORTABLE


class RecipesKnobs(Knobs):
    """Knobs of ``recipes``. Difficulty prefers more rules, and rules that join two things."""

    size: int = Field(9, ge=7, le=31, description="Side of the map in cells, walls included.")
    depth: int = Field(3, ge=1, le=4, description="Most rules that lead to the goal, at least one.")
    distractors: int = Field(
        2, ge=0, le=3, description="Rules that use up what is needed, each with a thing of its own."
    )

    @model_validator(mode="after")
    def _room_for_things(self) -> RecipesKnobs:
        needed, places = self.depth + 1 + self.distractors, ((self.size - 3) // 2) ** 2
        if needed > places:
            raise ValueError(
                f"depth = {self.depth}, distractors = {self.distractors}: {needed} things, a map of"
                f" {self.size} has places for {places}"
            )
        return self


@kernel
def nth_thing(w, i, n):
    """The tile and colour of the ``n``-th thing of the level's own order of all things."""
    number = int(w.scratch.marks[i, n])
    return (KEY + number // len(COLOURS)) | number % len(COLOURS) << COLOUR_SHIFT


@kernel
def shuffle_things(w, i):
    """Draw an order of all things, so that each is used once."""
    order = w.scratch.marks
    for n in range(_THINGS):
        order[i, n] = n
    for left in range(_THINGS - 1, 0, -1):
        drawn = level_below(w, i, G_TARGET, left, left + 1)
        order[i, left], order[i, drawn] = order[i, drawn], order[i, left]


@kernel
def add_rule(w, k, trigger, first, second, product):
    """Add a production to the level; things as tile and colour, ``second`` 0 for none."""
    grid = w.levels.map[k]
    row = w.levels.productions[k, grid.num_productions]
    row[0] = trigger
    row[1], row[2] = first & 0xFF, first >> COLOUR_SHIFT
    row[3], row[4] = second & 0xFF, second >> COLOUR_SHIFT
    row[5], row[6] = product & 0xFF, product >> COLOUR_SHIFT
    w.levels.worths[k, grid.num_productions] = 0
    grid.num_productions += 1


@kernel
def grow(w, i, k, rules):
    """Grow the tree of recipes from the goal, the first thing; how many things it begins with.

    ``scratch.queue`` then lists the numbers of those. A rule makes one of them from one or two new
    ones.
    """
    leaves = w.scratch.queue
    leaves[i, 0] = 0
    count, used = 1, 1
    for rule in range(rules):
        at = level_below(w, i, G_PART, rule, count)
        product = nth_thing(w, i, leaves[i, at])
        trigger = R_PUTS + level_below(w, i, G_RECIPE, rule + 1, 3)
        first, second = nth_thing(w, i, used), 0
        leaves[i, at] = used
        used += 1
        if trigger == R_PUTS:
            second = nth_thing(w, i, used)
            leaves[i, count] = used
            used += 1
            count += 1
        add_rule(w, k, trigger, first, second, product)
    for extra in range(w.knobs[i].distractors):
        needed = nth_thing(w, i, leaves[i, level_below(w, i, G_EXTRA, extra, count)])
        add_rule(w, k, R_PUTS, needed, nth_thing(w, i, used), nth_thing(w, i, _THINGS - 1 - extra))
        leaves[i, count + extra] = used
        used += 1
    return count + w.knobs[i].distractors


@kernel
def lay_out(w, i, k, things, size):
    """Put the listed things onto places that have free cells around them, drawn without repeats."""
    side = (size - 3) // 2
    places = w.scratch.queue
    for n in range(side * side):
        places[i, things + n] = n
    for n in range(things):
        drawn = things + n + level_below(w, i, G_EXTRA, 16 + n, side * side - n)
        place = int(places[i, drawn])
        places[i, drawn] = places[i, things + n]
        x, y = 2 + 2 * (place % side), 2 + 2 * (place // side)
        put(w, k, x, y, nth_thing(w, i, places[i, n]) | _LIES)


@kernel
def generate(w, i, k):
    """Grow a tree of recipes to one thing, and lay out what it begins with."""
    knobs = w.knobs[i]
    size = knobs.height
    rules = 1 + level_below(w, i, G_RECIPE, 0, knobs.depth)
    walled(w, k, size, size, 10 * size * (rules + 1))
    shuffle_things(w, i)
    goal = nth_thing(w, i, 0)
    things = grow(w, i, k, rules)
    lay_out(w, i, k, things, size)
    start_at(w, k, random_empty(w, i, k, G_AGENT, 0, 0, size), level_below(w, i, G_HEADING, 0, 4))
    add_clause(w, k, C_HOLDS, goal | _ANY_STATE, 0, O_SUCCESS)
    tell(w, k, M_PICK_UP, goal, 0)
    return True


@kernel
def measure(w, i, k):
    """Rules that lead to the goal, those that join two things twice."""
    grid, count = w.levels.map[k], 0
    for j in range(grid.num_productions - w.knobs[i].distractors):
        count += 2 if w.levels.productions[k, j, 0] == R_PUTS else 1
    return count


RECIPES = Generator(
    name="recipes",
    knobs=RecipesKnobs,
    needs=square_map,
    kernel=generate,
    measure=measure,
)
