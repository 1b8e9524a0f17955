"""GoToObject, Fetch and PutNear (minigrid 3.2, ``envs/gotoobject.py`` and others).

A room with keys, balls and boxes, of which the mission names one or two.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid.codes import (
    ANY,
    ANYTHING,
    C_DROPS,
    C_HOLDS,
    C_HOLDS_OTHER,
    C_PUTS_NEAR,
    COLOUR_SHIFT,
    EMPTY,
    KEY,
    O_AND,
    O_FAILURE,
    O_SUCCESS,
    PORTABLE,
    SOLID,
    STATE_SHIFT,
)
from adaptarium.envs.grid.missions import FETCH_WORDINGS, M_FETCH, M_GO_TO, M_PUT_NEAR
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.go_to_door import go_to
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import (
    add_clause,
    colour_of,
    get,
    random_empty_within,
    start_at,
    tell,
    walled,
)
from adaptarium.generators.grid.purposes import (
    G_AGENT,
    G_COLOUR,
    G_HEADING,
    G_KEY,
    G_KIND,
    G_TARGET,
    G_WORDING,
)

_GO_TO, _FETCH, _PUT_NEAR = range(3)
_TRIES = 64


class ThingsKnobs(Knobs):
    """Knobs of ``things``. Difficulty prefers a target far from the start."""

    size: int = Field(8, ge=5, le=64, description="Side of the map in cells, walls included.")
    things: int = Field(2, ge=2, le=12, description="Keys, balls and boxes in the room.")
    task: Literal["go_to", "fetch", "put_near"] = Field(
        "go_to", description="Go to one of them, fetch one, or put one near another."
    )

    @model_validator(mode="after")
    def _fits(self) -> ThingsKnobs:
        room = (self.size - 2) ** 2 // 9
        if self.task == "put_near" and self.things > max(room, 1) + 1:
            raise ValueError(f"things = {self.things}: a map of size {self.size} has no room")
        if self.things > (self.size - 2) ** 2 // 2:
            raise ValueError(f"things = {self.things}: a map of size {self.size} has no room")
        return self


@kernel
def is_new(w, i, k, count, cell):
    """Whether none of the things so far is like ``cell``."""
    for other in range(count):
        if int(w.levels.cells[k, w.scratch.marks[i, other]]) == cell:
            return False
    return True


@kernel
def draw_thing(w, i, k, count, task):
    """A thing of random kind and colour; a fetched one may be like another, and is no box."""
    kinds, cell = 2 if task == _FETCH else 3, 0
    for draw in range(_TRIES):
        at = count * _TRIES + draw
        cell = KEY + level_below(w, i, G_KIND, at, kinds)
        cell |= level_below(w, i, G_COLOUR, at, 6) << COLOUR_SHIFT | SOLID | PORTABLE
        if task == _FETCH or is_new(w, i, k, count, cell):
            return cell
    return 0


@kernel
def is_apart(w, i, k, count, at):
    """Whether the cell numbered ``at`` touches none of the things so far, corners included."""
    width = w.levels.map[k].width
    for other in range(count):
        there = int(w.scratch.marks[i, other])
        across, down = abs(there % width - at % width), abs(there // width - at // width)
        if across <= 1 and down <= 1:
            return False
    return True


@kernel
def place_thing(w, i, k, count, task, cell):
    """Put a thing on an empty cell; things to be put near others stand apart. False for no room."""
    side = w.knobs[i].height
    for draw in range(_TRIES):
        at = random_empty_within(w, i, k, G_KEY, count * _TRIES + draw, 0, 0, side, side, -1)
        if at >= 0 and (task != _PUT_NEAR or is_apart(w, i, k, count, at)):
            w.levels.cells[k, at] = cell
            w.scratch.marks[i, count] = at
            return True
    return False


@kernel
def set_task(w, i, k, task, count):
    """Choose what the mission names, and say it."""
    first = level_below(w, i, G_TARGET, 0, count)
    second = level_below(w, i, G_TARGET, 1, count - 1)
    second += second >= first
    at, near = int(w.scratch.marks[i, first]), int(w.scratch.marks[i, second])
    noun, other = int(w.levels.cells[k, at]), int(w.levels.cells[k, near])
    like_it = noun & 0xFF | colour_of(noun) | ANY << STATE_SHIFT
    if task == _GO_TO:
        tell(w, k, M_GO_TO, noun, 0)
        go_to(w, k, at)
    elif task == _FETCH:
        tell(w, k, M_FETCH + level_below(w, i, G_WORDING, 0, FETCH_WORDINGS), noun, 0)
        add_clause(w, k, C_HOLDS, like_it, 0, O_SUCCESS)
        add_clause(w, k, C_HOLDS, ANYTHING, 0, O_FAILURE)
    else:
        tell(w, k, M_PUT_NEAR, noun, other)
        add_clause(w, k, C_HOLDS_OTHER, like_it, 0, O_FAILURE)
        add_clause(w, k, C_DROPS, 0, 0, O_AND)
        add_clause(w, k, C_PUTS_NEAR, 0, near, O_SUCCESS)
        add_clause(w, k, C_DROPS, 0, 0, O_FAILURE)


@kernel
def generate(w, i, k):
    """The things, the agent, and what the mission names."""
    size, count, task = w.knobs[i].height, w.knobs[i].count, w.knobs[i].variant
    walled(w, k, size, size, 5 * size if task == _PUT_NEAR else 5 * size * size)
    for number in range(count):
        cell = draw_thing(w, i, k, number, task)
        if cell == 0 or not place_thing(w, i, k, number, task, cell):
            return False
    at = random_empty_within(w, i, k, G_AGENT, 0, 0, 0, size, size, -1)
    if at < 0:
        return False
    start_at(w, k, at, level_below(w, i, G_HEADING, 0, 4))
    set_task(w, i, k, task, count)
    return True


@kernel
def measure(w, i, k):
    """How far the start lies from the nearest thing like the one that the mission names first."""
    grid, start, least = w.levels.map[k], w.levels.agents[k, 0], -1
    for y in range(grid.height):
        for x in range(grid.width):
            cell = get(w, k, x, y)
            away = abs(x - start.x) + abs(y - start.y)
            if cell & 0xFFFF == grid.noun and cell & 0xFF > EMPTY and (least < 0 or away < least):
                least = away
    return least


THINGS = Generator(
    name="things",
    knobs=ThingsKnobs,
    needs=square_map,
    kernel=generate,
    measure=measure,
)
