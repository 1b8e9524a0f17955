"""Ways through a map on the host: what a disc can see, short paths, and the shortest of a point."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation.codes import EAST, NORTH, SOUTH, WEST

Floats = npt.NDArray[np.float64]
Point = tuple[float, float]
SPACING = 0.5  # metres between the places that a path may lead over, the middles of cells included
_CLOSE = 1e-9


def walls_of(w: Workspace, k: int) -> Floats:
    """(walls, 4) both ends of every wall of level row ``k``, free segments last."""
    head, levels = w.levels.head[k], w.levels
    height, width = int(head["height"]), int(head["width"])
    bits = levels.walls[k, : height * width].reshape(height, width)
    found = []
    for bit, (x0, y0, x1, y1) in (
        (NORTH, (0, 0, 1, 0)),
        (WEST, (0, 0, 0, 1)),
        (SOUTH, (0, 1, 1, 1)),
        (EAST, (1, 0, 1, 1)),
    ):
        rows, columns = np.nonzero(bits & bit)
        ends = (columns + x0, rows + y0, columns + x1, rows + y1)
        found.append(np.stack(ends, axis=1).astype(np.float64))
    inner = np.unique(np.concatenate(found), axis=0)
    return np.concatenate([inner, levels.segments[k, : int(head["num_segments"])]])


def _nearest(points: Floats, walls: Floats) -> Floats:
    """(points, walls) distances."""
    start, along = walls[:, :2], walls[:, 2:] - walls[:, :2]
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(-1) / (along * along).sum(-1), 0.0, 1.0)
    distances: Floats = np.linalg.norm(offset - share[..., None] * along, axis=-1)
    return distances


def _cross(a: Floats, b: Floats) -> Floats:
    found: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return found


def _crossed(p: Floats, q: Floats, walls: Floats) -> npt.NDArray[np.bool_]:
    """(…, walls) whether the way from p to q, (…, 2) each, crosses a wall; touching is not."""
    start, end = walls[:, :2], walls[:, 2:]
    way, wall = (q - p)[..., None, :], end - start
    one, two = _cross(way, start - p[..., None, :]), _cross(way, end - p[..., None, :])
    three, four = _cross(wall, p[..., None, :] - start), _cross(wall, q[..., None, :] - start)
    found: npt.NDArray[np.bool_] = (one * two < -_CLOSE) & (three * four < -_CLOSE)
    return found


@dataclass
class Terrain:
    """A map as a disc meets it.

    Attributes:
        walls: (walls, 4) as :func:`walls_of` gives them.
        radius: Of the disc, in metres.
        size: Width and height of the map.
    """

    walls: Floats
    radius: float
    size: Point

    def sees(self, p: Point, q: Point) -> bool:
        """Whether a disc can go straight from p to q; walls at p itself are behind it."""
        if not len(self.walls):
            return True
        ends = np.array([p, q])
        if _crossed(ends[0], ends[1], self.walls).any():
            return False
        own = _nearest(ends[:1], self.walls)[0]
        far = _nearest(ends[1:], self.walls)[0]
        way = np.array([[*p, *q]])
        if math.dist(p, q) > _CLOSE:
            posts = self.walls.reshape(-1, 2)
            near = _nearest(posts, way).reshape(-1, 2).min(axis=1)
            far = np.minimum(far, near)
        # Where it already touches a wall it may slide along.
        return bool((far >= np.minimum(self.radius, own) - _CLOSE).all())

    def path(self, start: Point, goal: Point) -> list[Point]:
        """Turning points of a short way for the disc, both ends included; empty where none is.

        Theta*: A* over places of a lattice, in which a place takes its predecessor's predecessor
        wherever that is in sight (Nash, Daniel, Koenig & Felner, AAAI 2007).
        """
        if self.sees(start, goal):
            return [start, goal]
        places = self._places()
        best: dict[Point, float] = {start: 0.0}
        came: dict[Point, Point] = {start: start}
        done: set[Point] = set()
        queue: list[tuple[float, Point]] = [(math.dist(start, goal), start)]
        while queue:
            _, here = heapq.heappop(queue)
            if here in done:
                continue
            if here == goal:
                return _back(came, goal)
            done.add(here)
            for there in self._beside(here, goal, places):
                if there in done:
                    continue
                shorter = came[here]
                by = shorter if self.sees(shorter, there) else here
                cost = best[by] + math.dist(by, there)
                if cost < best.get(there, math.inf) - _CLOSE and (
                    by != here or self.sees(here, there)
                ):
                    best[there], came[there] = cost, by
                    heapq.heappush(queue, (cost + math.dist(there, goal), there))
        return []

    def _places(self) -> set[Point]:
        """The places of the lattice where the disc touches nothing."""
        width, height = (int(side / SPACING) for side in self.size)
        rows = [
            (x * SPACING, y * SPACING)
            for x, y in itertools.product(range(1, width), range(1, height))
        ]
        clear = _nearest(np.array(rows), self.walls).min(axis=1) >= self.radius
        return {row for row, free in zip(rows, clear.tolist(), strict=True) if free}

    def _beside(self, here: Point, goal: Point, places: set[Point]) -> list[Point]:
        """Places within a step of the lattice, and the goal where it is as near."""
        x, y = (round(part / SPACING) for part in here)
        around = itertools.product((x - 1, x, x + 1), (y - 1, y, y + 1))
        found = [place for a, b in around if (place := (a * SPACING, b * SPACING)) in places]
        near = math.dist(here, goal) < 2 * SPACING
        return [place for place in found if place != here] + ([goal] if near else [])

    def shortest(self, start: Point, goal: Point) -> float:
        """Length of the shortest way of a point, which no disc can beat; infinite where none is.

        The visibility graph of the ends of walls (Lozano-Pérez & Wesley, CACM 1979), by Dijkstra.
        """
        if not len(self.walls):
            return math.dist(start, goal)
        posts = np.unique(np.concatenate([[start, goal], self.walls.reshape(-1, 2)]), axis=0)
        lengths = np.linalg.norm(posts[:, None] - posts, axis=-1)
        blocked = _crossed(posts[:, None], posts[None], self.walls).any(axis=-1)
        lengths[blocked] = np.inf
        first, last = (int(np.argmin(np.linalg.norm(posts - at, axis=1))) for at in (start, goal))
        return _dijkstra(lengths, first, last)


def _back(came: dict[Point, Point], goal: Point) -> list[Point]:
    way = [goal]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[::-1]


def _dijkstra(lengths: Floats, first: int, last: int) -> float:
    """The shortest way in a dense graph."""
    found = np.full(len(lengths), np.inf)
    found[first] = 0.0
    open_ = np.ones(len(lengths), np.bool_)
    while open_[last]:
        here = int(np.where(open_, found, np.inf).argmin())
        if not math.isfinite(found[here]):
            break
        open_[here] = False
        found = np.minimum(found, found[here] + lengths[here])
    return float(found[last])


def length(path: Sequence[Point]) -> float:
    """Metres of a path."""
    return sum(math.dist(one, other) for one, other in itertools.pairwise(path))
