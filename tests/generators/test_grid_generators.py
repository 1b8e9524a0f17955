"""The grid generators: how many levels, from which distribution, how hard, in which split.

Levels are judged from their text by small searches written here, not by the generators' own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium.envs.toy_text.frozen_lake import MAPS
from scipy import stats

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.grid import level
from adaptarium.generators.grid import GENERATORS

Cell = tuple[int, int]
MOVES = ((1, 0), (0, 1), (-1, 0), (0, -1))
# One world of each generator: what is tested here is the generators'. Those whose levels have a
# task are in test_minigrid_generators.py, those of teams and commons in test_team_generators.py,
# those with other ends in tests/grid.
PRESETS_ELSEWHERE = ("minigrid_task", "trash", "commons", "cleanup", "pursuit")
ELSEWHERE = ("sokoban", "gameable")
WORLDS = tuple(
    {
        spec.data["levels"]["generator"]: spec.id
        for spec in reversed(registry.world_specs())
        if spec.family == "grid"
        and spec.data.get("preset") not in PRESETS_ELSEWHERE
        and spec.data["levels"]["generator"] not in ELSEWHERE
    }.values()
)


def test_every_generator_has_a_world() -> None:
    specs = [spec for spec in registry.world_specs() if spec.family == "grid"]
    names = {spec.data["levels"].get("generator") for spec in specs}
    assert names == {generator.name for generator in GENERATORS}


def _hashes(name: str, count: int, **knobs: Any) -> Any:
    bank = generate_levels(adaptarium.world(name, **knobs), 0, count)
    return bank.info["content"]


def _levels(name: str, count: int, **knobs: Any) -> Iterator[dict[str, Any]]:
    bank = generate_levels(adaptarium.world(name, **knobs), 0, count)
    for k in range(count):
        yield level.read(bank, k)


def _find(readable: dict[str, Any], symbols: str) -> list[Cell]:
    rows = readable["map"]
    return [(x, y) for y, row in enumerate(rows) for x, s in enumerate(row) if s in symbols]


def _walk(readable: dict[str, Any], start: Cell, target: Cell, closed: str = "#~KoBCF") -> int:
    """Fewest moves from ``start`` to ``target`` over open cells, sliding over ice; -1 for none."""
    rows = readable["map"]

    def symbol(x: int, y: int) -> str:
        return rows[y][x] if 0 <= y < len(rows) and 0 <= x < len(rows[0]) else "#"

    steps, waiting = {start: 0}, deque([start])
    while waiting:
        at = waiting.popleft()
        for dx, dy in MOVES:
            x, y, here = at[0] + dx, at[1] + dy, at
            while (x, y) != target and symbol(x, y) not in closed:
                here = (x, y)
                if symbol(x, y) != "=":
                    break
                x, y = x + dx, y + dy
            if (x, y) == target:
                return steps[at] + 1
            if symbol(x, y) == "~" and here != at:
                continue  # slid into lava
            if here not in steps:
                steps[here] = steps[at] + 1
                waiting.append(here)
    return -1


def _start(readable: dict[str, Any]) -> Cell:
    x, y, _, _ = readable["agents"][0]
    return x, y


def _to_goal(readable: dict[str, Any]) -> int:
    (goal,) = _find(readable, "G")
    return _walk(readable, _start(readable), goal)


# ---- how many ----

COUNTS: list[tuple[str, dict[str, Any], int, int]] = [
    # world, knobs, levels as counted by hand, seeds to try
    ("Empty-v0", {"size": 6}, 15 * 4, 4_000),
    ("Empty-v0", {"size": 6, "random_start": False}, 1, 100),
    ("DoorKey-v0", {"size": 6}, 816, 60_000),
    ("DoorKey-v0", {"size": 8}, 20_400, 1_500_000),
    ("FourRooms-v0", {"size": 5}, 8 * 7 * 4, 10_000),
    ("LavaCrossing-v0", {"crossings": 1}, 6 * 7, 3_000),
    # two rivers abreast: 2 * 3 pairs * 49; one of each: openings on either side of the other
    ("LavaCrossing-v0", {"crossings": 2}, 6 * 49 + sum(
        (b - 1) * (8 - a - 1) + (a - 1) * (8 - b - 1) for a in (2, 4, 6) for b in (2, 4, 6)
    ), 30_000),
    ("FrozenLake-v0", {"map": "4x4"}, 1, 100),
    ("Darkroom-v0", {"size": 4}, 16 * 15, 10_000),
    ("Darkroom-v0", {"size": 9, "random_start": False}, 80, 3_000),
    ("Maze-v0", {"size": 7, "loops": 1.0}, 9 * 8 * 4, 10_000),
    ("Maze-v0", {"size": 7, "algorithm": "binary"}, 16 * 9 * 8 * 4, 100_000),
    ("Foraging-v0", {"size": 5, "players": 1, "food": 1, "max_level": 1}, 9 * 24, 10_000),
    # 62 of the 120 pairs of inner cells are far enough apart
    ("Foraging-v0", {"size": 6, "players": 1, "food": 2, "max_level": 1}, 62 * 34, 60_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "knobs", "expected", "seeds"), COUNTS)
def test_distinct_counts_what_many_seeds_make(
    name: str, knobs: dict[str, Any], expected: int, seeds: int
) -> None:
    assert len(np.unique(_hashes(name, seeds, **knobs))) == expected
    claimed = adaptarium.world(name, **knobs).distinct_levels()
    assert claimed == (expected if expected < 10_000 else None)


def test_connected_lakes_of_side_four_are_counted_right() -> None:
    connected = 0
    for holes in range(1 << 14):
        cells = "S" + "".join("~" if holes >> j & 1 else "." for j in range(14)) + "G"
        readable = {"map": [cells[4 * y : 4 * y + 4] for y in range(4)]}
        connected += _walk(readable, (0, 0), (3, 3)) > 0
    assert adaptarium.world("FrozenLake-v0", size=4).distinct_levels() == connected


# ---- from which distribution ----


def _chi_square(values: Any, probabilities: Any) -> float:
    """p value of the counts of 0..n-1 in ``values`` against ``probabilities``."""
    counts = np.bincount(values, minlength=len(probabilities))
    return float(stats.chisquare(counts, np.array(probabilities) * len(values)).pvalue)


def test_doorkey_is_minigrids_distribution() -> None:
    """MiniGrid: the split is uniform, then key, agent and door are uniform where they fit."""
    bank = generate_levels(adaptarium.world("DoorKey-v0", size=6), 0, 40_000)
    cells = bank.levels.cells.reshape(-1, 6, 6) & 0xFF
    doors = np.argwhere(cells == 4)  # of each level: row and column; the column is the split
    keys = np.argwhere(cells == 5)
    split = doors[:, 2]
    assert _chi_square(split - 2, [1 / 2] * 2) > 1e-4
    assert _chi_square(doors[:, 1] - 1, [1 / 3] * 3) > 1e-4  # never beside the last row's wall
    assert _chi_square(keys[:, 1] - 1, [1 / 4] * 4) > 1e-4
    start = bank.levels.agents[:, 0]
    assert _chi_square(start["heading"], [1 / 4] * 4) > 1e-4
    wide = split == 3
    place = (start["x"] - 1)[wide] + 2 * (start["y"] - 1)[wide]
    assert _chi_square(place, [1 / 8] * 8) > 1e-4


@pytest.mark.parametrize(
    ("name", "knobs", "levels"),
    [
        ("Empty-v0", {"size": 6}, 60),
        ("LavaCrossing-v0", {"crossings": 1}, 42),
        ("FourRooms-v0", {"size": 5}, 224),
        ("Darkroom-v0", {"size": 4}, 240),
        ("Foraging-v0", {"size": 5, "players": 1, "food": 1, "max_level": 1}, 216),
        ("Maze-v0", {"size": 7, "loops": 1.0}, 288),
        ("Maze-v0", {"size": 7, "algorithm": "binary"}, 4608),
    ],
)
def test_every_level_is_equally_likely(name: str, knobs: dict[str, Any], levels: int) -> None:
    _, which = np.unique(_hashes(name, 60 * levels, **knobs), return_inverse=True)
    assert _chi_square(which, [1 / levels] * levels) > 1e-4


def test_lakes_freeze_as_often_as_gymnasiums() -> None:
    """Gymnasium draws whole lakes with cells frozen at 0.8 until one is connected."""
    rng = np.random.default_rng(0)
    holes = []
    while len(holes) < 800:
        cells = ["~" if u >= 0.8 else "." for u in rng.random(64)]
        cells[0], cells[63] = "S", "G"
        readable = {"map": ["".join(cells[8 * y : 8 * y + 8]) for y in range(8)]}
        if _walk(readable, (0, 0), (7, 7)) > 0:
            holes.append(cells.count("~"))
    ours = [len(_find(one, "~")) for one in _levels("FrozenLake-v0", 800)]
    assert stats.ks_2samp(holes, ours).pvalue > 1e-4


# ---- in which split ----


@pytest.mark.parametrize("name", ["DoorKey-v0", "Maze-v0"])
def test_no_level_is_in_two_splits(name: str) -> None:
    seeds = 10_000
    parts = {}
    for number, split in enumerate(("train", "validation", "test"), start=1):
        bank = generate_levels(adaptarium.world(name, split=split), 0, seeds)
        assert (bank.info["split"] == number).all()
        parts[split] = set(bank.info["content"].tolist())
    assert not parts["train"] & parts["test"]
    assert not parts["train"] & parts["validation"]
    assert not parts["validation"] & parts["test"]
    drawn = generate_levels(adaptarium.world(name), 0, seeds).info["split"]
    assert _chi_square(drawn - 1, [0.8, 0.1, 0.1]) > 1e-6


def test_a_tiny_level_space_is_not_split() -> None:
    world = adaptarium.world("Empty-v0", size=6, split="test")
    assert not world.is_split()
    assert len(np.unique(generate_levels(world, 0, 4000).info["content"])) == 60


def test_a_small_level_space_has_levels_in_every_split() -> None:
    world = adaptarium.world("Foraging-v0", size=5, players=1, food=1, max_level=1)
    assert world.is_split()
    bank = generate_levels(world, 0, 5000)
    one_each = dict(zip(bank.info["content"].tolist(), bank.info["split"].tolist(), strict=True))
    parts = np.bincount(list(one_each.values()), minlength=4)[1:]
    assert parts.sum() == 216
    assert parts.min() > 5


# ---- how hard ----


def _food_distance(readable: dict[str, Any]) -> int:
    total = 0
    for x, y in _find(readable, "123456789F"):
        weight = int(readable["map"][y][x].replace("F", "10"))
        away = [(abs(px - x) + abs(py - y), power) for px, py, _, power in readable["agents"]]
        alone = [steps for steps, power in away if power >= weight]
        total += min(alone, default=sum(steps for steps, _ in away))
    return total


def _errands(readable: dict[str, Any]) -> list[int]:
    """Moves of each leg of a gauntlet: to a room's key, on to its door, at last to the goal."""
    colours = {tuple(o["at"]): o.get("colour", "yellow") for o in readable["objects"]}
    (goal,) = _find(readable, "G")
    at, left, legs = _start(readable), 0, list[int]()
    for door in sorted(_find(readable, "D")):
        near = [key for key in _find(readable, "K") if left < key[0] < door[0]]
        wanted = colours.get(door, "yellow")
        (key,) = [key for key in near if colours.get(key, "yellow") == wanted]
        legs += [_walk(readable, at, key), _walk(readable, key, door)]
        at, left = door, door[0]
    return [*legs, _walk(readable, at, goal)]


