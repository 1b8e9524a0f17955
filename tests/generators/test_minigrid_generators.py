"""The generators of MiniGrid's worlds with tasks: how many levels, how hard, and doable.

Levels are judged from their text, by what it names and where that stands.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.grid import level

Cell = tuple[int, int]
WORLDS = tuple(
    spec.id
    for spec in registry.world_specs()
    if spec.family == "grid" and spec.data.get("preset") == "minigrid_task"
)


def _levels(name: str, count: int, **knobs: Any) -> Iterator[dict[str, Any]]:
    bank = generate_levels(adaptarium.world(name, **knobs), 0, count)
    for k in range(count):
        yield level.read(bank, k)


def _find(readable: dict[str, Any], symbols: str) -> list[Cell]:
    rows = readable["map"]
    return [(x, y) for y, row in enumerate(rows) for x, s in enumerate(row) if s in symbols]


# ---- how many ----

COUNTS: list[tuple[str, dict[str, Any], int, int]] = [
    # world, knobs, levels as counted by hand, seeds to try
    ("KeyCorridor-v0", {"rows": 1}, 6 * 6 * 6 * 3, 20_000),
    ("LavaGap-v0", {"size": 7}, 3 * 5, 500),
    ("SimpleCrossing-v0", {"crossings": 1}, 6 * 7, 3_000),
    ("DistShift-v0", {"random_start": False}, 1, 100),
    ("DistShift-v0", {}, 28 * 4, 5_000),
    # the hallway ends in column 4, 5 or 6; start before it; which thing, and where its like is
    ("Memory-v0", {"size": 9}, (4 + 5 + 6) * 4, 2_000),
    ("RedBlueDoors-v0", {"size": 4}, 4 * 4 * 2 * 2, 2_000),
    ("DynamicObstacles-v0", {"random_start": False}, 7 * 6, 1_000),
    ("DynamicObstacles-v0", {}, 8 * 4 * 7 * 6, 30_000),
]


@pytest.mark.parametrize(("name", "knobs", "expected", "seeds"), COUNTS)
def test_distinct_counts_what_many_seeds_make(
    name: str, knobs: dict[str, Any], expected: int, seeds: int
) -> None:
    world = adaptarium.world(name, **knobs)
    assert len(np.unique(generate_levels(world, 0, seeds).info["content"])) == expected
    assert world.distinct_levels() == expected


# ---- how hard ----


def _away(a: Cell, b: Cell) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _named_cells(readable: dict[str, Any]) -> list[Cell]:
    """The cells that the rules of a task name, in their order."""
    places = re.findall(r"(\d+),(\d+)", " ".join(readable.get("task", ())))
    return [(int(x), int(y)) for x, y in places]


def _along(*places: Cell) -> int:
    return sum(_away(a, b) for a, b in itertools.pairwise(places))


def _alike(readable: dict[str, Any]) -> list[Cell]:
    """The cells of the things like that which a mission to fetch names."""
    colour, tile = readable["mission"].split()[-2:]
    usual = {"key": "yellow", "ball": "blue"}[tile]
    colours = {tuple(o["at"]): o.get("colour", usual) for o in readable["objects"]}
    places = _find(readable, {"key": "K", "ball": "o"}[tile])
    return [at for at in places if colours.get(at, usual) == colour]


def _effort(name: str, readable: dict[str, Any]) -> int:
    """How far a level makes one go, more or less."""
    x, y, _, _ = readable["agents"][0]
    start, named = (x, y), _named_cells(readable)
    if name in ("Unlock-v0", "KeyCorridor-v0", "ObstructedMaze-v0"):
        (key,) = _find(readable, "KB")
        recoloured = {tuple(o["at"]) for o in readable["objects"] if "colour" in o}
        balls = [at for at in _find(readable, "o") if at not in recoloured]
        ends = _find(readable, "D") if name == "Unlock-v0" else balls or _find(readable, "o")
        return _along(start, key, ends[0])
    if name == "LockedRoom-v0":
        return _along(start, *_find(readable, "K"), *_find(readable, "G"))
    if name == "Memory-v0":
        return named[0][0] - start[0]
    if name == "Fetch-v0":
        return min(_away(start, at) for at in _alike(readable))
    if name == "DynamicObstacles-v0":
        return 4 - sum(abs(x - y) for x, y in readable["obstacles"])
    if name == "LavaGap-v0":
        column = _find(readable, "~")[0][0]
        return next(column + y for y in range(1, 9) if readable["map"][y][column] == ".")
    if named:
        return _along(start, *named[:2])
    (goal,) = _find(readable, "G")
    return _away(start, goal)


# One world of each generator; that of SimpleCrossing is LavaCrossing's.
HARDER = (
    "Unlock-v0",
    "KeyCorridor-v0",
    "ObstructedMaze-v0",
    "MultiRoom-v0",
    "LavaGap-v0",
    "DistShift-v0",
    "Memory-v0",
    "GoToDoor-v0",
    "Fetch-v0",
    "RedBlueDoors-v0",
    "LockedRoom-v0",
    "DynamicObstacles-v0",
)


@pytest.mark.parametrize("name", HARDER)
def test_difficulty_makes_levels_harder(name: str) -> None:
    means = []
    for difficulty in (0.0, 0.5, 1.0):
        levels = _levels(name, 150, difficulty=difficulty)
        means.append(np.mean([_effort(name, one) for one in levels]))
    assert means[0] * 1.05 < means[1]
    assert means[1] * 1.05 < means[2]


# ---- doable ----


@pytest.mark.parametrize("name", sorted({*WORLDS} - {"LockedRoom-v0", "DynamicObstacles-v0"}))
def test_every_level_can_be_done(name: str) -> None:
    world = adaptarium.world(name, difficulty=0.9)
    solved = world.family.module("reference").solve_many(
        world, generate_levels(world, 0, 20), range(20)
    )
    assert {one.method for one in solved} == {"exact"}
    assert min(one.return_ for one in solved) > 0


@pytest.mark.parametrize("quarters", [1, 2, 4])
def test_a_large_obstructed_maze_has_a_key_to_every_lock(quarters: int) -> None:
    for readable in _levels("ObstructedMaze-v0", 50, quarters=quarters):
        objects = readable["objects"]
        locked = [one for one in objects if one.get("state", "locked") == "locked"]
        doors = [o for o in locked if tuple(o["at"]) in _find(readable, "D")]
        keys = [one["contains"] for one in objects if "contains" in one]
        wanted = {f"{o.get('colour', 'yellow')} key" for o in doors}
        assert len(keys) == 2 * quarters
        assert wanted <= set(keys)
