"""A player that plans again wherever chance has put it, for levels too large to be solved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Solver
from adaptarium.envs.core.world import World
from adaptarium.envs.grid import codes

# States that one plan may look at. The first is enough for nearly every plan that leaves things
# alone; the second bounds the plans that move them, whose states are products of all their places.
PLAN_STATES, MOST_STATES = 1 << 17, 1 << 19
Words = npt.NDArray[np.uint64]  # (1, words) a state of a search
Way = list[tuple[bytes, int]]  # states, and the action that is taken in each
_CALM = {
    "transition.slip": 0.0,
    "transition.wind": 0.0,
    "transition.obstacle_rate": 0.0,
    "transition.obstacle_moves": "ahead",
    "transition.energy": 0,
    "transition.hazard_ends": True,
    "transition.goal_ends": True,
    "episode.inner_episodes": 1,
}


class ReplanPolicy:
    """Follows the shortest plan of a calm world, and plans again wherever chance has put it.

    In the calm world nothing slips, blows or drains, hazards are fatal and moving obstacles are not
    there. Each movable thing multiplies the states of a search by the number of its places, so that
    a plan moves no more than it must:

    1. crates, and the keys that fit a locked door;
    2. those keys alone, and where the search outgrows its room, only as far as the next door;
    3. one key, as far as the next door;
    4. those keys and one other thing, which stands in the way, as far as the next door;
    5. everything, where there is no other way.

    What stays where it is counts as a wall, and an open door as floor: a plan that never acts on
    them holds. Plans are kept by state, so that many episodes of one level share them.

    Args:
        world: A world with one agent.
        bank: A workspace with the level.
        row: Its row.
    """

    def __init__(self, world: World, bank: Workspace, row: int) -> None:
        self._solver, self._row = Solver(world.override(**_CALM), bank), row
        self._known: dict[bytes, int] = {}

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``; action 0 where no plan was found."""
        self._solver.take(w, i, self._row)
        self._calm_down(self._solver.w)
        state = self._solver.w.rows[0].tobytes()
        if state not in self._known:
            self._known[state] = 0
            self._known.update(self._plan())
        return self._known[state]

    @staticmethod
    def _calm_down(w: Workspace) -> None:
        """Take from the state what the calm world has not: energy, moving obstacles, the clock."""
        w.state.agents["energy"] = 0
        w.state.counts["energy_total"] = 0
        w.state.obstacles[:] = 0
        cells = w.state.cells
        cells[cells & 0xFF == codes.OBSTACLE] = codes.EMPTY_CELL
        w.core[0]["elapsed"] = 0

    def _plan(self) -> Way:
        """A way from the state in slot 0; empty where none was found."""
        start, cells = self._solver.w.rows[0].copy(), self._solver.w.state.cells[0].copy()
        keys = fitting_keys(cells, bool(self._solver.w.rules[0]["keys_match"]))
        crates = cells & 0xFF == codes.CRATE
        things = (cells & codes.PORTABLE != 0) | crates
        others = things & ~keys
        way = self._search(start, others & ~crates, PLAN_STATES)
        way = way or self._search(start, others, PLAN_STATES, True)
        if not way:
            one_key = but_one(things, keys)
            ways = [self._search(start, still, MOST_STATES, True) for still in one_key]
            way = min(filter(None, ways), key=len, default=[])
        for still in but_one(others, others):
            way = way or self._search(start, still, PLAN_STATES, True)
        return way or self._search(start, np.zeros_like(things), MOST_STATES)

    def _search(
        self, start: Words, still: npt.NDArray[np.bool_], states: int, door: bool = False
    ) -> Way:
        """The shortest way on which the cells ``still`` are walls, or with ``door`` a part of one.

        A part leads to fewer locked doors than there are at ``start``.
        """
        solver, cells = self._solver, self._solver.w.state.cells[0]
        solver.w.rows[0][:] = start
        cells[still] = codes.WALL_CELL
        opened = (cells & 0xFF == codes.DOOR) & (cells >> codes.STATE_SHIFT & 0xFF == codes.OPEN)
        cells[opened] = codes.pack(codes.FLOOR)
        changed = start ^ solver.w.rows[0]
        found = solver.onward(states)
        way = solver.way() if found else self._to_next_door() if door else []
        solver.w.core[0]["elapsed"] = 0
        return [((np.frombuffer(at, np.uint64) ^ changed[0]).tobytes(), do) for at, do in way]

    def _to_next_door(self) -> Way:
        """The shortest way of the last search to the fewest locked doors; empty for no fewer."""
        cells = self._solver.seen("cells")
        doors = np.flatnonzero(is_locked(cells[0]))
        locked = is_locked(cells[:, doors]).sum(axis=1)
        return self._solver.way_to(int(locked.argmin()))


def is_locked(cells: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which packed cells are locked doors."""
    state = cells >> codes.STATE_SHIFT & 0xFF
    return (cells & 0xFF == codes.DOOR) & (state == codes.LOCKED)


def fitting_keys(cells: npt.NDArray[np.uint32], keys_match: bool) -> npt.NDArray[np.bool_]:
    """Which of the (cells,) packed cells are, or are boxes with, keys to a locked door among them.

    Args:
        cells: The cells of one state.
        keys_match: Whether a key opens only doors of its colour.
    """
    colours, locked = cells >> codes.COLOUR_SHIFT & 0xFF, is_locked(cells)
    content = (cells >> codes.CONTENT_SHIFT & codes.CONTENT_MASK).astype(np.int64)
    boxed = (content > 0) & (content <= len(codes.COLOURS))  # keys are numbered first
    hidden = np.where(boxed, content - codes.content_of(codes.KEY, 0), colours)
    fits = np.isin(hidden, colours[locked]) if keys_match else locked.any()
    return ((cells & 0xFF == codes.KEY) | boxed) & fits


def but_one(
    things: npt.NDArray[np.bool_], ones: npt.NDArray[np.bool_]
) -> Iterator[npt.NDArray[np.bool_]]:
    """The (cells,) mask ``things``, each time without another cell of the mask ``ones``."""
    for one in np.flatnonzero(ones):
        yield things & (np.arange(len(things)) != one)
