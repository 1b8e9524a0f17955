"""DoorKey's fast solver equals the search over full states, dropped keys included."""

from __future__ import annotations

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.grid.fast_doorkey import solve_levels
from adaptarium.envs.grid.reference import solve_many


def _compare(size: int, start: int, count: int) -> None:
    world = load_world("DoorKey-v0", size=size)
    bank = generate_levels(world, start, count)
    returns, lengths = solve_levels(world, bank, range(count))
    searched = solve_many(world, bank, range(count))
    assert lengths.tolist() == [reference.length for reference in searched]
    np.testing.assert_allclose(returns, [best.return_ for best in searched], rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [5, 6, 8])
def test_equal_to_the_search(size: int) -> None:
    _compare(size, 0, 150)


@pytest.mark.full
def test_equal_to_the_search_on_ten_thousand_levels() -> None:
    _compare(8, 1000, 10_000)


def test_other_rules_are_refused() -> None:
    world = load_world("DoorKey-v0", **{"transition.slip": 0.1})
    with pytest.raises(LevelError, match="reference.solve_many"):
        solve_levels(world, generate_levels(world, 0, 1), [0])
