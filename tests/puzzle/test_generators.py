"""The puzzle generators: difficulty is felt, and numbers of levels are told truly."""

from __future__ import annotations

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.reference import random_returns
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.reference import solve_many


def mean_length(world_id: str, difficulty: float, count: int) -> float:
    world = load_world(world_id, difficulty=difficulty)
    bank = generate_levels(world, 0, count)
    return float(np.mean([one.length for one in solve_many(world, bank, range(count))]))


@pytest.mark.parametrize(
    ("world_id", "count"),
    [("Lights-v0", 60), ("SlidingTiles-v0", 50), ("Minesweeper-v0", 25), ("MemoryCards-v0", 2)],
)
def test_harder_levels_take_longer(world_id: str, count: int) -> None:
    lengths = [mean_length(world_id, difficulty, count) for difficulty in (0.0, 0.5, 1.0)]
    assert lengths[0] < lengths[1] < lengths[2]


@pytest.mark.full
@pytest.mark.parametrize(("world_id", "count"), [("Probe-v0", 150), ("Morph-v0", 200)])
def test_harder_levels_take_longer_where_it_takes_many_to_see(world_id: str, count: int) -> None:
    lengths = [mean_length(world_id, difficulty, count) for difficulty in (0.0, 1.0)]
    assert lengths[0] < lengths[1]


def test_random_play_gets_less_than_the_reference() -> None:
    for world_id in ("Lights-v0", "MemoryCards-v0", "Probe-v0", "Morph-v0", "Minesweeper-v0"):
        world = load_world(world_id)
        bank = generate_levels(world, 0, 5)
        means, errors, _ = random_returns(world, bank, range(5), 200, 0)
        for one, mean, error in zip(solve_many(world, bank, range(5)), means, errors, strict=True):
            assert one.return_ > mean + 4 * error


@pytest.mark.parametrize(
    ("world_id", "knobs", "distinct"),
    [
        ("Lights-v0", {"size": 2}, 15),
        ("Lights-v0", {"size": 3}, 511),
        ("Lights-v0", {"size": 4}, 4095),
        ("Lights-v0", {"size": 2, "colours": 3}, 26),
        ("MemoryCards-v0", {"height": 2, "width": 2, "difficulty": 1.0}, 6),
    ],
)
def test_a_small_generator_says_how_many_levels_it_has(
    world_id: str, knobs: dict[str, float], distinct: int
) -> None:
    world = load_world(world_id, **{"difficulty": 1.0, **knobs})
    assert world.distinct_levels() == distinct
    if distinct < 100:
        bank = generate_levels(world, 0, 40 * distinct)
        assert len(set(bank.info["content"].tolist())) == distinct


def test_cards_lie_anywhere_alike() -> None:
    world = load_world("MemoryCards-v0")
    bank = generate_levels(world, 0, 3000)
    taken = (bank.levels.cells[:, :16] > 0).mean(axis=0)
    assert np.abs(taken - 12 / 16).max() < 0.04
    faces = np.sort(bank.levels.cells[:, :16], axis=1)
    assert (faces == np.sort([0] * 4 + [1, 2, 3, 4, 5, 6] * 2)).all()


def test_the_marked_cell_of_a_mine_field_and_those_around_it_are_free() -> None:
    bank = generate_levels(load_world("Minesweeper-v0"), 0, 200)
    for k in range(200):
        grid = bank.levels.cells[k, :64].reshape(8, 8)
        x, y = int(bank.levels.map[k]["mark"]) % 8, int(bank.levels.map[k]["mark"]) // 8
        assert grid.sum() == 10
        assert grid[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].sum() == 0
