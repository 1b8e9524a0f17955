"""Enumerated chance: FrozenLake exactly as Gymnasium has it, and equal to what is sampled."""

from __future__ import annotations

from collections import Counter

import gymnasium as gym
import numpy as np
import pytest
from scipy.stats import chisquare

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.outcomes import outcomes
from adaptarium.envs.core.world import World, load_world


def _put(batch: Batch, x: int, y: int) -> None:
    batch.w.state.agents[0, 0]["x"], batch.w.state.agents[0, 0]["y"] = x, y


def _place(batch: Batch, state: np.ndarray) -> tuple[int, int]:
    """Where the agent is in an outcome's state."""
    before = [part[0].copy() for part in batch.w.rows]
    at = 0
    for part in batch.w.rows:
        part[0] = state[at : at + part.shape[1]]
        at += part.shape[1]
    agent = batch.w.state.agents[0, 0]
    place = int(agent["x"]), int(agent["y"])
    for part, words in zip(batch.w.rows, before, strict=True):
        part[0] = words
    return place


@pytest.mark.parametrize("name", ["4x4", "8x8"])
def test_frozen_lake_is_gymnasiums(name: str) -> None:
    table = gym.make("FrozenLake-v1", map_name=name, is_slippery=True).unwrapped.P
    batch = Batch([load_world("FrozenLake-v0", map=name)], 1, autoreset="disabled")
    batch.reset(seed=0)
    side = int(name[0])
    compared = 0
    for state in table:
        x, y = state % side, state // side
        for action, expected in table[state].items():
            if all(done and target == state for _, target, _, done in expected):
                continue  # holes and the goal: Gymnasium loops, here the episode is over
            _put(batch, x, y)
            theirs: Counter[tuple[int, float, bool]] = Counter()
            for probability, target, reward, done in expected:
                theirs[target, float(reward), bool(done)] += probability
            ours: Counter[tuple[int, float, bool]] = Counter()
            for found in outcomes(batch, 0, action):
                ox, oy = _place(batch, found.state)
                key = oy * side + ox, float(found.reward[0]), bool(found.terminated[0])
                ours[key] += found.probability
            assert ours.keys() == theirs.keys()
            for key, probability in theirs.items():
                assert ours[key] == pytest.approx(probability, abs=1e-15)
            compared += 1
    assert compared > side * side


WORLDS = {
    "slip": load_world("Empty-v0", size=6, **{"transition.slip": 0.3}),
    "wind": load_world("Empty-v0", size=6, **{"transition.wind": 0.4}),
}


def _with_obstacles() -> World:
    level = {
        "map": ["######", "#....#", "#.O.O#", "#....#", "#...G#", "######"],
        "agents": [[1, 1, "east", 0]],
        "max_steps": 50,
    }
    return load_world("Empty-v0", records=(level,), **{"transition.obstacle_rate": 0.7})


@pytest.mark.parametrize("name", ["slip", "wind", "obstacles"])
def test_enumerated_equals_sampled(name: str) -> None:
    world = _with_obstacles() if name == "obstacles" else WORLDS[name]
    n = 20_000
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=5)
    found = outcomes(batch, 0, 2)
    assert sum(one.probability for one in found) == pytest.approx(1.0, abs=1e-12)
    assert len(found) > 1
    many = Batch(
        [world.override(num_levels=1, start_level=5)] if not world.levels.records else [world],
        n,
        autoreset="disabled",
    )
    many.reset(seed=5)
    many.w.actions[:] = 2
    many.step()
    sampled = Counter(b"".join(part[i].tobytes() for part in many.w.rows) for i in range(n))
    expected = {one.state.tobytes(): one.probability for one in found}
    assert sampled.keys() <= expected.keys()
    observed = [sampled[key] for key in expected]
    assert chisquare(observed, [n * p for p in expected.values()]).pvalue > 1e-4


def test_the_batch_is_left_alone() -> None:
    batch = Batch([WORLDS["slip"]], 2, autoreset="disabled")
    batch.reset(seed=0)
    before = [part.copy() for part in batch.w.rows]
    outcomes(batch, 1, 2)
    for part, words in zip(batch.w.rows, before, strict=True):
        np.testing.assert_array_equal(part, words)


def test_a_roomier_batch_has_the_same_outcomes() -> None:
    small, large = load_world("FrozenLake-v0", map="4x4"), load_world("FrozenLake-v0", size=9)
    mixed = Batch([small, large], 2, autoreset="disabled")
    alone = Batch([small], 1, autoreset="disabled")
    found = []
    for batch in (mixed, alone):
        batch.reset(seed=0)
        each = outcomes(batch, 0, 2)
        found.append({_place(batch, one.state): one.probability for one in each})
    assert found[0] == found[1]
    assert len(found[0]) == 3
