"""Levels by hand: the fluent builder, and levels as one plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import LevelError, UnknownNameError
from adaptarium.envs.grid import LevelBuilder, read_text, write_text
from adaptarium.envs.grid import level as levels
from adaptarium.envs.grid.reference import solve

IDS = [spec.id for spec in registry.world_specs() if spec.family == "grid"]


def _doorkey() -> LevelBuilder:
    return (
        LevelBuilder(7, 5)
        .walls()
        .column(3)
        .put("door", 3, 2, "red", state="locked")
        .put("key", 1, 3, "red")
        .put("goal", 5, 2)
        .agent(1, 1, "south")
    )


TEXT = """\
#######
#v.#..#
#..D.G#
#K.#..#
#######

3,2 colour red
3,2 state locked
1,3 colour red
steps: 140
"""


def test_a_built_level_is_played() -> None:
    world = _doorkey().world(adaptarium.world("DoorKey-v0"))
    found = solve(world, _doorkey().build())
    assert found.method == "exact"
    assert found.length == 8  # forward, pickup, left, forward, toggle, and three forward


def test_a_built_level_reads_as_its_text() -> None:
    assert write_text(_doorkey().build()) == TEXT
    again = read_text(TEXT)
    assert again["map"] == _doorkey().build()["map"]
    assert write_text(again) == TEXT


def test_tasks_boxes_and_obstacles_are_built() -> None:
    level = (
        LevelBuilder(6, 4)
        .walls()
        .put("box", 2, 1, "grey", contains="blue key")
        .obstacle(3, 2, "ball")
        .obstacle(4, 1)
        .agent(1, 1)
        .mission("pick up the blue key")
        .success("holding a blue key")
        .failure("walking into something")
        .steps(30)
        .build()
    )
    assert level["obstacles"] == [[3, 2], [4, 1]]
    assert level["task"] == ["success if holding a blue key", "failure if walking into something"]
    assert read_text(write_text(level)) == level


def test_what_is_put_later_takes_the_place_of_what_was() -> None:
    level = _doorkey().fill("empty", 3, 1, 1, 3).build()
    assert [row[3] for row in level["map"]] == ["#", ".", ".", ".", "#"]
    assert [thing["at"] for thing in level["objects"]] == [[1, 3]]


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: LevelBuilder(0, 5), LevelError, "nearest valid is 1"),
        (lambda: LevelBuilder(5, 5).put("doer", 1, 1), UnknownNameError, "door"),
        (lambda: LevelBuilder(5, 5).put("door", 5, 1), LevelError, "column 5 is not on the map"),
        (lambda: LevelBuilder(5, 5).agent(1, 1, "up"), LevelError, "expected 'east'"),
        (lambda: LevelBuilder(5, 5).build(), LevelError, "agents: expected 1"),
        (lambda: _doorkey().put("key", 2, 1, "pink").build(), LevelError, "pink"),
    ],
)
def test_mistakes_are_named(build: Callable[[], Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        build()


@pytest.mark.parametrize("world_id", IDS)
def test_every_level_goes_through_text(world_id: str) -> None:
    bank = generate_levels(adaptarium.world(world_id), 0, 20)
    for k in range(20):
        level = levels.read(bank, k)
        again = read_text(write_text(level))
        levels.write(bank, k, again)
        assert levels.read(bank, k) == level


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("3,2 color red", "expected for example '3,2 colour red'"),
        ("agent: 1,1", "expected for example 'agent: 1,1 east'"),
        ("obstacle: 1,1 east", "expected for example 'obstacle: 2,2'"),
        ("steps: many", "expected a number of steps"),
        ("task: success", "expected 'success if ...'"),
        ("mission: dance", "expected one of the missions"),
        ("9,9 colour red", "x = 9"),
    ],
)
def test_a_line_that_is_wrong_is_named(line: str, match: str) -> None:
    with pytest.raises(LevelError, match=match):
        read_text(f"{TEXT}{line}\n")
