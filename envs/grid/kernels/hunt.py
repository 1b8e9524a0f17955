"""Mechanics: evaders that keep away from the agents, and are caught when these close in on them.

Pursuit on a grid (Gupta, Egorov & Kochenderfer, Cooperative multi-agent control using deep
reinforcement learning, 2017; PettingZoo's ``sisl/pursuit``), where evaders are the level's moving
balls or obstacles.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import chance, choose
from adaptarium.envs.grid.codes import D_EVADER, D_MOVER, EMPTY_CELL
from adaptarium.envs.grid.kernels.geometry import (
    agent_at,
    cell_at,
    dx_of,
    dy_of,
    inside,
    is_empty,
    is_free,
    is_mover,
    level_map,
    seats_of,
    set_cell,
)


@kernel
def next_to(w, i, a, point):
    """Whether agent ``a`` lives and stands next to ``point``, not diagonally."""
    agent = w.state.agents[i, a]
    return w.alive[i, a] and abs(agent.x - point.x) + abs(agent.y - point.y) == 1


@kernel
def surrounded(w, i, point):
    """How many agents have caught the evader at ``point``; 0 while it is at large."""
    grid, near, room = level_map(w, i), 0, 0
    for heading in range(4):
        x, y = point.x + dx_of(heading), point.y + dy_of(heading)
        if inside(grid, x, y) and is_free(cell_at(w, i, x, y)):
            room += 1
    for a in range(seats_of(w, i)):
        near += next_to(w, i, a, point)
    return near if near >= min(w.rules[i].captors, room) else 0


@kernel
def capture(w, i):
    """Pay for evaders that agents are next to, and take out those that are caught."""
    grid, rules, left = level_map(w, i), w.rules[i], 0
    for m in range(grid.num_obstacles):
        point = w.state.obstacles[i, m]
        if not is_mover(w, i, point):
            continue
        caught = surrounded(w, i, point)
        for a in range(seats_of(w, i)):
            if next_to(w, i, a, point):
                w.reward[i, a] += rules.touch
                if caught > 0:
                    w.reward[i, a] += rules.capture / (caught * grid.num_obstacles)
        if caught > 0:
            set_cell(w, i, point.x, point.y, EMPTY_CELL)
            point.x = -1  # from now on it is nowhere
            w.metrics[i].caught += 1
        else:
            left += 1
    if grid.num_obstacles > 0 and left == 0:
        w.metrics[i].success = 1
        for a in range(seats_of(w, i)):
            w.terminated[i, a] = bool(w.alive[i, a])


@kernel
def margin(w, i, x, y):
    """Steps from (x, y) to the nearest living agent."""
    grid = level_map(w, i)
    least = grid.height + grid.width
    for a in range(seats_of(w, i)):
        agent = w.state.agents[i, a]
        if w.alive[i, a]:
            least = min(least, abs(agent.x - x) + abs(agent.y - y))
    return least


@kernel
def escape(w, i, point, best, n):
    """The heading of the ``n``-th way to as good a cell as ``best``; 4 is to stay."""
    grid = level_map(w, i)
    for heading in range(5):
        x, y = point.x + dx_of(heading), point.y + dy_of(heading)
        stays = heading == 4
        if not stays and not inside(grid, x, y):
            continue
        if not stays and (not is_empty(cell_at(w, i, x, y)) or agent_at(w, i, x, y) >= 0):
            continue
        if margin(w, i, x, y) == best:
            if n == 0:
                return heading
            n -= 1
    return -1


@kernel
def evade(w, i):
    """Each evader goes, or stays, where it is farthest from the nearest agent; ties are drawn."""
    for m in range(level_map(w, i).num_obstacles):
        point = w.state.obstacles[i, m]
        if not is_mover(w, i, point):
            continue
        if not chance(w, i, w.rules[i].obstacle_rate, D_MOVER, 0, 2 * m):
            continue
        best, ways = margin(w, i, point.x, point.y) + 1, 0
        while escape(w, i, point, best, 0) < 0:
            best -= 1
        while escape(w, i, point, best, ways) >= 0:
            ways += 1
        heading = escape(w, i, point, best, choose(w, i, ways, D_EVADER, 0, m))
        if heading == 4:
            continue
        cell = cell_at(w, i, point.x, point.y)
        set_cell(w, i, point.x, point.y, EMPTY_CELL)
        point.x += dx_of(heading)
        point.y += dy_of(heading)
        set_cell(w, i, point.x, point.y, cell)
