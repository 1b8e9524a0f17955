"""Readable maps: there and back, and what is wrong with those that are none."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels, read_records
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.navigation import asciimap
from adaptarium.envs.navigation.level import needs, read, write

GOOD: dict[str, Any] = {
    "map": ["+-+-+", "|   |", "+ +-+", "|   |", "+-+-+"],
    "starts": [{"x": 0.5, "y": 0.5, "heading": 90}, {"x": 1.5, "y": 0.5, "role": "runner"}],
    "goal": [1.5, 1.5],
    "items": [{"x": 1.2, "y": 0.5, "radius": 0.1, "kind": "obstacle"}],
    "segments": [[0.2, 1.4, 0.8, 1.9]],
    "max_steps": 100,
}


def test_a_map_is_drawn_as_it_is_read() -> None:
    walls = asciimap.read(GOOD["map"])
    assert walls.tolist() == [[9, 7], [12, 7]]
    assert asciimap.drawn(walls) == GOOD["map"]


def test_sizes_follow_from_the_level() -> None:
    assert needs(GOOD) == {
        "height": 2,
        "width": 2,
        "agents": 2,
        "items": 1,
        "segments": 1,
        "rooms": 0,
        "orders": 0,
    }


def test_a_level_comes_back() -> None:
    world = load_world("Tag-v0").override(records=(GOOD,))
    found = read(read_records(world), 0)
    assert found["starts"][1] == {"x": 1.5, "y": 0.5, "heading": 0.0, "role": "runner"}
    assert {k: v for k, v in found.items() if k != "starts"} == {
        k: v for k, v in GOOD.items() if k != "starts"
    }


def changed(**parts: Any) -> dict[str, Any]:
    level = copy.deepcopy(GOOD)
    level.update(parts)
    return level


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (7, "expected an object with map"),
        (changed(mapp=[]), "did you mean 'map'"),
        (changed(map="+-+"), "expected a list of rows"),
        (changed(map=["+-+", "| |"]), "2 rows, expected an odd number"),
        (changed(map=["+-+", "|  |", "+-+"]), "expected 3 signs in each row"),
        (changed(map=["+-+", "|#|", "+-+"]), "'#' in the middle of a cell"),
        (changed(map=["+-+", "|  ", "+-+"]), "its border has a gap"),
        (changed(map=["+-+", "- |", "+-+"]), "'-' in a place between corners of a column"),
        (changed(map=[3]), "expected rows of text"),
        (changed(starts=[]), "starts: 0 entries, expected 1 to 128"),
        (changed(starts=[{"x": 1}]), "expected an object with x, y"),
        (changed(starts=[{"x": 2.5, "y": 1}]), r"starts\[0\].x = 2.5: expected a number from 0"),
        (
            changed(starts=[{"x": 2.0, "y": 1}]),
            r"starts\[0\].x = 2.0: expected a number from 0.001",
        ),
        (changed(starts=[{"x": 0.50005, "y": 1}]), "expected a multiple of 0.001"),
        (changed(starts=[{"x": 0.5, "y": 1, "role": "runer"}]), "did you mean 'runner'"),
        (changed(starts=[{"x": 0.5, "y": 1, "heading": 360}]), "expected a number from 0"),
        (changed(goal=[1]), "goal: 1 entries, expected 2"),
        (changed(goal=[float("nan"), 1]), "expected a number"),
        (changed(items=[{"x": 1, "y": 1, "radius": 1, "kind": "cat"}]), "unknown items"),
        (changed(segments=[[1, 1, 1, 1]]), "expected two different ends"),
        (changed(max_steps=0), "expected an integer from 1"),
    ],
)
def test_a_malformed_level_is_told_why(level: Any, message: str) -> None:
    with pytest.raises(LevelError, match=message):
        needs(level)


def test_a_level_larger_than_the_workspace_is_refused() -> None:
    bank = generate_levels(load_world("PointMaze-v0", size=3), 0, 1)
    before = bank.levels.walls.copy()
    with pytest.raises(LevelError, match="agents: the level has 2, expected at most 1"):
        write(bank, 0, GOOD)
    np.testing.assert_array_equal(bank.levels.walls, before)


@pytest.mark.parametrize("generator", ["maze", "rooms", "caves", "hard_maze", "spread", "tag"])
def test_levels_of_every_generator_are_json(generator: str) -> None:
    world = load_world("Spread-v0" if generator in ("spread", "tag") else "PointMaze-v0")
    world = world.override(generator=generator)
    bank = generate_levels(world, 0, 20)
    for k in range(20):
        level = read(bank, k)
        assert json.loads(json.dumps(level)) == level
        needs(level)
