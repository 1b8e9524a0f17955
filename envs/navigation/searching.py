"""What finding a hidden goal costs at least: the Bayes-optimal search of a small map.

The goal is in any other cell than the start, each equally likely, and is found by going there. A
searcher who knows the map decides in which order to visit the cells; the mean number of moves from
cell to cell until the goal is found is least for the order that dynamic programming over sets of
visited cells finds (the minimum latency problem on a graph; Blum et al., STOC 1994).
"""

from __future__ import annotations

import functools
from collections import deque

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import TooLargeError

MAX_CELLS = 16
_SIDES = ((0, -1), (1, 0), (0, 1), (-1, 0))  # in the order of the wall bits


def search_cost(w: Workspace, k: int) -> float:
    """The least mean number of moves, of a metre each, to a goal in an unknown cell.

    Cells that cannot be reached hold no goal.

    Args:
        w: A workspace that holds the level.
        k: Its row.

    Raises:
        TooLargeError: more than ``MAX_CELLS`` cells can be reached.
    """
    graph, start = graph_of(w, k)
    if len(graph) > MAX_CELLS:
        raise TooLargeError(
            f"{len(graph)} cells: expected at most {MAX_CELLS} for the least search cost"
        )
    everything = (1 << len(graph)) - 1

    @functools.cache
    def left(visited: int, here: int) -> int:
        """Moves still to come, summed over the cells in which the goal may be."""
        if visited == everything:
            return 0
        unseen = len(graph) - visited.bit_count()
        return min(
            far * unseen + left(visited | 1 << cell, cell)
            for cell, far in _next(graph, visited, here)
        )

    return left(1 << start, start) / (len(graph) - 1) if len(graph) > 1 else 0.0


def _next(graph: list[list[int]], visited: int, here: int) -> list[tuple[int, int]]:
    """Unvisited cells that can be entered next, with the moves there through visited ones."""
    far, queue, found = {here: 0}, deque([here]), list[tuple[int, int]]()
    while queue:
        cell = queue.popleft()
        for other in graph[cell]:
            if other in far:
                continue
            far[other] = far[cell] + 1
            if visited >> other & 1:
                queue.append(other)
            else:
                found.append((other, far[other]))
    return found


def graph_of(w: Workspace, k: int) -> tuple[list[list[int]], int]:
    """Neighbours of every cell that the first agent can reach, and the number of its own."""
    head, start = w.levels.head[k], w.levels.starts[k, 0]
    width = int(head["width"])
    first = int(start["y"]) * width + int(start["x"])
    beside: dict[int, list[int]] = {}
    queue = [first]
    while queue:
        cell = queue.pop()
        if cell in beside:
            continue
        bits = int(w.levels.walls[k, cell])
        steps = [dx + dy * width for side, (dx, dy) in enumerate(_SIDES) if not bits >> side & 1]
        beside[cell] = [cell + step for step in steps]
        queue += beside[cell]
    numbers = {cell: number for number, cell in enumerate(sorted(beside))}
    graph = [[numbers[other] for other in beside[cell]] for cell in sorted(beside)]
    return graph, numbers[first]
