"""Lights out: linear algebra equals the search on the kernel, and the known theory."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Solver, TooLargeError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.puzzle.linear import Elimination, reachable_boards
from adaptarium.envs.puzzle.plans import press_matrix
from adaptarium.envs.puzzle.reference import solve, solve_many


def assert_equal_to_the_search(count: int, **overrides: object) -> None:
    world = load_world("Lights-v0", **overrides)
    bank = generate_levels(world, 0, count)
    by_algebra = solve_many(world, bank, range(count))
    values, lengths, _ = Solver(world, bank).shortest(range(count))
    assert [one.length for one in by_algebra] == lengths.tolist()
    np.testing.assert_allclose([one.return_ for one in by_algebra], values, atol=1e-12)


def test_algebra_equals_search() -> None:
    assert_equal_to_the_search(60, size=3, difficulty=1)
    assert_equal_to_the_search(40, size=2, colours=3, difficulty=1)
    assert_equal_to_the_search(10, size=3, random_goal=True, **{"transition.wrap": True})
    pattern = {"transition.press_pattern": "101 010 101"}
    assert_equal_to_the_search(10, size=3, difficulty=1, **pattern)


@pytest.mark.full
def test_algebra_equals_search_on_ten_thousand_levels() -> None:
    assert_equal_to_the_search(10_000, size=3, difficulty=1)


@pytest.mark.parametrize(("size", "quiet"), [(2, 0), (3, 0), (4, 4), (5, 2), (6, 0), (7, 0)])
def test_quiet_patterns_are_as_many_as_is_known(size: int, quiet: int) -> None:
    """Nullities of the square boards: OEIS A159257."""
    world = load_world("Lights-v0", size=size)
    bank = generate_levels(world, 0, 1)
    solved = Elimination.of(press_matrix(world, bank, 0), 2)
    assert len(solved.quiet) == 2**quiet
    assert reachable_boards(size, 2) == 2 ** (size * size - quiet)


def test_no_board_of_five_needs_more_than_fifteen_presses() -> None:
    """Anderson & Feil, 1998: the hardest boards of 5 x 5 take 15 presses."""
    world = load_world("Lights-v0", difficulty=1)
    lengths = [one.length for one in solve_many(world, generate_levels(world, 0, 400), range(400))]
    assert 12 <= max(lengths) <= 15


def test_a_board_out_of_reach_is_refused() -> None:
    board = ["10000", *["00000"] * 4]  # one corner alone is lit by no presses
    level = {"board": board, "colours": 2, "values": 2, "max_steps": 75}
    with pytest.raises(LevelError, match="no presses lead to the goal"):
        solve(load_world("Lights-v0"), level)


def test_too_many_quiet_patterns_are_refused() -> None:
    with pytest.raises(TooLargeError, match="quiet patterns"):
        Elimination.of(np.zeros((20, 20), np.int64), 2)


def test_presses_of_three_colours_are_solved_with_the_fewest() -> None:
    matrix = np.array([[1, 1], [0, 1]])
    solved = Elimination.of(matrix, 3)
    for difference in itertools.product(range(3), repeat=2):
        wanted = np.array(difference)
        presses = solved.fewest(wanted)
        assert (matrix @ presses % 3 == wanted).all()


def test_slips_are_met_by_a_new_plan() -> None:
    limit = {"episode.max_steps": 24}
    calm, slippery = (
        load_world("Lights-v0", **limit, **{"transition.slip": slip}) for slip in (0.0, 0.1)
    )
    bank = generate_levels(slippery, 0, 1)
    best, measured = solve_many(calm, bank, [0])[0], solve_many(slippery, bank, [0])[0]
    assert (best.method, measured.method) == ("exact", "policy")
    assert 0 < measured.low <= measured.return_ <= measured.high < best.return_
    assert measured.n > 1
