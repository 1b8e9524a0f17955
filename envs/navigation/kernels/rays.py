"""Lidar: how far from a body the next wall, body or item lies in a direction.

A ray walks the grid from cell to cell (Amanatides & Woo, Eurographics 1987) and looks at the wall
bit of each side that it leaves by; free segments are a short list.
"""

from __future__ import annotations

import math

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.navigation.codes import (
    EAST,
    HIT_AGENT,
    HIT_GOAL,
    HIT_ITEM,
    HIT_NOTHING,
    HIT_WALL,
    NORTH,
    OBSTACLE,
    SOUTH,
    TASK,
    WEST,
)

_FOREVER = 1e30


@kernel
def to_wall(w, k, x, y, dx, dy, far):
    """Metres from (x, y) along (dx, dy) to the first wall of the grid, at most ``far``."""
    width = w.levels.head[k].width
    cx, cy = int(x), int(y)
    inside = x >= 0.0 and y >= 0.0 and cx < width and cy < w.levels.head[k].height
    if not inside:
        return far
    across = 1.0 / abs(dx) if dx != 0.0 else _FOREVER  # metres between sides of cells
    down = 1.0 / abs(dy) if dy != 0.0 else _FOREVER
    bit_x, go_x = (EAST, 1) if dx > 0.0 else (WEST, -1)
    bit_y, go_y = (SOUTH, width) if dy > 0.0 else (NORTH, -width)
    next_x = (cx + 1 - x if dx > 0.0 else x - cx) * across
    next_y = (cy + 1 - y if dy > 0.0 else y - cy) * down
    cell = cy * width + cx
    # A border of walls ends every walk.
    while True:
        if next_x < next_y:
            if next_x >= far or w.levels.walls[k, cell] & bit_x:
                return min(next_x, far)
            cell += go_x
            next_x += across
        else:
            if next_y >= far or w.levels.walls[k, cell] & bit_y:
                return min(next_y, far)
            cell += go_y
            next_y += down


@kernel
def to_segment(w, k, j, x, y, dx, dy, far):
    """Metres to free segment ``j``, at most ``far``."""
    ends = w.levels.segments[k, j]
    ex, ey = ends[2] - ends[0], ends[3] - ends[1]
    cross = dx * ey - dy * ex
    if cross == 0.0:
        return far
    ox, oy = ends[0] - x, ends[1] - y
    distance, along = (ox * ey - oy * ex) / cross, (ox * dy - oy * dx) / cross
    return distance if 0.0 <= distance < far and 0.0 <= along <= 1.0 else far


@kernel
def to_disc(ox, oy, dx, dy, radius, far):
    """Metres to a disc whose centre lies at (ox, oy) from here, at most ``far``; 0 within it."""
    along = ox * dx + oy * dy
    off = ox * ox + oy * oy - radius * radius
    if off <= 0.0:
        return 0.0
    under = along * along - off
    if along <= 0.0 or under < 0.0:
        return far
    return min(along - math.sqrt(under), far)


@kernel
def to_others(w, i, k, a, dx, dy, far, what):
    """The nearest disc along a ray: its distance, and a number of ``codes.HITS``.

    Plain lidar meets what is solid; semantic rays see landmarks and the goal too.
    """
    rules, now, body = w.rules[i], w.state.now[i, 0], w.state.bodies[i, a]
    for b in range(now.num_agents):
        if b == a or not w.alive[i, b]:
            continue
        other = w.state.bodies[i, b]
        radius = rules.radius[other.role]
        distance = to_disc(other.x - body.x, other.y - body.y, dx, dy, radius, far)
        if distance < far:
            far, what = distance, HIT_AGENT
    for j in range(w.levels.head[k].num_items):
        item = w.levels.items[k, j]
        if item.kind >= TASK or (item.kind != OBSTACLE and not rules.semantics):
            continue
        distance = to_disc(item.x - body.x, item.y - body.y, dx, dy, item.radius, far)
        if distance < far:
            far, what = distance, HIT_ITEM + item.kind
    if rules.semantics and now.has_goal:
        x, y = now.goal_x - body.x, now.goal_y - body.y
        distance = to_disc(x, y, dx, dy, rules.goal_radius, far)
        if distance < far:
            far, what = distance, HIT_GOAL
    return far, what


@kernel
def cast(w, i, k, a, dx, dy):
    """What a ray of agent ``a`` meets: metres, and a number of ``codes.HITS``."""
    rules, head, body = w.rules[i], w.levels.head[k], w.state.bodies[i, a]
    far = rules.ray_range
    distance = to_wall(w, k, body.x, body.y, dx, dy, far)
    for j in range(head.num_segments):
        distance = to_segment(w, k, j, body.x, body.y, dx, dy, distance)
    what = HIT_WALL if distance < far else HIT_NOTHING
    if rules.semantics or head.num_items > 0 or w.state.now[i, 0].num_agents > 1:
        return to_others(w, i, k, a, dx, dy, distance, what)
    return distance, what