def _effort(name: str, readable: dict[str, Any]) -> int:
    """Moves that a level takes, more or less."""
    if name == "DoorKey-v0":
        (key,), (door,), (goal,) = (_find(readable, symbol) for symbol in "KDG")
        parts = (_start(readable), key), (key, door), (door, goal)
        return sum(_walk(readable, a, b) for a, b in parts)
    if name in ("LavaCrossing-v0", "FrozenLake-v0"):
        return len(_find(readable, "~"))
    if name == "Foraging-v0":
        return _food_distance(readable)
    if name == "Gauntlet-v0":
        return sum(_errands(readable))
    return _to_goal(readable)


@pytest.mark.parametrize("name", WORLDS)
def test_difficulty_makes_levels_harder(name: str) -> None:
    count = 150
    means = []
    for difficulty in (0.0, 0.5, 1.0):
        found = [_effort(name, one) for one in _levels(name, count, difficulty=difficulty)]
        assert min(found) >= 0
        means.append(np.mean(found))
    assert means[0] * 1.05 < means[1]
    assert means[1] * 1.05 < means[2]


@pytest.mark.parametrize(("name", "count"), [("Maze-v0", 40), ("DoorKey-v0", 100)])
def test_difficulty_lengthens_the_reference(name: str, count: int) -> None:
    lengths = []
    for difficulty in (0.0, 0.25, 0.5, 0.75, 1.0):
        world = adaptarium.world(name, difficulty=difficulty)
        bank = generate_levels(world, 1000, count)
        solved = world.family.module("reference").solve_many(world, bank, range(count))
        assert {one.method for one in solved} == {"exact"}
        lengths.append(np.mean([one.length for one in solved]))
    assert lengths == sorted(lengths)
    assert lengths[-1] > 1.3 * lengths[0]


