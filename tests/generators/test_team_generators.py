"""The generators of worlds of several agents: how many levels, how hard, who stands where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.grid import level

NAMES = ("Trash-v0", "Harvest-v0", "Cleanup-v0", "Pursuit-v0")


def levels(name: str, count: int, **knobs: Any) -> Iterator[dict[str, Any]]:
    """Readable levels of seeds 0 to ``count``."""
    bank = generate_levels(adaptarium.world(name, **knobs), 0, count)
    return (level.read(bank, k) for k in range(count))


def find(readable: dict[str, Any], symbol: str) -> list[tuple[int, int]]:
    return [
        (x, y)
        for y, row in enumerate(readable["map"])
        for x, sign in enumerate(row)
        if sign == symbol
    ]


def coloured(readable: dict[str, Any], colour: str) -> list[Any]:
    return [thing["at"] for thing in readable["objects"] if thing.get("colour") == colour]


def apart(one: Sequence[Any], other: Sequence[Any]) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def to_bins(readable: dict[str, Any]) -> int:
    """Steps from each piece of trash to its nearest bin."""
    bins = coloured(readable, "yellow")
    trash = [*find(readable, "o"), *find(readable, "B")]
    return sum(min(apart(piece, one) for one in bins) for piece in trash)


def to_evaders(readable: dict[str, Any]) -> int:
    return sum(
        apart(agent, evader) for agent in readable["agents"] for evader in readable["obstacles"]
    )


# What makes their levels hard, counted from their text.
EFFORTS: dict[str, Callable[[dict[str, Any]], int]] = {
    "Trash-v0": to_bins,
    "Harvest-v0": lambda readable: 53 - len(find(readable, "a")),
    "Cleanup-v0": lambda one: len(coloured(one, "purple")) + 36 - len(find(one, ",")),
    "Pursuit-v0": to_evaders,
}


@pytest.mark.parametrize("name", NAMES)
def test_difficulty_makes_levels_harder(name: str) -> None:
    means = [
        np.mean([EFFORTS[name](one) for one in levels(name, 150, difficulty=difficulty)])
        for difficulty in (0.0, 0.5, 1.0)
    ]
    assert means[0] * 1.05 < means[1]
    assert means[1] * 1.05 < means[2]


COUNTS: list[tuple[str, dict[str, Any], int, int]] = [
    # world, knobs, levels as counted by hand, seeds to try
    ("Trash-v0", {"size": 5, "players": 1, "light": 1, "heavy": 0}, 9 * 8 * 7 * 4, 40_000),
    # the heavy piece weighs 2, 3 or 4
    ("Trash-v0", {"size": 5, "players": 1, "light": 0, "heavy": 1}, 9 * 8 * 7 * 4 * 3, 100_000),
    ("Harvest-v0", {"size": 9, "players": 1, "patches": 1}, 9 * 36 * 4, 30_000),
    ("Pursuit-v0", {"size": 5, "players": 1, "evaders": 1}, 8 * 7 * 4, 10_000),
    # player levels 2 and 3, food levels 1 and 2
    ("Foraging-v0", {"size": 5, "players": 1, "food": 1, "min_level": 2, "max_level": 3,
                     "max_food_level": 2}, 9 * 24 * 4, 30_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "knobs", "expected", "seeds"), COUNTS)
def test_distinct_counts_what_many_seeds_make(
    name: str, knobs: dict[str, Any], expected: int, seeds: int
) -> None:
    world = adaptarium.world(name, **knobs)
    assert len(np.unique(generate_levels(world, 0, seeds).info["content"])) == expected
    assert world.distinct_levels() == expected


@pytest.mark.parametrize("name", NAMES)
def test_all_that_was_asked_for_is_there_and_nothing_stands_on_another(name: str) -> None:
    for readable in levels(name, 100):
        agents = [tuple(agent[:2]) for agent in readable["agents"]]
        assert len(set(agents)) == len(agents) == adaptarium.world(name).seats
        assert all(readable["map"][y][x] == "." for x, y in agents)


def test_trash_weighs_what_was_asked_for() -> None:
    weights = [
        thing["state"]
        for readable in levels("Trash-v0", 100, most=3)
        for thing in readable["objects"]
        if readable["map"][thing["at"][1]][thing["at"][0]] == "B"
    ]
    assert set(weights) == {2, 3}
    assert len(weights) == 200


def test_the_river_is_soiled_as_asked() -> None:
    shares = [len(coloured(one, "purple")) / 36 for one in levels("Cleanup-v0", 100, soiled=0.25)]
    assert abs(np.mean(shares) - 0.25) < 0.03
    assert not any(coloured(one, "purple") for one in levels("Cleanup-v0", 20, soiled=0.0))


def test_food_and_players_keep_to_their_levels() -> None:
    knobs = {"min_level": 2, "max_level": 3, "min_food_level": 3, "max_food_level": 4}
    for readable in levels("Foraging-v0", 100, **knobs):
        assert {agent[3] for agent in readable["agents"]} <= {2, 3}
        assert {int(sign) for row in readable["map"] for sign in row if sign.isdigit()} <= {3, 4}


@pytest.mark.parametrize(
    ("name", "knobs", "message"),
    [
        ("Foraging-v0", {"min_level": 3}, "min_level = 3: expected at most max_level = 2"),
        ("Foraging-v0", {"min_food_level": 3}, "the weakest players load 2"),
        ("Foraging-v0", {"min_food_level": 2, "max_food_level": 1}, "at most max_food_level = 1"),
        ("Trash-v0", {"light": 0, "heavy": 0}, "expected some trash"),
        ("Trash-v0", {"size": 5}, "has room for 4"),
        ("Harvest-v0", {"patches": 9}, "has room for 5"),
        ("Cleanup-v0", {"river": 6}, "takes 5 at most"),
        ("Pursuit-v0", {"size": 5, "evaders": 4}, "has room for 4"),
    ],
)
def test_knobs_that_do_not_fit_are_refused(name: str, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(FactorError, match=message):
        adaptarium.world(name, **knobs)
