"""Maps: connected, of the asked size, harder where asked for, and the published hard maze."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.navigation import asciimap
from adaptarium.envs.navigation.level import read

SIDES = ((0, -1), (1, 0), (0, 1), (-1, 0))  # in the order of the wall bits
COUNT = 40


def levels(count: int = COUNT, **knobs: Any) -> list[dict[str, Any]]:
    bank = generate_levels(load_world("PointMaze-v0", **knobs), 0, count)
    return [read(bank, k) for k in range(count)]


def distances(walls: np.ndarray, start: tuple[int, int]) -> dict[tuple[int, int], int]:
    """Moves to every cell that can be reached."""
    found, queue = {start: 0}, deque([start])
    while queue:
        x, y = queue.popleft()
        for side, (dx, dy) in enumerate(SIDES):
            there = x + dx, y + dy
            if not walls[y, x] & (1 << side) and there not in found:
                found[there] = found[x, y] + 1
                queue.append(there)
    return found


def cell(place: Any) -> tuple[int, int]:
    x, y = (place["x"], place["y"]) if isinstance(place, dict) else place
    return int(x), int(y)


@pytest.mark.parametrize("generator", ["maze", "rooms", "caves"])
def test_the_goal_can_be_reached(generator: str) -> None:
    for level in levels(generator=generator):
        found = distances(asciimap.read(level["map"]), cell(level["starts"][0]))
        assert found[cell(level["goal"])] > 0


@pytest.mark.parametrize("knobs", [{"generator": "maze"}, {"generator": "rooms", "rooms": 9}])
def test_every_cell_can_be_reached(knobs: dict[str, Any]) -> None:
    for level in levels(size=12, **knobs):
        walls = asciimap.read(level["map"])
        assert walls.shape == (12, 12)
        assert len(distances(walls, (0, 0))) == 144


def test_a_maze_without_loops_is_a_tree() -> None:
    for level in levels(loops=0.0, size=7):
        walls = asciimap.read(level["map"])
        openings = sum((walls & bit == 0).sum() for bit in (1, 2, 4, 8)) // 2
        assert openings == 7 * 7 - 1


def test_loops_take_their_share_of_walls_away() -> None:
    def inner(level: dict[str, Any]) -> int:
        walls = asciimap.read(level["map"])
        return int((walls[:, :-1] & 2 > 0).sum() + (walls[:-1] & 4 > 0).sum())

    left = np.mean([inner(level) for level in levels(loops=0.3, size=9)])
    assert left == pytest.approx(0.7 * (2 * 9 * 8 - 80), rel=0.05)


def rooms_of(walls: np.ndarray) -> int:
    """Rectangles that walls part when every door is shut: a door is an opening a cell wide."""
    shut = walls.copy()
    size = len(walls)
    for y in range(size):
        for x in range(size):
            for bit, (dx, dy) in zip((2, 4), ((1, 0), (0, 1)), strict=True):
                ends = [(x + s * dy, y + s * dx) for s in (-1, 1)]
                if x + dx >= size or y + dy >= size or walls[y, x] & bit:
                    continue
                beside = [
                    not (0 <= a < size and 0 <= b < size) or bool(walls[b, a] & bit)
                    for a, b in ends
                ]
                if all(beside):
                    shut[y, x] |= bit
                    shut[y + dy, x + dx] |= 8 if bit == 2 else 1
    seen: set[tuple[int, int]] = set()
    count = 0
    for y in range(size):
        for x in range(size):
            if (x, y) not in seen:
                seen |= set(distances(shut, (x, y)))
                count += 1
    return count


def test_there_are_as_many_rooms_as_asked_for() -> None:
    # Where a door lies at a corner of rooms made later, its frame may have a gap.
    found = [rooms_of(asciimap.read(level["map"])) for level in levels(generator="rooms", rooms=8)]
    assert max(found) <= 8
    assert np.median(found) >= 7


def test_too_many_rooms_are_refused() -> None:
    with pytest.raises(FactorError, match="rooms = 64: a map of 12 x 12 cells has room for 9"):
        load_world("PointMaze-v0", generator="rooms").override(rooms=64)


def test_caves_have_rock_and_a_hollow() -> None:
    for level in levels(generator="caves"):
        walls = asciimap.read(level["map"])
        hollow = len(distances(walls, cell(level["starts"][0])))
        assert 144 / 4 <= hollow < 144
        assert (walls == 15).sum() == 144 - hollow


@pytest.mark.parametrize("generator", ["maze", "rooms", "caves"])
def test_difficulty_makes_ways_longer(generator: str) -> None:
    def way(difficulty: float) -> float:
        found = levels(120, generator=generator, difficulty=difficulty)
        each = [
            distances(asciimap.read(one["map"]), cell(one["starts"][0]))[cell(one["goal"])]
            for one in found
        ]
        return float(np.mean(each))

    assert way(0.0) < way(0.5) < way(1.0)


def test_the_hard_maze_is_the_published_one() -> None:
    (level,) = levels(1, generator="hard_maze")
    assert level["starts"] == [{"x": 1.59, "y": 9.179, "heading": 0.0}]
    assert level["goal"] == [1.333, 0.769]
    assert len(level["segments"]) == 7
    # 36, 184 and 31, 20 of 195 units from 5 on.
    units = [[5 + 19.5 * value for value in row] for row in level["segments"]]
    np.testing.assert_allclose(units[0], [5, 49, 57, 53], atol=0.01)
    np.testing.assert_allclose(units[-1], [56, 55, 133, 30], atol=0.01)
    assert len({json_of(one) for one in levels(5, generator="hard_maze")}) == 1


def json_of(level: dict[str, Any]) -> str:
    return repr(sorted(level.items()))


def test_teams_start_within_the_square() -> None:
    world = load_world("Tag-v0", chasers=2, runners=2, obstacles=3)
    bank = generate_levels(world, 0, COUNT)
    for k in range(COUNT):
        level = read(bank, k)
        assert [start.get("role", "plain") for start in level["starts"]] == [
            *["plain"] * 2,
            *["runner"] * 2,
        ]
        assert len(level["items"]) == 3
        assert all(max(abs(s["x"]), abs(s["y"])) <= 1 for s in level["starts"])
        assert all(max(abs(item["x"]), abs(item["y"])) <= 0.9 for item in level["items"])
