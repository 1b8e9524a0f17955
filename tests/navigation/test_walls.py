"""No tunnels: whatever is commanded, a body is never in a wall, and never behind one."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.navigation.ways import walls_of

# As fast as the rules allow, on every kind of map.
FASTEST = {
    "transition.max_speed": 1.99,
    "transition.thrust": 100.0,
    "transition.radius": 0.2,
    "episode.max_steps": 1000,
}
MAPS: dict[str, dict[str, Any]] = {
    "maze": {"generator": "maze"},
    "rooms": {"generator": "rooms"},
    "caves": {"generator": "caves"},
    "hard_maze": {"generator": "hard_maze"},
    "bouncing": {"generator": "maze", "transition.restitution": 1.0, "transition.damping": 0.0},
    "wide": {"generator": "maze", "transition.radius": 0.49, "transition.max_speed": 4.89},
    "unicycle": {"generator": "rooms", "transition.body": "unicycle"},
    "car": {"generator": "hard_maze", "transition.body": "car"},
}


def swift(**changes: Any) -> World:
    plain = {name: value for name, value in changes.items() if "." not in name}
    dotted = {name: value for name, value in changes.items() if "." in name}
    return load_world("PointMaze-v0", **plain, **{**FASTEST, **dotted, "task.goal_radius": 1e-6})


class Walls:
    """The walls of every slot's level, kept as long as the level is.

    Attributes:
        ends: (slots, most, 4) both ends of each.
        counts: (slots,) how many there are.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch, self._names = batch, np.zeros(batch.num_envs, np.uint64)
        self.ends = np.zeros((batch.num_envs, 512, 4))
        self.counts = np.zeros(batch.num_envs, np.int64)

    def look(self) -> np.ndarray:
        """Read the walls of the slots whose level is new; (slots,) which those are."""
        names = self._batch.w.core["level_name"].astype(np.uint64)
        new = (names != self._names) | (self.counts == 0)
        for i in np.flatnonzero(new):
            own = walls_of(self._batch.w, int(self._batch.w.core[i]["level"]))
            self.ends[i, : len(own)], self.counts[i] = own, len(own)
        self._names = names
        return new


@numba.njit
def side(ax: Any, ay: Any, bx: Any, by: Any, cx: Any, cy: Any) -> Any:
    """On which side of the line from a to b the point c lies."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@numba.njit
def deepest(before: Any, after: Any, radius: Any, ends: Any, counts: Any) -> Any:
    """How far any body reaches into a wall, in metres; infinite where one went through a wall."""
    worst = -np.inf
    for i in range(len(after)):
        px, py, qx, qy = before[i, 0], before[i, 1], after[i, 0], after[i, 1]
        for j in range(counts[i]):
            x0, y0, x1, y1 = ends[i, j]
            dx, dy = x1 - x0, y1 - y0
            share = ((qx - x0) * dx + (qy - y0) * dy) / (dx * dx + dy * dy)
            share = min(max(share, 0.0), 1.0)
            away = np.hypot(x0 + share * dx - qx, y0 + share * dy - qy)
            worst = max(worst, radius[i] - away)
            apart = side(px, py, qx, qy, x0, y0) * side(px, py, qx, qy, x1, y1) < 0
            if apart and side(x0, y0, x1, y1, px, py) * side(x0, y0, x1, y1, qx, qy) < 0:
                return np.inf
    return worst


def places(batch: Batch) -> np.ndarray:
    bodies = batch.w.state.bodies[:, 0]
    return np.stack([bodies["x"], bodies["y"]], axis=1)


def check_steps(name: str, slots: int, steps: int) -> float:
    """Look at every body after every step; returns the share of steps against walls."""
    batch = Batch([swift(**MAPS[name])], slots, autoreset="same_step")
    batch.reset(seed=3)
    rng, walls, bumps = np.random.default_rng(4), Walls(batch), 0
    walls.look()
    for step in range(steps):
        if step % 7 == 0:  # hold a course: random commands hardly move
            batch.w.actions[:] = np.clip(rng.normal(0, 2, batch.w.actions.shape), -1, 1)
        before, radius = places(batch), batch.w.rules["radius"][:, 0]
        batch.step()
        bumps += int(batch.w.scratch.plan["bumped"].sum())
        begun = walls.look() | (batch.w.core["elapsed"] == 0)
        before = np.where(begun[:, None], places(batch), before)
        assert deepest(before, places(batch), radius, walls.ends, walls.counts) < 1e-8
    return bumps / (steps * slots)


@pytest.mark.parametrize("name", MAPS)
def test_walls_hold(name: str) -> None:
    assert check_steps(name, 48, 80) > 0.05, "hardly any wall was tried"


@pytest.mark.full
@pytest.mark.parametrize("name", MAPS)
def test_walls_hold_for_ten_million_steps(name: str) -> None:
    """All maps together; every body is looked at after every step."""
    assert check_steps(name, 4096, 10_000_000 // (len(MAPS) * 4096) + 1) > 0.05


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"transition.max_speed": 2.0}, "a step may go further than radius"),
        ({"transition.max_speed": 0.0}, "expected less, above 0"),
        ({"transition.dt": 0.5}, "a step may go further"),
        ({"transition.radius": 0.5}, "half a cell"),
    ],
)
def test_rules_that_could_tunnel_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FactorError, match=message):
        load_world("PointMaze-v0", **changes)


def test_painted_walls_allow_anything() -> None:
    world = load_world("PointMaze-v0", **{"transition.walls": False, "transition.max_speed": 0.0})
    batch = Batch([world], 8)
    batch.reset(seed=0)
    batch.w.actions[:] = 1.0
    for _ in range(40):
        batch.step()
    assert places(batch).max() > 9.5, "outside of the map"
