"""How far the goal is along open ways: what coming nearer to it is paid by.

Moves from cell to cell are counted from the goal once an inner episode, from middle to middle; free
segments do not count.
"""

from __future__ import annotations

import math

import numpy as np

from adaptarium.envs.core.compiling import kernel


@kernel
def beside(width, cell, side):
    """The cell across a side, by side: 0 north, 1 east, 2 south, 3 west; inside of the border."""
    if side == 0:
        return cell - width
    if side == 1:
        return cell + 1
    return cell + width if side == 2 else cell - 1


@kernel
def measure_ways(w, i, k):
    """Write the fewest moves from every cell to that of the goal; -1 where there is no way."""
    head, ways, queue = w.levels.head[k], w.state.ways[i], w.scratch.queue[i]
    now = w.state.now[i, 0]
    for cell in range(ways.shape[0]):
        ways[cell] = -1
    if head.height == 0 or not now.has_goal:
        return
    goal = int(now.goal_y) * head.width + int(now.goal_x)
    ways[goal] = 0
    queue[0] = goal
    first, last = 0, 1
    while first < last:
        cell = int(queue[first])
        first += 1
        for side in range(4):
            if w.levels.walls[k, cell] & (1 << side):
                continue
            other = beside(head.width, cell, side)
            if ways[other] < 0:
                ways[other] = ways[cell] + 1
                queue[last] = other
                last += 1


@kernel
def next_place(w, i, k, x, y):
    """Where to go from (x, y), and the metres to the goal that way.

    That is the middle of the next cell, or the goal, in the same cell or where no way is known.
    """
    head, ways, now = w.levels.head[k], w.state.ways[i], w.state.now[i, 0]
    there_x, there_y = now.goal_x, now.goal_y
    straight = math.sqrt((there_x - x) ** 2 + (there_y - y) ** 2)
    # On a GPU the floor is a float.
    cx, cy = np.int64(math.floor(x)), np.int64(math.floor(y))
    if cx < 0 or cy < 0 or cx >= head.width or cy >= head.height:
        return there_x, there_y, straight
    cell = cy * head.width + cx
    if ways[cell] <= 0:
        return there_x, there_y, straight
    least = math.inf
    for side in range(4):
        if w.levels.walls[k, cell] & (1 << side):
            continue
        other = beside(head.width, cell, side)
        middle_x, middle_y = other % head.width + 0.5, other // head.width + 0.5
        dx, dy = middle_x - x, middle_y - y
        left = ways[other] + math.sqrt(dx * dx + dy * dy)
        if left < least:
            least, there_x, there_y = left, middle_x, middle_y
    return there_x, there_y, least


@kernel
def way_left(w, i, k, x, y):
    """Metres from (x, y) to the goal by :func:`next_place`."""
    _, _, left = next_place(w, i, k, x, y)
    return left