def test_difficulty_lowers_the_value_of_a_lake() -> None:
    returns = []
    for difficulty in (0.0, 0.5, 1.0):
        world = adaptarium.world("FrozenLake-v0", difficulty=difficulty)
        bank = generate_levels(world, 1000, 30)
        solved = world.family.module("reference").solve_many(world, bank, range(30))
        returns.append(np.mean([one.return_ for one in solved]))
    assert returns[0] - 0.1 > returns[1] > returns[2] + 0.1


def test_the_default_difficulty_is_the_published_distribution() -> None:
    for generator in GENERATORS:
        assert generator.knobs().difficulty == 0.5
    plain, half = (_hashes("DoorKey-v0", 500, **knobs) for knobs in ({}, {"difficulty": 0.5}))
    np.testing.assert_array_equal(plain, half)


# ---- made how ----


@pytest.mark.parametrize("name", sorted({*WORLDS} - {"Foraging-v0", "DoorKey-v0"}))
def test_the_goal_can_be_reached(name: str) -> None:
    for readable in _levels(name, 200, difficulty=0.9):
        assert _to_goal(readable) > 0


def test_ice_and_crates_leave_a_way() -> None:
    knobs = {"ice": 0.3, "crates": 4, "loops": 0.3}
    levels = list(_levels("Maze-v0", 200, **knobs))
    assert any(_find(one, "=") for one in levels)
    assert any(_find(one, "C") for one in levels)
    assert all(_to_goal(one) > 0 for one in levels)


