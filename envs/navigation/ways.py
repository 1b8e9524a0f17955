"""Ways through a map on the host: what a disc can see, short paths, and the shortest of a point."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation.codes import EAST, NORTH, SOUTH, WEST

Floats = npt.NDArray[np.float64]
Point = tuple[float, float]
SPACING = 0.5  # metres between the places that a path may lead over, the middles of cells included
_CLOSE = 1e-9
_ASIDE = 1e-6
_NEAR = 0.75  # metres between places that a path may lead over one after the other
_ROOM = 1.05  # radii from the end of a wall at which a path bends around it
_SLANTS = (-math.pi / 3, 0.0, math.pi / 3)


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
    found: npt.NDArray[np.bool_] = (one * two < 0) & (three * four < 0)
    return found


@dataclass
class Terrain:
    """A map as a disc meets it.

    Attributes:
        walls: (walls, 4) as :func:`walls_of` gives them.
        radius: Of the disc, in metres.
        size: Width and height of the map.
        free: How many of the walls, the last ones, are free segments.
    """

    walls: Floats
    radius: float
    size: Point
    free: int = 0

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
        beside = self._graph(start, goal)
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
            for there in beside[here]:
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

    def _graph(self, start: Point, goal: Point) -> dict[Point, list[Point]]:
        """The places near each place: of a lattice, around the ends of walls, and both ends."""
        width, height = (int(side / SPACING) for side in self.size)
        lattice = itertools.product(range(1, width), range(1, height))
        grid = np.array([(x * SPACING, y * SPACING) for x, y in lattice]).reshape(-1, 2)
        turns = (_bends(self.walls, self.radius * _ROOM, slant) for slant in _SLANTS)
        places = np.concatenate([grid, *turns])
        places = places[_nearest(places, self.walls).min(axis=1) >= self.radius]
        places = np.concatenate([places, [start, goal]])
        names = [(float(x), float(y)) for x, y in places]
        near = cKDTree(places).query_ball_point(places, _NEAR)
        return {
            name: [names[j] for j in found if names[j] != name]
            for name, found in zip(names, near, strict=True)
        }

    def shortest(self, start: Point, goal: Point) -> float:
        """Length of a way that no disc can beat; infinite where there is none.

        That of a point, which cannot pass where the disc does not fit through: the visibility graph
        of the ends of walls (Lozano-Pérez & Wesley, CACM 1979), by Dijkstra.
        """
        if not len(self.walls):
            return math.dist(start, goal)
        walls = np.concatenate([self.walls, self._gaps()])
        places = np.concatenate([[start, goal], _bends(walls)])
        lengths = np.linalg.norm(places[:, None] - places, axis=-1)
        lengths[_crossed(places[:, None], places[None], walls).any(axis=-1)] = np.inf
        # Bends lie beside the ends of walls: what that adds is taken off again.
        return max(_dijkstra(lengths) - 2 * _ASIDE * len(places), 0.0)

    def _gaps(self) -> Floats:
        """(gaps, 4) the narrowest places between free segments and other walls, if too narrow.

        A disc whose centre crossed such a line would touch one of its ends.
        """
        found = []
        for j in range(len(self.walls) - self.free, len(self.walls)):
            for end in (self.walls[j, :2], self.walls[j, 2:]):
                for other in np.delete(self.walls, j, axis=0):
                    start, along = other[:2], other[2:] - other[:2]
                    share = np.clip((end - start) @ along / (along @ along), 0.0, 1.0)
                    near = start + share * along
                    if _CLOSE < math.dist(end, near) < 2 * self.radius:
                        found.append([*end, *near])
        return np.array(found, np.float64).reshape(-1, 4)


def _back(came: dict[Point, Point], goal: Point) -> list[Point]:
    way = [goal]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[::-1]


def _bends(walls: Floats, aside: float = _ASIDE, slant: float = 0.0) -> Floats:
    """(places, 2) beside the ends of walls, where a shortest way may bend.

    It bends around what leaves more than half a turn free; places lie in the middle of that, turned
    by ``slant``.
    """
    around: dict[Point, list[float]] = {}
    for x0, y0, x1, y1 in walls.tolist():
        angle = math.atan2(y1 - y0, x1 - x0)
        around.setdefault((x0, y0), []).append(angle % math.tau)
        around.setdefault((x1, y1), []).append((angle + math.pi) % math.tau)
    found = []
    for (x, y), angles in around.items():
        angles.sort()
        for one, other in zip(angles, [*angles[1:], angles[0] + math.tau], strict=True):
            if other - one > math.pi + _CLOSE:
                middle = (one + other) / 2 + slant
                found.append((x + aside * math.cos(middle), y + aside * math.sin(middle)))
    return np.array(found, np.float64).reshape(-1, 2)


def _dijkstra(lengths: Floats) -> float:
    """The shortest way from place 0 to place 1 in a dense graph."""
    found = np.full(len(lengths), np.inf)
    found[0] = 0.0
    open_ = np.ones(len(lengths), np.bool_)
    while open_[1]:
        left = np.where(open_, found, np.inf)
        here = int(left.argmin())
        if not math.isfinite(left[here]):
            break
        open_[here] = False
        found = np.minimum(found, found[here] + lengths[here])
    return float(found[1])


def length(path: Sequence[Point]) -> float:
    """Metres of a path."""
    return sum(math.dist(one, other) for one, other in itertools.pairwise(path))
