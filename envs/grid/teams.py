"""Scripted teams for foraging worlds: a pool that gathers one food after the other.

A script is an order of the foods. The team looks at the state anew in every step, so that it copes
with slips and bumps: for the first food left in its order it picks the nearest players that are
strong enough together, sends each to a cell of its own beside the food, and loads when all stand.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.grid import codes
from adaptarium.envs.grid.factors import ActionFactors

Cell = tuple[int, int]

MAX_SCRIPTS = 24
_STEPS: tuple[tuple[str, Cell], ...] = (
    ("east", (1, 0)),
    ("south", (0, 1)),
    ("west", (-1, 0)),
    ("north", (0, -1)),
)
NEEDED = {"stay", "load", *(name for name, _ in _STEPS)}


class TeamPolicy:
    """Plays one script.

    Args:
        actions: The world's action factors; its vocabulary must have ``NEEDED``.
        order: The foods, (x, y) each, in the order in which they are gathered.
    """

    def __init__(self, actions: ActionFactors, order: Sequence[Cell]) -> None:
        entries = actions.order or range(len(actions.vocabulary))
        names = [actions.vocabulary[entry] for entry in entries]
        self._number = {name: names.index(name) for name in NEEDED}
        self._order = tuple(order)

    def act(self, w: Workspace, i: int) -> list[int]:
        """The action of every agent of slot ``i``."""
        found = [self._number["stay"]] * w.reward.shape[1]
        field = _Field(w, i)
        target = next((food for food in self._order if food in field.foods), None)
        if target is None:
            return found
        posts = field.posts(target)
        if posts and all(field.agents[a] == post for a, post in posts.items()):
            return [self._number["load"] if a in posts else act for a, act in enumerate(found)]
        for a, post in posts.items():
            found[a] = self._number[field.way(a, post)]
        return found


class _Field:
    """What a script sees of a state: foods, agents and cells, by (x, y)."""

    def __init__(self, w: Workspace, i: int) -> None:
        grid = w.levels.map[int(w.core["level"][i])]
        self.height, self.width = int(grid["height"]), int(grid["width"])
        cells = w.state.cells[i, : self.height * self.width].reshape(self.height, self.width)
        self.solid = cells & codes.SOLID != 0
        self.foods = {
            (int(x), int(y)): int(cells[y, x]) >> codes.STATE_SHIFT & 0xFF
            for y, x in np.argwhere(cells & 0xFF == codes.FOOD)
        }
        self.agents: dict[int, Cell] = {}
        self.levels: dict[int, int] = {}
        for a in range(int(grid["num_agents"])):
            if w.alive[i, a]:
                agent = w.state.agents[i, a]
                self.agents[a] = (int(agent["x"]), int(agent["y"]))
                self.levels[a] = int(agent["level"])

    def beside(self, cell: Cell) -> Iterator[tuple[str, Cell]]:
        """The cells around ``cell`` that an agent could stand on, with the heading to them."""
        for name, (dx, dy) in _STEPS:
            x, y = cell[0] + dx, cell[1] + dy
            if 0 <= x < self.width and 0 <= y < self.height and not self.solid[y, x]:
                yield name, (x, y)

    def posts(self, food: Cell) -> dict[int, Cell]:
        """Agent -> its cell beside ``food``, for the nearest team that is strong enough."""
        places = [cell for _, cell in self.beside(food)]
        best: tuple[tuple[int, int], dict[int, Cell]] = ((1 << 30, 0), {})
        for size in range(1, min(len(places), len(self.agents)) + 1):
            for team in itertools.combinations(self.agents, size):
                if sum(self.levels[a] for a in team) >= self.foods[food]:
                    best = min(best, self._nearest(team, places), key=lambda found: found[0])
        return best[1]

    def _nearest(
        self, team: tuple[int, ...], places: list[Cell]
    ) -> tuple[tuple[int, int], dict[int, Cell]]:
        """The posting with the shortest longest way, then the shortest ways together."""
        idle = {cell for a, cell in self.agents.items() if a not in team}
        free = [cell for cell in places if cell not in idle]
        found: tuple[tuple[int, int], dict[int, Cell]] = ((1 << 30, 0), {})
        for chosen in itertools.permutations(free, len(team)):
            ways = [_apart(self.agents[a], cell) for a, cell in zip(team, chosen, strict=True)]
            cost = (max(ways), sum(ways))
            if cost < found[0]:
                found = (cost, dict(zip(team, chosen, strict=True)))
        return found

    def way(self, a: int, post: Cell) -> str:
        """The first move of agent ``a`` on a shortest way to ``post`` around the others."""
        if self.agents[a] == post:
            return "stay"
        others = {cell for b, cell in self.agents.items() if b != a}
        distance = {post: 0}
        waiting = deque([post])
        while waiting:
            cell = waiting.popleft()
            for _, near in self.beside(cell):
                if near not in distance and near not in others:
                    distance[near] = distance[cell] + 1
                    waiting.append(near)
        moves = [
            (distance[near], name) for name, near in self.beside(self.agents[a]) if near in distance
        ]
        return min(moves)[1] if moves else "stay"


def _apart(one: Cell, other: Cell) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def scripts(level: dict[str, Any], foods: dict[Cell, int]) -> list[tuple[Cell, ...]]:
    """At most ``MAX_SCRIPTS`` orders of the foods, the nearest first.

    Args:
        level: The readable level.
        foods: The foods' levels by place.
    """
    start = [(agent[0], agent[1]) for agent in level["agents"]]
    centre = (sum(x for x, _ in start) // len(start), sum(y for _, y in start) // len(start))
    left, chain, at = set(foods), [], centre
    while left:
        at = min(left, key=lambda food: (_apart(at, food), food))
        chain.append(at)
        left.remove(at)
    by_level = sorted(foods, key=lambda food: (foods[food], food))
    wanted = [tuple(chain), tuple(by_level), tuple(by_level[::-1])]
    some = itertools.islice(itertools.permutations(chain), MAX_SCRIPTS)
    return list(dict.fromkeys([*wanted, *some]))[:MAX_SCRIPTS]
