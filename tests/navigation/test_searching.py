"""The least search cost: known cases, and every order of visits tried."""

from __future__ import annotations

import itertools
import time
from collections import deque
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels, read_records
from adaptarium.envs.core.reference import TooLargeError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.navigation.searching import graph_of, search_cost

WORLD = load_world("HiddenGoal-v0")


def corridor(cells: int, start: int) -> dict[str, Any]:
    row = "+-" * cells + "+"
    return {
        "map": [row, "|" + " " * (2 * cells - 1) + "|", row],
        "starts": [{"x": start + 0.5, "y": 0.5}],
        "goal": [0.5, 0.5],
        "max_steps": 10,
    }


@pytest.mark.parametrize(
    ("cells", "start", "moves"),
    [
        (7, 0, [1, 2, 3, 4, 5, 6]),
        (3, 1, [1, 3]),
        (5, 1, [1, 3, 4, 5]),  # the short end first
        (2, 0, [1]),
    ],
)
def test_corridors(cells: int, start: int, moves: list[int]) -> None:
    bank = read_records(WORLD.override(records=(corridor(cells, start),)))
    assert search_cost(bank, 0) == pytest.approx(np.mean(moves))


def brute_force(graph: list[list[int]], start: int) -> float:
    """The best of all orders of visits, by shortest ways through anything."""

    def distances(source: int) -> dict[int, int]:
        found, queue = {source: 0}, deque([source])
        while queue:
            cell = queue.popleft()
            for other in graph[cell]:
                if other not in found:
                    found[other] = found[cell] + 1
                    queue.append(other)
        return found

    far = [distances(cell) for cell in range(len(graph))]
    others = [cell for cell in range(len(graph)) if cell != start]
    best = np.inf
    for order in itertools.permutations(others):
        gone, here, total = 0, start, 0
        for cell in order:
            gone += far[here][cell]
            total, here = total + gone, cell
        best = min(best, total / len(others))
    return float(best)


def test_no_order_of_visits_is_better() -> None:
    bank = generate_levels(WORLD.override(size=3, loops=0.4), 0, 3)
    for k in range(3):
        assert search_cost(bank, k) == pytest.approx(brute_force(*graph_of(bank, k)))


def test_sixteen_cells_take_a_moment_and_more_are_refused() -> None:
    begun = time.perf_counter()
    bank = generate_levels(WORLD.override(size=4, loops=1.0), 0, 1)
    assert 8.0 <= search_cost(bank, 0) < 9.0  # a way through all cells exists: 8, if it can be used
    assert time.perf_counter() - begun < 60
    large = generate_levels(WORLD.override(size=5), 0, 1)
    with pytest.raises(TooLargeError, match="25 cells: expected at most 16"):
        search_cost(large, 0)
