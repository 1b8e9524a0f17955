"""What an agent sees: egocentric, fixed or full view, with occlusion, noise and skin.

The occluded view is MiniGrid's (minigrid 3.2, ``grid.py: process_vis``), done a row at a time on
bit masks: light spreads along a row through see-through cells, and from each of those to the three
cells ahead.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import below, observation_bits, unit
from adaptarium.envs.grid.codes import (
    AGENT,
    D_NOISE,
    D_NOISE_TILE,
    EGOCENTRIC,
    EMPTY_CELL,
    FULL,
    GREY,
    LOW_BYTES,
    OPAQUE,
    USES_NOISE,
    USES_OCCLUSION,
    USES_SIGNALS,
    USES_SKIN,
    WALL,
)
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of

OUTSIDE = WALL | GREY << 8 | OPAQUE
COLOUR_COUNT = 6


@kernel
def spread_up(seen, clear):
    """Bits reached from ``seen`` toward higher bits through ``clear`` runs (up to 16 wide)."""
    g, p = seen & clear, clear
    g |= p & (g << 1)
    p &= p << 1
    g |= p & (g << 2)
    p &= p << 2
    g |= p & (g << 4)
    p &= p << 4
    g |= p & (g << 8)
    return g


@kernel
def spread_down(seen, clear):
    """Bits reached from ``seen`` toward lower bits through ``clear`` runs (up to 16 wide)."""
    g, p = seen & clear, clear
    g |= p & (g >> 1)
    p &= p >> 1
    g |= p & (g >> 2)
    p &= p >> 2
    g |= p & (g >> 4)
    p &= p >> 4
    g |= p & (g >> 8)
    return g


@kernel
def light(seen, clear, last):
    """Spread light in a row; returns its lit cells and those it lights in the next row.

    Args:
        seen: Lit cells so far.
        clear: See-through cells.
        last: Bit of the last column.
    """
    up = spread_up(seen, clear) & ~last
    seen |= up | up << 1
    down = spread_down(seen, clear) & ~1
    seen |= down | down >> 1
    ahead = up | up << 1 | down | down >> 1
    return seen, ahead


@kernel
def put(w, i, a, image, at, cell, special):
    """Write one seen cell as three bytes, through noise and skin where the world has them."""
    tile, colour, state = cell & 0xFF, (cell >> 8) & 0xFF, (cell >> 16) & 0xFF
    if special:
        if w.rules[i].active & USES_NOISE:
            k = at // 3
            if unit(observation_bits(w, i, D_NOISE, a, k)) < w.rules[i].noise:
                tile = 1 + below(observation_bits(w, i, D_NOISE_TILE, a, k), 15)
        tile = int(w.rules[i].tile_code[tile])
    image[at] = tile
    image[at + 1] = colour
    image[at + 2] = state


@kernel
def agent_cell(w, i, a):
    """How agent ``a`` looks: its colour is its number; its state its heading, or its level."""
    agent = w.state.agents[i, a]
    shown = agent.level if agent.level > 0 else agent.heading
    return AGENT | (a % COLOUR_COUNT) << 8 | shown << 16


@kernel
def see_window(w, i, a, image, rows, special, facing, behind):
    """A square view with the agent in its middle column, ``behind`` rows from the bottom.

    Row ``r`` of the image is ``size - 1 - behind - r`` cells ahead along ``facing``; column ``c`` is
    ``c - size // 2`` cells to the right of it.
    """
    grid, me = w.levels.map[w.core[i].level], w.state.agents[i, a]
    size = w.rules[i].view_size
    half = size // 2
    fx, fy = dx_of(facing), dy_of(facing)
    rx, ry = -fy, fx
    last = 1 << (size - 1)
    everything = (1 << size) - 1
    occluded = w.rules[i].active & USES_OCCLUSION
    seen = 1 << half if occluded else everything
    for row in range(size - 1, -1, -1):
        ahead = size - 1 - behind - row
        x0, y0 = me.x + fx * ahead - rx * half, me.y + fy * ahead - ry * half
        if occluded:
            clear = 0
            for c in range(size):
                x, y = x0 + rx * c, y0 + ry * c
                if 0 <= x < grid.width and 0 <= y < grid.height:
                    if w.state.cells[i, y * grid.width + x] & OPAQUE == 0:
                        clear |= 1 << c
            if ahead == 0:
                clear |= 1 << half
            lit, seen = light(seen, clear, last)
        else:
            lit = everything
        w.scratch.visible[i, row] = lit
        for c in range(size):
            if lit >> c & 1:
                x, y = x0 + rx * c, y0 + ry * c
                cell = OUTSIDE
                if 0 <= x < grid.width and 0 <= y < grid.height:
                    cell = int(w.state.cells[i, y * grid.width + x]) & LOW_BYTES
                if ahead == 0 and c == half and behind == 0:
                    cell = int(me.carrying) & LOW_BYTES if me.carrying else EMPTY_CELL
                put(w, i, a, image, (c * rows + row) * 3, cell, special)
        if occluded and seen == 0:
            for r in range(row):
                w.scratch.visible[i, r] = 0
            break
    others(w, i, a, image, rows, special, facing, behind)


@kernel
def others(w, i, a, image, rows, special, facing, behind):
    """Draw the living agents into a window where their cell is lit."""
    count = w.levels.map[w.core[i].level].num_agents
    if count == 1 and behind == 0:
        return
    me, size = w.state.agents[i, a], w.rules[i].view_size
    fx, fy = dx_of(facing), dy_of(facing)
    for b in range(count):
        if (b == a and behind == 0) or not w.alive[i, b]:
            continue  # in the egocentric view the own cell shows what the agent carries
        other = w.state.agents[i, b]
        ox, oy = other.x - me.x, other.y - me.y
        row = size - 1 - behind - (fx * ox + fy * oy)
        column = size // 2 + (fx * oy - fy * ox)
        if 0 <= row < size and 0 <= column < size and w.scratch.visible[i, row] >> column & 1:
            put(w, i, a, image, (column * rows + row) * 3, agent_cell(w, i, b), special)


@kernel
def see_all(w, i, a, image, rows, special):
    """The whole map with every living agent in place."""
    grid = w.levels.map[w.core[i].level]
    for y in range(grid.height):
        for x in range(grid.width):
            cell = int(w.state.cells[i, y * grid.width + x])
            put(w, i, a, image, (x * rows + y) * 3, cell, special)
    for b in range(grid.num_agents):
        if w.alive[i, b] or b == a:
            other = w.state.agents[i, b]
            at = (other.x * rows + other.y) * 3
            put(w, i, a, image, at, agent_cell(w, i, b), special)


@kernel
def signals(w, i, a, row):
    """Energy left, first step of an inner episode, carried tile and colour, all in [0, 1]."""
    agent, limit = w.state.agents[i, a], w.rules[i].energy
    out = w.obs.signals
    out[row, a, 0] = min(agent.energy / limit, 1.0) if limit > 0 else 1.0
    out[row, a, 1] = w.core[i].first
    out[row, a, 2] = (agent.carrying & 0xFF) / 16.0
    out[row, a, 3] = ((agent.carrying >> 8) & 0xFF) / 8.0


@kernel
def observe(w, i, row):
    """Write the observation of every agent of slot ``i`` into observation row ``row``."""
    rules = w.rules[i]
    special = rules.active & (USES_NOISE | USES_SKIN)
    rows = w.scratch.visible.shape[1]
    for a in range(w.reward.shape[1]):
        image = w.obs.image[row, a]
        for j in range(image.shape[0]):
            image[j] = 0
        w.obs.direction[row, a] = 0
        if a >= w.levels.map[w.core[i].level].num_agents:
            continue
        w.obs.direction[row, a] = w.state.agents[i, a].heading
        if rules.view_kind == EGOCENTRIC:
            see_window(w, i, a, image, rows, special, w.state.agents[i, a].heading, 0)
        elif rules.view_kind == FULL:
            see_all(w, i, a, image, rows, special)
        else:
            see_window(w, i, a, image, rows, special, 3, rules.view_size // 2)
        if rules.active & USES_SIGNALS:
            signals(w, i, a, row)
