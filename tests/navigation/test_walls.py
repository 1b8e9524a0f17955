"""No tunnels: whatever is commanded, a body is never in a wall, and never behind one."""

from __future__ import annotations

from typing import Any

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
    "car": {"generator": "hard_maze", "transition.body": "car"},
}
SLOTS = 48


def swift(**changes: Any) -> World:
    plain = {name: value for name, value in changes.items() if "." not in name}
    dotted = {name: value for name, value in changes.items() if "." in name}
    return load_world("PointMaze-v0", **plain, **{**FASTEST, **dotted, "task.goal_radius": 1e-6})


def depths(batch: Batch, walls: list[np.ndarray]) -> np.ndarray:
    """(slots,) how far each body's edge lies beyond the nearest wall."""
    bodies, radius = batch.w.state.bodies[:, 0], batch.w.rules["radius"][:, 0]
    found = np.empty(batch.num_envs)
    for i, own in enumerate(walls):
        start, along = own[:, :2], own[:, 2:] - own[:, :2]
        offset = np.array([bodies[i]["x"], bodies[i]["y"]]) - start
        share = np.clip((offset * along).sum(1) / (along * along).sum(1), 0, 1)
        found[i] = np.linalg.norm(offset - share[:, None] * along, axis=1).min()
    return radius - found


def crosses(before: np.ndarray, after: np.ndarray, walls: list[np.ndarray]) -> bool:
    """Whether a centre went through a wall in one step."""

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
            c[..., 0] - a[..., 0]
        )

    for p, q, own in zip(before, after, walls, strict=True):
        start, end = own[:, :2], own[:, 2:]
        apart = side(p, q, start) * side(p, q, end) < 0
        if (apart & (side(start, end, p) * side(start, end, q) < 0)).any():
            return True
    return False


def places(batch: Batch) -> np.ndarray:
    bodies = batch.w.state.bodies[:, 0]
    return np.stack([bodies["x"], bodies["y"]], axis=1)


def check_steps(name: str, steps: int, look_every: int) -> float:
    """Play; returns the share of steps against walls."""
    batch = Batch([swift(**MAPS[name])], SLOTS, autoreset="same_step")
    batch.reset(seed=3)
    rng = np.random.default_rng(4)
    steering = rng.uniform(-1, 1, batch.w.actions.shape)
    bumps = 0
    for step in range(steps):
        if step % 7 == 0:  # hold a course: random commands hardly move
            steering = rng.uniform(-1, 1, batch.w.actions.shape)
        batch.w.actions[:] = np.clip(3 * steering, -1, 1)
        before = places(batch)
        batch.step()
        bumps += int(batch.w.scratch.plan["bumped"].sum())
        if step % look_every == 0:
            walls = [walls_of(batch.w, int(k)) for k in batch.w.core["level"]]
            assert depths(batch, walls).max() < 1e-8
            begun = batch.w.core["elapsed"] == 0
            moved = np.where(begun[:, None], places(batch), before)
            assert not crosses(moved, places(batch), walls)
    return bumps / (steps * SLOTS)


@pytest.mark.parametrize("name", MAPS)
def test_walls_hold(name: str) -> None:
    assert check_steps(name, 80, 4) > 0.05, "hardly any wall was tried"


@pytest.mark.full
@pytest.mark.parametrize("name", MAPS)
def test_walls_hold_for_ten_million_steps(name: str) -> None:
    """All maps together; the compiled check of every state is the distance to every wall."""
    batch = Batch([swift(**MAPS[name])], 4096, autoreset="same_step")
    batch.reset(seed=5)
    rng = np.random.default_rng(6)
    for step in range(10_000_000 // (len(MAPS) * 4096) + 1):
        if step % 5 == 0:
            batch.w.actions[:] = np.clip(rng.normal(0, 2, batch.w.actions.shape), -1, 1)
        before, level = places(batch), batch.w.core["level_name"].copy()
        batch.step()
        same = (batch.w.core["level_name"] == level) & (batch.w.core["elapsed"] > 0)
        some = rng.choice(4096, 64, replace=False)
        walls = [walls_of(batch.w, int(k)) for k in batch.w.core["level"][some]]
        moved = np.where(same[some, None], before[some], places(batch)[some])
        assert not crosses(moved, places(batch)[some], walls)
    walls = [walls_of(batch.w, int(k)) for k in batch.w.core["level"]]
    assert depths(batch, walls).max() < 1e-8


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
