"""Bargaining solutions against their definitions, by brute force on random small domains."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.negotiation.solutions import core, pareto, points, rubinstein


def random_domain(rng: np.random.Generator) -> tuple[Any, Any]:
    """Utilities and reservation values with many ties."""
    parties, outcomes = int(rng.integers(2, 5)), int(rng.integers(1, 10))
    top = int(rng.choice([3, 10, 10_000]))
    utilities = rng.integers(0, top + 1, (parties, outcomes))
    return utilities, rng.integers(0, top // 2 + 1, parties)


def efficient_by_definition(columns: list[tuple[int, ...]], one: tuple[int, ...]) -> bool:
    return not any(
        all(a >= b for a, b in zip(other, one, strict=True)) and other != one for other in columns
    )


def points_by_definition(columns: list[tuple[int, ...]], least: list[int]) -> dict[str, int]:
    """The same points by exact fractions, one outcome at a time."""

    def best(value: Any, among: list[int]) -> int:
        return max(among, key=lambda o: (value(columns[o]), sum(columns[o]), -o))

    def gains(column: tuple[int, ...]) -> list[int]:
        return [value - own for value, own in zip(column, least, strict=True)]

    everything = range(len(columns))
    found = {"utilitarian": best(sum, list(everything))}
    rational = [o for o in everything if min(gains(columns[o])) >= 0]
    if not rational:
        return found
    ideal = [max(gains(columns[o])[p] for o in rational) for p in range(len(least))]

    def product(column: tuple[int, ...]) -> int:
        total = 1
        for gain in gains(column):
            total *= gain
        return total

    def least_share(column: tuple[int, ...]) -> Fraction:
        shares = [Fraction(g, i) for g, i in zip(gains(column), ideal, strict=True) if i > 0]
        return min(shares, default=Fraction(0))

    found["nash"] = best(product, rational)
    found["kalai_smorodinsky"] = best(least_share, rational)
    found["egalitarian"] = best(lambda column: min(gains(column)), rational)
    return found


def core_by_definition(columns: list[tuple[int, ...]], quorum: int) -> list[bool]:
    """Coalition by coalition."""
    everybody = range(len(columns[0]))
    deciding = [
        members
        for size in range(quorum, len(everybody) + 1)
        for members in combinations(everybody, size)
    ]
    return [
        not any(
            all(other[p] > one[p] for p in members) for members in deciding for other in columns
        )
        for one in columns
    ]


def check_domains(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        utilities, least = random_domain(rng)
        columns = [tuple(column) for column in utilities.T.tolist()]
        expected = [efficient_by_definition(columns, one) for one in columns]
        assert pareto(utilities).tolist() == expected
        assert points(utilities, least) == points_by_definition(columns, least.tolist())
        for quorum in {len(least) // 2 + 1, len(least)}:
            assert core(utilities, quorum).tolist() == core_by_definition(columns, quorum)


def test_solutions_are_what_their_definitions_say() -> None:
    check_domains(300, seed=0)


@pytest.mark.full
def test_solutions_are_what_their_definitions_say_on_many_domains() -> None:
    check_domains(10_000, seed=1)


def test_splitting_a_cake_between_equals_is_fair_by_every_solution() -> None:
    shares = np.arange(0, 11)
    found = points(np.stack([shares, 10 - shares]), np.zeros(2, np.int64))
    assert {found[name] for name in ("nash", "kalai_smorodinsky", "egalitarian")} == {5}


def test_the_core_of_a_majority_is_condorcets() -> None:
    cycle = np.array([[3, 2, 1], [1, 3, 2], [2, 1, 3]])  # each outcome loses to another one
    assert not core(cycle, 2).any()
    assert core(cycle, 3).all()
    peaks = np.array([[5, 4, 3], [3, 5, 4], [1, 2, 3]])  # on a line the median's peak wins
    assert core(peaks, 2).tolist() == [False, True, False]


def test_an_outside_option_moves_the_nash_point_by_half_of_it() -> None:
    shares = np.arange(0, 101)
    for least in (0, 20, 40):
        found = points(np.stack([shares, 100 - shares]), np.array([least, 0]))
        assert found["nash"] == 50 + least // 2


def test_rubinsteins_shares() -> None:
    assert rubinstein((0.5, 0.5)) == pytest.approx((2 / 3, 1 / 3))
    for low, high in pairwise((0.0, 0.3, 0.9, 0.99)):
        assert rubinstein((high, 0.5))[0] > rubinstein((low, 0.5))[0]  # patience pays
    with pytest.raises(FactorError, match="less than 1"):
        rubinstein((1.0, 0.5))
