"""What each mechanic does, on maps drawn for it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world

# Three cells side by side, the last behind a wall.
STRIP = {
    "map": ["+-+-+-+", "|   | |", "+-+-+-+"],
    "starts": [{"x": 0.5, "y": 0.5, "heading": 0}],
    "goal": [2.5, 0.5],
    "max_steps": 100,
}
FIELD = {
    "map": ["+-+-+-+-+-+", *(["|         |", "+ + + + + +"] * 4), "|         |", "+-+-+-+-+-+"],
    "starts": [{"x": 2.5, "y": 2.5, "heading": 90}],
    "goal": [4.5, 2.5],
    "max_steps": 100,
}


def begun(level: dict[str, Any], **factors: Any) -> Batch:
    batch = Batch([load_world("PointMaze-v0", records=(level,), **factors)], 1)
    batch.reset(seed=0)
    return batch


def go(batch: Batch, x: float, y: float, steps: int = 1) -> Any:
    for _ in range(steps):
        batch.w.actions[0, 0] = x, y
        batch.step()
    return batch.w.state.bodies[0, 0]


# ---- bodies ----


def test_a_point_moves_by_its_speed_and_then_gains_it() -> None:
    body = go(begun(FIELD), 1.0, -0.5)
    assert (body["x"], body["y"]) == (2.5, 2.5)
    np.testing.assert_allclose([body["vx"], body["vy"]], [0.6, -0.3])


def test_speed_settles_where_damping_takes_what_thrust_gives() -> None:
    batch = begun(FIELD, **{"transition.thrust": 3.0, "transition.mass": 2.0})
    body = go(batch, 0.0, 1.0, 30)
    assert body["vy"] == pytest.approx(3.0 / 2.0 * 0.1 / 0.25, abs=1e-3)


def test_nothing_is_faster_than_the_highest_speed() -> None:
    body = go(begun(FIELD, **{"transition.damping": 0.0}), 1.0, 1.0, 10)
    assert math.hypot(body["vx"], body["vy"]) == pytest.approx(1.5)


def test_friction_stops_a_body() -> None:
    batch = begun(FIELD, **{"transition.friction": 2.0, "transition.damping": 0.0})
    go(batch, 1.0, 0.0, 2)
    speeds = [float(go(batch, 0.0, 0.0)["vx"]) for _ in range(6)]
    np.testing.assert_allclose(speeds, [0.6, 0.4, 0.2, 0.0, 0.0, 0.0], atol=1e-12)


def test_actuators_lag_and_weaken() -> None:
    batch = begun(FIELD, **{"transition.lag": 0.5, "transition.gain": 0.5})
    found = [float(go(batch, 1.0, -1.0)["cx"]) for _ in range(3)]
    np.testing.assert_allclose(found, [0.25, 0.375, 0.4375])


def test_wind_blows_where_it_says() -> None:
    batch = begun(FIELD, **{"transition.wind": 2.0, "transition.wind_heading": 90.0})
    body = go(batch, 0.0, 0.0)
    np.testing.assert_allclose([body["vx"], body["vy"]], [0.0, 0.2], atol=1e-12)


def test_a_unicycle_turns_on_the_spot() -> None:
    batch = begun(FIELD, **{"transition.body": "unicycle", "transition.turn_rate": 90.0})
    body = go(batch, 0.0, 1.0, 10)
    np.testing.assert_allclose([body["hx"], body["hy"]], [-1.0, 0.0], atol=1e-9)
    assert (body["x"], body["y"]) == (2.5, 2.5)


def test_a_car_turns_only_while_it_rolls() -> None:
    batch = begun(FIELD, **{"transition.body": "car", "transition.curvature": 2.0})
    body = go(batch, 0.0, 1.0, 5)
    np.testing.assert_allclose([body["hx"], body["hy"]], [0.0, 1.0], atol=1e-12)
    before, path = math.atan2(1.0, 0.0), 0.0
    for _ in range(6):
        speed = math.hypot(body["vx"], body["vy"])
        go(batch, 1.0, 1.0)
        path += speed * 0.1
    assert math.atan2(body["hy"], body["hx"]) - before == pytest.approx(2.0 * path)
    ahead = body["vx"] * body["hx"] + body["vy"] * body["hy"]
    assert ahead == pytest.approx(math.hypot(body["vx"], body["vy"])), "it does not skid"


# ---- walls ----


def test_a_wall_stops_and_a_bouncy_one_throws_back() -> None:
    batch = begun(STRIP)
    body = go(batch, 1.0, 0.0, 40)
    assert body["x"] == pytest.approx(2.0 - 0.2)
    assert batch.w.metrics["bumps"][0] > 5
    bouncy = begun(STRIP, **{"transition.restitution": 1.0, "transition.damping": 0.0})
    speeds = {float(go(bouncy, 0.02, 0.0)["vx"]) > 0 for _ in range(90)}
    assert speeds == {True, False}


def test_a_body_slides_along_a_wall() -> None:
    batch = begun(FIELD)
    body = go(batch, 1.0, 1.0, 60)
    assert body["x"] == pytest.approx(4.8)
    assert body["y"] == pytest.approx(4.8)


# ---- sensors ----


def test_rays_measure_the_way_to_the_walls() -> None:
    batch = begun(STRIP, **{"observation.rays": 4})
    np.testing.assert_allclose(batch.obs["rays"][0, 0], [1.5, 0.5, 0.5, 0.5], rtol=1e-6)
    short = begun(STRIP, **{"observation.rays": 4, "observation.ray_range": 0.75})
    np.testing.assert_allclose(short.obs["rays"][0, 0], [0.75, 0.5, 0.5, 0.5], rtol=1e-6)


def test_rays_follow_the_heading_and_the_field_of_view() -> None:
    level = {**STRIP, "starts": [{"x": 0.5, "y": 0.5, "heading": 90}]}
    changes = {"transition.body": "unicycle", "observation.rays": 3, "observation.fov": 180.0}
    batch = begun(level, **changes)
    # Looking south: east is to the left.
    np.testing.assert_allclose(batch.obs["rays"][0, 0], [1.5, 0.5, 0.5], rtol=1e-6)


def test_rays_agree_with_a_march_in_small_steps() -> None:
    world = load_world("PointMaze-v0", **{"observation.rays": 32, "transition.walls": False})
    batch = Batch([world], 16)
    batch.reset(seed=9)
    for i in range(16):
        k = int(batch.w.core["level"][i])
        body, walls = batch.w.state.bodies[i, 0], batch.w.levels.walls[k].reshape(9, 9)
        for j in range(32):
            angle = math.tau * j / 32
            assert march(body, walls, angle) == pytest.approx(batch.obs["rays"][i, 0, j], abs=2e-3)


def march(body: Any, walls: np.ndarray, angle: float, step: float = 1e-3) -> float:
    x, y, far = float(body["x"]), float(body["y"]), 0.0
    while far < 5.0:
        cell = int(x), int(y)
        x, y, far = x + step * math.cos(angle), y + step * math.sin(angle), far + step
        bits = int(walls[cell[1], cell[0]])
        for axis, (low, high) in enumerate(((8, 2), (1, 4))):
            after = int((x, y)[axis]) if (x, y)[axis] >= 0 else -1
            if (after > cell[axis] and bits & high) or (after < cell[axis] and bits & low):
                return far
    return 5.0


def test_semantic_rays_tell_what_they_meet() -> None:
    level = {**FIELD, "items": [{"x": 2.5, "y": 1.0, "radius": 0.25, "kind": "landmark"}]}
    batch = begun(level, **{"observation.rays": 4, "observation.semantics": True})
    assert batch.obs["hits"][0, 0].tolist() == [2, 1, 1, 4]
    np.testing.assert_allclose(batch.obs["rays"][0, 0], [1.6, 2.5, 2.5, 1.25], rtol=1e-6)
    blind = begun(level, **{"observation.rays": 4})
    np.testing.assert_allclose(blind.obs["rays"][0, 0], [2.5, 2.5, 2.5, 2.5], rtol=1e-6)


def test_rays_err_as_often_and_as_far_as_they_say() -> None:
    noisy = {"observation.ray_noise": 0.1, "observation.dropout": 0.25, "observation.rays": 64}
    world = load_world("PointMaze-v0", records=(FIELD,), **noisy)
    batch = Batch([world], 400)
    batch.reset(seed=0)
    plain = begun(FIELD, **{"observation.rays": 64}).obs["rays"][0, 0]
    seen = batch.obs["rays"][:, 0]
    lost = seen == 5.0
    assert lost.mean() == pytest.approx(0.25, abs=0.02)
    error = (seen - plain)[~lost]
    assert error.std() == pytest.approx(0.1, rel=0.05)
    assert abs(error.mean()) < 0.01


def test_the_compass_points_at_the_goal_as_the_body_looks() -> None:
    np.testing.assert_allclose(begun(FIELD).obs["compass"][0, 0], [1, 0, 2], atol=1e-6)
    batch = begun(FIELD, **{"transition.body": "car"})  # it looks south
    np.testing.assert_allclose(batch.obs["compass"][0, 0], [0, -1, 2], atol=1e-6)
    np.testing.assert_allclose(batch.obs["odometry"][0, 0], [0, 0, 0, 1], atol=1e-6)


# ---- rewards and ends ----


def test_arriving_pays_the_less_the_later() -> None:
    batch = begun({**FIELD, "max_steps": 50})
    go(batch, 1.0, 0.0)
    steps = 1
    while not batch.w.terminated[0, 0]:
        assert batch.w.reward[0, 0] == 0.0
        go(batch, 1.0, 0.0)
        steps += 1
    assert batch.w.reward[0, 0] == pytest.approx(1 - 0.9 * steps / 50)
    assert batch.w.final_metrics["success"][0] == 1
    assert batch.w.final_metrics["path"][0] == pytest.approx(1.6, abs=0.15)


def test_progress_pays_for_metres() -> None:
    batch = begun(FIELD, **{"reward.progress": 2.0})
    total = 0.0
    for _ in range(8):
        body = go(batch, 1.0, 0.0)
        total += float(batch.w.reward[0, 0])
    assert total == pytest.approx(2.0 * (body["x"] - 2.5))


def test_steps_bumps_and_effort_cost() -> None:
    costs = {"reward.step_cost": 0.01, "reward.bump_cost": 0.5, "reward.effort_cost": 0.1}
    batch = begun(STRIP, **costs)
    go(batch, 0.5, 0.5)
    assert batch.w.reward[0, 0] == pytest.approx(-0.01 - 0.1 * 0.25)
    go(batch, 1.0, 0.0, 30)
    assert batch.w.reward[0, 0] == pytest.approx(-0.01 - 0.05 - 0.5)


def test_a_hidden_goal_stays_and_its_finding_is_told() -> None:
    batch = Batch([load_world("HiddenGoal-v0", records=(FIELD,))], 1)
    batch.reset(seed=0)
    assert "compass" not in batch.obs
    assert batch.obs["signals"][0, 0].tolist() == [1, 0, 0]
    while not batch.w.out["inner_end"][0]:
        go(batch, 1.0, 0.0)
    assert batch.obs["signals"][0, 0].tolist() == [1, 0, 1]
    assert (batch.w.state.bodies[0, 0]["x"], batch.w.core["inner"][0]) == (2.5, 1)
    go(batch, 0.0, 0.0)
    assert batch.obs["signals"][0, 0, 0] == 0
    assert batch.obs["signals"][0, 0, 2] == 0