@pytest.mark.parametrize("algorithm", ["backtracker", "kruskal", "binary"])
def test_a_maze_is_a_tree_until_loops_are_opened(algorithm: str) -> None:
    for readable in _levels("Maze-v0", 60, algorithm=algorithm):
        open_cells = _find(readable, ".G")
        assert len(open_cells) == 36 + 35  # rooms, and a passage for each but the first
        assert all(_walk(readable, (1, 1), cell) >= 0 for cell in open_cells if cell != (1, 1))
    some = [len(_find(one, ".G")) for one in _levels("Maze-v0", 60, algorithm=algorithm, loops=0.5)]
    (every,) = {len(_find(one, ".G")) for one in _levels("Maze-v0", 9, loops=1.0)}
    assert every == 36 + 60
    assert abs(np.mean(some) - (36 + 35 + 12.5)) < 1.5


def test_maze_algorithms_differ() -> None:
    means = {
        algorithm: np.mean(
            [_to_goal(one) for one in _levels("Maze-v0", 300, size=21, algorithm=algorithm)]
        )
        for algorithm in ("backtracker", "kruskal", "binary")
    }
    assert means["backtracker"] > 1.5 * means["kruskal"] > 0
    assert means["kruskal"] != means["binary"]


def test_the_key_lies_on_the_near_side() -> None:
    for readable in _levels("DoorKey-v0", 300):
        (key,), (door,) = _find(readable, "K"), _find(readable, "D")
        assert key[0] < door[0]
        assert _start(readable)[0] < door[0]


