"""Coming nearer along open ways pays what it is worth, round corners too."""

from __future__ import annotations

import math
from typing import Any

import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world
from adaptarium.envs.navigation.reference import policy

BENT: dict[str, Any] = {
    "map": ["+-+-+", "|   |", "+-+ +", "|   |", "+-+-+"],
    "starts": [{"x": 0.5, "y": 0.5}],
    "goal": [0.5, 1.5],
    "max_steps": 100,
}


def start(**factors: Any) -> Batch:
    alone = {"reward.goal": 0.0, "reward.approach": 2.0}
    batch = Batch([load_world("PointMaze-v0", records=(BENT,), **{**alone, **factors})], 1)
    batch.reset(seed=0)
    return batch


def test_a_whole_way_pays_its_length() -> None:
    batch = start()
    player, earned = policy(batch.world_at(0), batch.w, int(batch.w.core["level"][0])), 0.0
    while not batch.w.core["ended"][0]:
        batch.w.actions[0] = player.act(batch.w, 0)
        batch.step()
        earned += float(batch.w.reward[0, 0])
    x, y = (float(batch.w.state.bodies[axis][0, 0]) for axis in "xy")
    # Three cells from middle to middle, then straight.
    assert earned == pytest.approx(2.0 * (3.0 - math.dist((x, y), (0.5, 1.5))))


@pytest.mark.parametrize(("factor", "sign"), [("reward.approach", 1), ("reward.progress", -1)])
def test_leaving_a_dead_end_pays_along_ways_and_costs_as_the_crow_flies(
    factor: str, sign: int
) -> None:
    batch = start(**{"reward.approach": 0.0, factor: 1.0})
    earned = 0.0
    for _ in range(6):
        batch.w.actions[0] = [1.0, 0.0]
        batch.step()
        earned += float(batch.w.reward[0, 0])
    assert earned * sign > 0.02


def test_where_there_is_no_way_it_pays_as_the_crow_flies() -> None:
    closed = {**BENT, "map": ["+-+-+", "|   |", "+-+-+", "|   |", "+-+-+"]}
    world = load_world("PointMaze-v0", records=(closed,), **{"reward.approach": 1.0})
    batch = Batch([world], 1)
    batch.reset(seed=0)
    batch.w.actions[0] = [1.0, 0.0]
    for _ in range(2):
        batch.step()
    x = float(batch.w.state.bodies["x"][0, 0])
    assert batch.w.reward[0, 0] == pytest.approx(1.0 - math.dist((x, 0.5), (0.5, 1.5)))
