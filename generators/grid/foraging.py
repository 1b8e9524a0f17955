"""Level-based foraging (Christianos, Schäfer & Albrecht, NeurIPS 2020, lbforaging v3).

Players stand anywhere; food lies off the border and apart from other food; the level of a food is
at most what the three weakest players reach together.
"""

from __future__ import annotations

import itertools
import math

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.codes import EMPTY_CELL, FOOD, STATE_SHIFT, pack
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import blank, get, place_agent, put
from adaptarium.generators.grid.purposes import G_AGENT, G_FOOD, G_LEVEL

_FOOD = pack(FOOD, 0, 1) ^ 1 << STATE_SHIFT  # without its level
ATTEMPTS = 1000  # as lbforaging


class ForagingKnobs(Knobs):
    """Knobs of ``foraging``. Difficulty prefers food that is far, or needs several players."""

    size: int = Field(8, ge=5, le=64, description="Side of the field in cells; it has no walls.")
    players: int = Field(2, ge=1, le=32, description="How many agents forage.")
    food: int = Field(3, ge=1, le=32, description="How many foods there are.")
    min_level: int = Field(1, ge=1, le=5, description="Lowest level of a player.")
    max_level: int = Field(2, ge=1, le=5, description="Highest level of a player.")
    min_food_level: int = Field(1, ge=1, le=15, description="Lowest level of a food.")
    max_food_level: int = Field(
        0, ge=0, le=15, description="Highest level of a food; 0 takes all that can be loaded."
    )
    cooperative: bool = Field(
        False, description="Every food needs the (up to three) weakest players together."
    )

    @model_validator(mode="after")
    def _fits(self) -> ForagingKnobs:
        # A food keeps at most 13 cells of the inner field from other food.
        room = -(-((self.size - 2) ** 2) // 13)
        if self.food > room:
            raise ValueError(f"food = {self.food}: a field of size {self.size} has room for {room}")
        if self.min_level > self.max_level:
            raise ValueError(
                f"min_level = {self.min_level}: expected at most max_level = {self.max_level}"
            )
        if self.max_food_level and self.min_food_level > self.max_food_level:
            raise ValueError(
                f"min_food_level = {self.min_food_level}: expected at most max_food_level = "
                f"{self.max_food_level}"
            )
        weakest = self.min_level * min(self.players, 3)
        if self.min_food_level > weakest:
            raise ValueError(
                f"min_food_level = {self.min_food_level}: the weakest players load {weakest}"
            )
        if self.players > (self.size - 2) ** 2:
            raise ValueError(f"players = {self.players}: a field of size {self.size} is too small")
        return self


@kernel
def taken(w, k, x, y, players):
    """Whether one of the first ``players`` agents stands at (x, y)."""
    for a in range(players):
        start = w.levels.agents[k, a]
        if start.x == x and start.y == y:
            return True
    return False


@kernel
def spawn_players(w, i, k, players):
    """Players on different cells, with levels from ``min_level`` to ``max_level``."""
    size, least = w.knobs[i].height, w.knobs[i].min_level
    for a in range(players):
        for attempt in range(ATTEMPTS):
            at = level_below(w, i, G_AGENT, a * ATTEMPTS + attempt, size * size)
            if not taken(w, k, at % size, at // size, a):
                level = least + level_below(w, i, G_LEVEL, a, w.knobs[i].max_level + 1 - least)
                place_agent(w, k, a, at % size, at // size, 0, level)
                break


@kernel
def heaviest(w, k, players):
    """The levels of the (up to) three weakest players together."""
    total = 0
    for rank in range(min(players, 3)):
        least, seen = 256, 0
        for level in range(1, 256):
            for a in range(players):
                if w.levels.agents[k, a].level == level:
                    seen += 1
                    if seen == rank + 1:
                        least = level
            if least < 256:
                break
        total += least
    return total


@kernel
def near_food(w, k, x, y):
    """Whether food lies in the eight cells around (x, y) or two cells away in a line."""
    size = w.levels.map[k].width
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            far = max(abs(dx), abs(dy)) == 2
            nx, ny = x + dx, y + dy
            if (far and dx != 0 and dy != 0) or nx < 0 or ny < 0 or nx >= size or ny >= size:
                continue
            if get(w, k, nx, ny) & 0xFF == FOOD:
                return True
    return False


@kernel
def generate(w, i, k):
    """Players first, then food one by one; an attempt without room for all food is rejected."""
    knobs = w.knobs[i]
    size, players = knobs.height, knobs.num_agents
    blank(w, k, size, size, EMPTY_CELL, max(50, 6 * size))  # lbforaging: 50 steps
    w.levels.map[k].num_agents = players
    spawn_players(w, i, k, players)
    most, least = heaviest(w, k, players), knobs.min_food_level
    if knobs.max_food_level > 0:
        most = min(most, knobs.max_food_level)
    placed = 0
    for attempt in range(ATTEMPTS):
        at = level_below(w, i, G_FOOD, attempt, (size - 2) * (size - 2))
        x, y = 1 + at % (size - 2), 1 + at // (size - 2)
        if near_food(w, k, x, y) or taken(w, k, x, y, players):
            continue
        level = most
        if not knobs.cooperative:
            level = least + level_below(w, i, G_LEVEL, players + placed, most + 1 - least)
        put(w, k, x, y, _FOOD | level << STATE_SHIFT)
        placed += 1
        if placed == knobs.count:
            return True
    return False


@kernel
def measure(w, i, k):
    """Steps between food and players: the nearest that can load it alone, or all of them."""
    grid = w.levels.map[k]
    total = 0
    for j in range(grid.height * grid.width):
        cell = int(w.levels.cells[k, j])
        if cell & 0xFF != FOOD:
            continue
        nearest, summed = 1 << 20, 0
        for a in range(grid.num_agents):
            start = w.levels.agents[k, a]
            steps = abs(start.x - j % grid.width) + abs(start.y - j // grid.width)
            summed += steps
            if start.level >= cell >> STATE_SHIFT & 0xFF:
                nearest = min(nearest, steps)
        total += min(nearest, summed)
    return total


def _food_sets(size: int, food: int, stop: int) -> int:
    """Ways to lay ``food`` foods apart from each other; stops counting at ``stop``."""
    inner = [(x, y) for y in range(size - 2) for x in range(size - 2)]

    def apart(a: tuple[int, int], b: tuple[int, int]) -> bool:
        dx, dy = abs(a[0] - b[0]), abs(a[1] - b[1])
        return max(dx, dy) > 2 or (max(dx, dy) == 2 and min(dx, dy) > 0)

    def ways(chosen: tuple[tuple[int, int], ...], first: int) -> int:
        if len(chosen) == food:
            return 1
        total = 0
        for position in range(first, len(inner)):
            if all(apart(inner[position], other) for other in chosen):
                total += ways((*chosen, inner[position]), position + 1)
                if total >= stop:
                    break
        return total

    return ways((), 0)


def _distinct(knobs: ForagingKnobs) -> int | None:
    """Food sets, times places of the players, times levels of players and food."""
    levels = 0
    for each in itertools.product(
        range(knobs.min_level, knobs.max_level + 1), repeat=knobs.players
    ):
        most = min(sum(sorted(each)[:3]), knobs.max_food_level or codes.ANY)
        choices = 1 if knobs.cooperative else most + 1 - knobs.min_food_level
        levels += choices**knobs.food
        if levels >= 10_000:
            return None
    places = math.perm(knobs.size**2 - knobs.food, knobs.players)
    count = places * levels * _food_sets(knobs.size, knobs.food, 10_000)
    return count if count < 10_000 else None


FORAGING = Generator(
    name="foraging",
    knobs=ForagingKnobs,
    needs=square_map,
    kernel=generate,
    distinct=_distinct,
    measure=measure,
)