def test_four_rooms_have_four_gaps() -> None:
    for readable in _levels("FourRooms-v0", 100):
        rows = readable["map"]
        column = [y for y in range(1, 18) if rows[y][9] != "#"]
        row = [x for x in range(1, 18) if rows[9][x] != "#"]
        assert [y < 9 for y in column] == [True, False]
        assert [x < 9 for x in row] == [True, False]
        assert readable["max_steps"] == 100


def test_rivers_have_one_opening_each() -> None:
    for readable in _levels("LavaCrossing-v0", 200, crossings=3):
        rows = readable["map"]
        across = [row[1:-1] for row in rows[1:-1]]
        down = ["".join(column) for column in zip(*across, strict=True)]
        rivers = [line for line in [*across, *down] if line.count("~") > 3]
        assert len(rivers) == 3
        assert all(line.count("~") == 6 for line in rivers)


@pytest.mark.parametrize("name", ["4x4", "8x8"])
def test_gymnasiums_lakes(name: str) -> None:
    (readable,) = _levels("FrozenLake-v0", 1, map=name)
    shown = [row.translate(str.maketrans("FH", ".~")) for row in MAPS[name]]
    assert readable["map"] == shown
    assert readable["max_steps"] == {"4x4": 100, "8x8": 200}[name]


@pytest.mark.parametrize("cooperative", [False, True])
def test_food_keeps_its_distance(cooperative: bool) -> None:
    knobs = {"size": 10, "players": 3, "food": 4, "max_level": 3, "cooperative": cooperative}
    for readable in _levels("Foraging-v0", 200, **knobs):
        food = _find(readable, "123456789F")
        assert len(food) == 4
        assert all(1 <= x <= 8 and 1 <= y <= 8 for x, y in food)
        for a, (x, y) in enumerate(food):
            for u, v in food[:a]:
                near, far = sorted((abs(x - u), abs(y - v)))
                assert far > 2 or (far == 2 and near > 0)
        powers = sorted(power for _, _, _, power in readable["agents"])
        weights = [int(readable["map"][y][x]) for x, y in food]
        assert all(1 <= power <= 3 for power in powers)
        assert all(1 <= weight <= sum(powers) for weight in weights)
        if cooperative:
            assert set(weights) == {sum(powers)}


def test_the_gauntlets_keys_lead_from_door_to_door() -> None:
    seen = set()
    for readable in _levels("Gauntlet-v0", 200, rooms=5):
        legs = _errands(readable)
        assert len(legs) == 2 * 4 + 1
        assert min(legs) > 0
        seen |= set("".join(readable["map"]))
    assert seen == set("#.DKGoB_C=~O")


@pytest.mark.parametrize(
    ("name", "knobs", "message"),
    [
        ("FourRooms-v0", {"size": 8}, "odd size, for example 9"),
        ("LavaCrossing-v0", {"size": 8}, "odd size"),
        ("LavaCrossing-v0", {"crossings": 7}, "room for at most 6 rivers"),
        ("Foraging-v0", {"size": 5, "food": 3}, "has room for 1"),
        ("FrozenLake-v0", {"map": "4x4", "size": 5}, "has its own size"),
        ("Maze-v0", {"algorithm": "prims"}, "backtracker"),
        ("DoorKey-v0", {"difficulty": 1.5}, "less than or equal to 1"),
    ],
)
def test_impossible_knobs_are_refused(name: str, knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(FactorError, match=message):
        adaptarium.world(name, **knobs)
