"""A player of continuous mazes that learns nothing beforehand: it makes a map, and plans on it.

After "Life, uh, Finds a Way: Hyperadaptability by Behavioral Search" (Baranski & Tani, arXiv
2410.01349): a cognitive map that is made and mended while it is used, searched systematically, in
one lifetime. Where the goal is known, unknown ground counts as free, and the way is planned anew as
the map changes (Koenig, Tovey & Smirnov, Artificial Intelligence 147, 2003); where it is hidden,
ground that was never near is visited, the nearest first, and what was found is remembered.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import AgentError

Cell = tuple[int, int]
Vector = npt.NDArray[np.float64]

SIDE = 0.25  # metres of a cell of the map
SWEPT = 0.3  # metres around its way that it has searched
SPEED = 1.4  # metres a second that it tries to go
STEP = 0.1  # seconds of a step, where it has nothing but its speed to know its place by
CROWDED = 4.0  # what a step beside a wall costs, in steps
UNKNOWN = 1.5  # what a step on unknown ground costs
PATIENCE = 6  # steps without getting on after which a place is taken for blocked
_MARGIN = 6  # cells around what it knows, and the goal, that its plans may cross
_AROUND = [step for step in itertools.product((-1, 0, 1), repeat=2) if step != (0, 0)]


class Explorer:
    """Plays worlds of the navigation family with one point among walls.

    It sees rays all around, and needs the compass, the position or the odometry. Commands are
    forces to the east and to the south.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.free: set[Cell] = set()
        self.blocked: set[Cell] = set()
        self.swept: set[Cell] = set()
        self._goal: Vector | None = None
        self._place = np.zeros(2)
        self._way: list[Cell] = []
        self._best, self._waited = math.inf, 0

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """(2,) float32, the force.

        Raises:
            AgentError: the observation has no rays, or nothing to know the place by.
        """
        if info["first"]:
            self._begin()
        if "rays" not in observation:
            raise AgentError("agent explorer needs observation.rays")
        self._locate(observation)
        self._look(np.asarray(observation["rays"], float))
        self._mind_progress()
        target = self._next_place()
        away = target - self._place
        wanted = away / max(float(np.linalg.norm(away)), 1e-9)
        speed = np.zeros(2)
        if "odometry" in observation:
            speed = np.asarray(observation["odometry"][:2], float)
        return np.clip(2.0 * (SPEED * wanted - speed), -1, 1).astype(np.float32)

    # ---- the map ----

    def _locate(self, seen: Mapping[str, Any]) -> None:
        """Where it is: by the goal, by its position, or by what its speed adds up to."""
        signals = seen.get("signals")
        begun = signals is not None and signals[0] > 0
        if begun and signals is not None and signals[2] > 0:
            self._goal = self._place.copy()  # the last step of the inner episode before
        if "compass" in seen:
            ahead, right, distance = (float(part) for part in seen["compass"])
            self._goal = np.zeros(2)
            self._place = -distance * np.array([ahead, right])
        elif "position" in seen:
            self._place = np.asarray(seen["position"], float)
        elif "odometry" in seen:
            self._place = np.zeros(2) if begun else self._place
            self._place = self._place + STEP * np.asarray(seen["odometry"][:2], float)
        else:
            raise AgentError("agent explorer needs a compass, a position or odometry")
        if begun:
            self._way = []

    def _look(self, rays: Vector) -> None:
        """Write what the rays tell into the map."""
        angles = np.arange(len(rays)) * math.tau / len(rays)
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        longest = float(rays.max())
        for far, way in zip(rays.tolist(), ways, strict=True):
            along = np.arange(0.0, max(far - 0.1, 0.0), SIDE / 2)
            points = self._place + along[:, None] * way
            self.free.update(map(_tuple, np.floor(points / SIDE).astype(int)))
            if far < longest or far < 2.0:  # a ray that meets nothing shows its range
                self.blocked.add(_cell(self._place + (far + 0.02) * way))
        own = _cell(self._place)
        self.blocked.discard(own)
        self.free.add(own)
        reach = math.ceil(SWEPT / SIDE)
        for dx, dy in itertools.product(range(-reach, reach + 1), repeat=2):
            if math.hypot(dx, dy) * SIDE <= SWEPT:
                self.swept.add((own[0] + dx, own[1] + dy))

    def _mind_progress(self) -> None:
        """A place on the way that it cannot come nearer to is blocked, whatever the rays said."""
        if not self._way:
            self._best, self._waited = math.inf, 0
            return
        left = float(np.linalg.norm(_middle(self._way[0]) - self._place))
        if left < self._best - 0.02:
            self._best, self._waited = left, 0
        else:
            self._waited += 1
        if self._waited > PATIENCE:
            self.blocked.add(self._way[0])
            self._way = []

    # ---- the plan ----

    def _next_place(self) -> Vector:
        """The point to head for."""
        own = _cell(self._place)
        while self._way and math.dist(self._way[0], own) < 1.5:
            self._way.pop(0)
            self._best, self._waited = math.inf, 0
        if not self._way or any(cell in self.blocked for cell in self._way):
            self._way = self._plan(own)
            self._best, self._waited = math.inf, 0
        return _middle(self._way[0]) if self._way else self._target()

    def _target(self) -> Vector:
        """The goal, where it is known."""
        return self._place if self._goal is None else self._goal

    def _plan(self, own: Cell) -> list[Cell]:
        """The cheapest way to the goal, or to the nearest free ground that was never near."""
        if self._goal is not None:
            end = _cell(self._goal)
            way = self._search(own, lambda cell: cell == end, lambda cell: math.dist(cell, end))
        else:
            left = self.free - self.swept - self.blocked
            way = self._search(own, left.__contains__, lambda _cell: 0.0)
        if not way:  # the map is wrong somewhere: look again
            self.blocked.clear()
        return way

    def _search(
        self, own: Cell, is_end: Callable[[Cell], bool], ahead: Callable[[Cell], float]
    ) -> list[Cell]:
        """A* from a cell; empty where there is no way."""
        known = np.array([*self.free, *self.blocked, own, _cell(self._target())])
        low, high = known.min(axis=0) - _MARGIN, known.max(axis=0) + _MARGIN
        cost, came = {own: 0.0}, {own: own}
        queue = [(ahead(own), own)]
        done: set[Cell] = set()
        while queue:
            _, here = heapq.heappop(queue)
            if here in done:
                continue
            done.add(here)
            if is_end(here):
                return _traced(came, here)
            for there, step in self._beside(here):
                total = cost[here] + step
                inside = low[0] < there[0] < high[0] and low[1] < there[1] < high[1]
                if inside and total < cost.get(there, math.inf):
                    cost[there], came[there] = total, here
                    heapq.heappush(queue, (total + ahead(there), there))
        return []

    def _beside(self, here: Cell) -> list[tuple[Cell, float]]:
        """Cells next to a cell, with what a step there costs."""
        x, y = here
        found = []
        for dx, dy in _AROUND:
            there = x + dx, y + dy
            if there in self.blocked or (x + dx, y) in self.blocked or (x, y + dy) in self.blocked:
                continue
            step = math.hypot(dx, dy)
            if any((there[0] + a, there[1] + b) in self.blocked for a, b in _AROUND):
                step *= CROWDED
            found.append((there, step if there in self.free else step * UNKNOWN))
        return found


def _tuple(row: Any) -> Cell:
    return int(row[0]), int(row[1])


def _cell(place: Vector) -> Cell:
    """The cell of a place."""
    return math.floor(place[0] / SIDE), math.floor(place[1] / SIDE)


def _middle(cell: Cell) -> Vector:
    return (np.array(cell) + 0.5) * SIDE


def _traced(came: Mapping[Cell, Cell], end: Cell) -> list[Cell]:
    """The cells from behind the start to the end."""
    way = [end]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[-2::-1]
