"""Sliding tiles: iterative-deepening A* equals the search on the kernel, and the known extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Solver
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.reference import solve, solve_many
from adaptarium.envs.puzzle.sliding import fewest_moves


def level_of(*rows: str, max_steps: int = 108) -> dict[str, Any]:
    goal = ["123", "456", "780"]
    return {"board": rows, "goal": goal, "colours": 9, "values": 9, "max_steps": max_steps}


def test_a_star_equals_search_on_the_kernel() -> None:
    world = load_world("SlidingTiles-v0")
    bank = generate_levels(world, 0, 6)
    found = solve_many(world, bank, range(6))
    values, lengths, _ = Solver(world, bank).shortest(range(6))
    assert [one.length for one in found] == lengths.tolist()
    np.testing.assert_allclose([one.return_ for one in found], values, atol=1e-12)


@pytest.mark.full
def test_a_star_equals_search_from_ten_thousand_boards() -> None:
    """One search on the kernel from the goal meets every board, nearest first."""
    world = load_world("SlidingTiles-v0").override(
        records=(level_of("123", "456", "708"),), **{"reward.solved_decay": 0.0}
    )
    batch = Batch([world], 1)
    batch.reset(seed=0)
    bank, row = batch.w, int(batch.w.core["level"][0])
    # The goal would end the search: a board that is never reached takes its place.
    bank.levels.goal[row] = 9
    solver = Solver(world, bank)
    solver.start(row)
    solver.onward(400_000)
    boards, nodes = solver.seen("board")[:, :9], int(solver.store.count[0])
    assert nodes == 181_440
    start = boards[0].copy()
    chosen = np.random.default_rng(0).choice(nodes, 10_000, replace=False)
    for node in chosen.tolist():
        assert len(fewest_moves(boards[node], start, 3)) == solver.store.depth[node]


@pytest.mark.parametrize("rows", [("867", "254", "301"), ("647", "850", "321")])
def test_the_hardest_boards_take_thirty_one_moves(rows: tuple[str, ...]) -> None:
    """Reinefeld, IJCAI 1993: no board of 3 x 3 takes more, and these two do."""
    assert solve(load_world("SlidingTiles-v0"), level_of(*rows)).length == 31


def test_every_generated_board_is_solvable_and_the_goal_is_none() -> None:
    world = load_world("SlidingTiles-v0", size=2)
    bank = generate_levels(world, 0, 200)
    boards = {bank.levels.cells[k, :4].tobytes() for k in range(200)}
    assert len(boards) == world.distinct_levels() == 11
    assert all(one.length <= 6 for one in solve_many(world, bank, range(200)))


def test_a_board_of_the_wrong_parity_is_refused() -> None:
    with pytest.raises(LevelError, match="cannot be brought into the order"):
        solve(load_world("SlidingTiles-v0"), level_of("123", "456", "870"))


def test_a_board_that_takes_longer_than_its_limit_is_refused() -> None:
    level = level_of("867", "254", "301", max_steps=30)
    with pytest.raises(LevelError, match="within its time limit"):
        solve(load_world("SlidingTiles-v0"), level)


def test_joined_edges_are_solved_by_search() -> None:
    world = load_world("SlidingTiles-v0", size=2, **{"transition.wrap": True})
    bank = generate_levels(world, 0, 3)
    assert {one.method for one in solve_many(world, bank, range(3))} == {"exact"}


def test_mixed_up_moves_are_planned_by_what_they_do() -> None:
    world = load_world("SlidingTiles-v0", **{"action.order": (3, 2, 1, 0)})
    bank = generate_levels(world, 0, 5)
    plain = solve_many(load_world("SlidingTiles-v0"), bank, range(5))
    mixed = solve_many(world, bank, range(5))
    assert [one.return_ for one in plain] == [one.return_ for one in mixed]
    assert plain[0].actions != mixed[0].actions


@pytest.mark.full
def test_the_fifteen_puzzle_is_solved() -> None:
    world = load_world("SlidingTiles-v0", size=4, difficulty=0)
    for one in solve_many(world, generate_levels(world, 0, 1), [0]):
        assert one.method == "exact"
        assert 20 <= one.length <= 80
