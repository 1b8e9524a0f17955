"""References: plans that arrive, bounds that nobody beats, ways that are as short as can be."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import random_return
from adaptarium.envs.core.world import load_world
from adaptarium.envs.navigation.reference import (
    policy,
    shortest_way,
    solve,
    spl,
    time_bound,
)
from adaptarium.envs.navigation.ways import Terrain, length, walls_of

KINDS: dict[str, dict[str, Any]] = {
    "maze": {},
    "rooms": {"generator": "rooms"},
    "caves": {"generator": "caves"},
    "unicycle": {"transition.body": "unicycle"},
    "lagging": {"transition.lag": 0.5, "transition.gain": 0.7},
    "heavy": {"transition.mass": 4.0},
    "windy": {"transition.wind": 2.0, "transition.wind_heading": 45.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_controller_arrives_near_the_bound(kind: str) -> None:
    world = load_world("PointMaze-v0", **KINDS[kind])
    bank = generate_levels(world, 0, 6)
    for k in range(6):
        found = solve(world, (bank, k))
        assert found.method == "search"
        assert found.actions is not None, f"level {k} is not solved"
        assert found.return_ <= found.high
        assert found.return_ > 0.8 * found.high


def test_the_bound_is_reached_where_nothing_is_in_the_way() -> None:
    level = {
        "map": ["+-+-+-+-+-+-+", "|           |", "+-+-+-+-+-+-+"],
        "starts": [{"x": 0.5, "y": 0.5}],
        "goal": [5.5, 0.5],
        "max_steps": 100,
    }
    # Without the slant of a command along both parts the force is the bound's.
    world = load_world("PointMaze-v0", records=(level,), **{"transition.body": "car"})
    found = solve(world, level)
    batch = Batch([world], 1)
    batch.reset(seed=0)
    assert found.length == time_bound(batch.w, 0)
    assert found.return_ == pytest.approx(found.high)


def test_the_shortest_way_bends_at_the_ends_of_walls() -> None:
    level = {
        "map": ["+-+-+", "|   |", "+-+ +", "|   |", "+-+-+"],
        "starts": [{"x": 0.5, "y": 0.5}],
        "goal": [0.5, 1.5],
        "max_steps": 100,
    }
    world = load_world("PointMaze-v0", records=(level,), **{"task.goal_radius": 0.1})
    batch = Batch([world], 1)
    batch.reset(seed=0)
    assert shortest_way(batch.w, 0) == pytest.approx(2 * math.hypot(0.5, 0.5) - 0.1, abs=1e-4)


def test_a_path_is_clear_and_hardly_longer_than_the_shortest() -> None:
    world = load_world("PointMaze-v0")
    bank = generate_levels(world, 0, 10)
    for k in range(10):
        ground = Terrain(walls_of(bank, k), 0.2, (9.0, 9.0))
        head, start = bank.levels.head[k], bank.levels.starts[k, 0]
        ends = (
            (float(start["x"]), float(start["y"])),
            (float(head["goal_x"]), float(head["goal_y"])),
        )
        path = ground.path(*ends)
        assert (path[0], path[-1]) == ends
        assert all(ground.sees(one, other) for one, other in itertools.pairwise(path))
        shortest = ground.shortest(*ends)
        assert shortest - 1e-9 <= length(path) <= 1.25 * shortest + 0.3


def test_a_closed_room_has_no_way() -> None:
    level = {
        "map": ["+-+-+", "| | |", "+-+-+"],
        "starts": [{"x": 0.5, "y": 0.5}],
        "goal": [1.5, 0.5],
        "max_steps": 20,
    }
    world = load_world("PointMaze-v0", records=(level,))
    found = solve(world, level)
    assert found.actions is None
    assert found.return_ == 0.0


def test_the_hard_maze_is_solved_and_deceives_a_straight_player() -> None:
    world = load_world("HardMaze-v0")
    bank = generate_levels(world, 0, 1)
    found = solve(world, (bank, 0))
    assert found.actions is not None
    ground = Terrain(walls_of(bank, 0), 0.41, (10.0, 10.0), free=7)
    straight = math.dist((1.59, 9.179), (1.333, 0.769))
    assert ground.shortest((1.59, 9.179), (1.333, 0.769)) > 2 * straight


def test_a_disc_cannot_pass_between_walls_that_are_near_each_other() -> None:
    walls = np.array([[0, 1, 0.8, 1], [1.0, 1, 2, 1]], float)  # a gap of 0.2 m
    box = np.array([[0, 0, 2, 0], [2, 0, 2, 2], [0, 2, 2, 2], [0, 0, 0, 2]], float)
    thin = Terrain(np.concatenate([box, walls]), 0.05, (2, 2), free=2)
    wide = Terrain(np.concatenate([box, walls]), 0.15, (2, 2), free=2)
    assert thin.shortest((0.9, 0.5), (0.9, 1.5)) == pytest.approx(1.0, abs=1e-3)
    assert wide.shortest((0.9, 0.5), (0.9, 1.5)) == math.inf


@pytest.mark.parametrize("name", ["Spread-v0", "Tag-v0", "PointMaze-v0", "HiddenGoal-v0"])
def test_the_reference_beats_random_play(name: str) -> None:
    world = load_world(name)
    bank = generate_levels(world, 0, 5)
    for k in range(5):
        mean, error, _ = random_return(world, (bank, k), 100, 0)
        assert solve(world, (bank, k)).return_ > mean + 4 * error


def test_a_policy_plays_its_reference_on_inner_episodes() -> None:
    world = load_world("HiddenGoal-v0")
    bank = generate_levels(world, 3, 1)
    stored = world.override(num_levels=1, start_level=3)
    batch = Batch([stored], 1, autoreset="disabled")
    batch.reset(seed=0)
    player = policy(stored, batch.w, int(batch.w.core["level"][0]))
    while not batch.w.core["ended"][0]:
        batch.w.actions[0] = player.act(batch.w, 0)
        batch.step()
    assert float(batch.w.final_returns[0, 0]) == solve(world, (bank, 0)).return_


def test_success_is_weighted_by_path_length() -> None:
    assert spl([1, 1, 0], [10.0, 20.0, 5.0], [10.0, 10.0, 5.0]) == pytest.approx(0.5)
    assert spl([1], [0.0], [0.0]) == 1.0
    assert spl(np.ones(2), [8.0, 9.0], [10.0, 10.0]) == 1.0
