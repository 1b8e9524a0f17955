"""What an agent sees: egocentric, fixed or full view, with occlusion, noise and skin.

The occluded view is MiniGrid's (minigrid 3.2, ``grid.py: process_vis``), done a row at a time on
bit masks: light spreads along a row through see-through cells, and from each of those to the three
cells ahead.
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel, small
from adaptarium.envs.core.draws import below, observation_bits, unit
from adaptarium.envs.grid.codes import (
    AGENT,
    D_NOISE,
    D_NOISE_TILE,
    EGOCENTRIC,
    EMPTY,
    EMPTY_CELL,
    FULL,
    GREY,
    NORTH,
    OPAQUE_BIT,
    RULE_PARTS,
    USES_MISSION,
    USES_NOISE,
    USES_OCCLUSION,
    USES_RULES,
    USES_SIGNALS,
    USES_SKIN,
    USUAL_CELLS,
    WALL,
)
from adaptarium.envs.grid.kernels.geometry import cell_at, dx_of, dy_of, level_map, seats_of
from adaptarium.envs.grid.kernels.movement import is_target
from adaptarium.envs.grid.missions import (
    FIRST_COLOUR,
    MAX_WORDS,
    MISSION_LENGTH,
    THING_NUMBERS,
    TOKENS,
)

OUTSIDE = WALL | GREY << 8
COLOUR_COUNT = 6
_USUAL = np.array(USUAL_CELLS, np.int64)


@small
def spread_up(seen, clear):
    """Bits reached from ``seen`` toward higher bits through runs of ``clear``.

    Adding a seed to its run carries through to the run's end.
    """
    seeds = seen & clear
    return (clear & ~(clear + seeds)) | seeds


@small
def spread_down(seen, clear):
    """Bits reached from ``seen`` toward lower bits through runs of ``clear``, up to 16 wide."""
    g, p = seen & clear, clear
    g |= p & (g >> 1)
    p &= p >> 1
    g |= p & (g >> 2)
    p &= p >> 2
    g |= p & (g >> 4)
    if clear > 0xFF:
        p &= p >> 4
        g |= p & (g >> 8)
    return g


@small
def light(seen, clear, last):
    """Spread light in a row; returns its lit cells and those it lights in the next row.

    ``seen`` holds the cells lit so far, ``clear`` the see-through ones, ``last`` the bit of the
    last column.
    """
    up = spread_up(seen, clear) & ~last
    seen |= up | up << 1
    down = spread_down(seen, clear) & ~1
    seen |= down | down >> 1
    ahead = up | up << 1 | down | down >> 1
    return seen, ahead


@kernel
def disguised(w, i, a, cell, k):
    """What an agent reads for ``cell`` in image cell ``k``: sensor noise, then the skin."""
    rules = w.rules[i]
    tile = cell & 0xFF
    if rules.active & USES_NOISE:
        rows = w.scratch.visible.shape[1]
        where = k // rows << 12 | k % rows  # the same place in a batch with room for more rows
        if unit(observation_bits(w, i, D_NOISE, a, where)) < rules.noise:
            tile = 1 + below(observation_bits(w, i, D_NOISE_TILE, a, where), 15)
            cell = _USUAL[tile]  # colour and state would give away what is misread
    code = np.int64(rules.tile_code[tile])
    if code == rules.tile_code[EMPTY]:
        cell = EMPTY_CELL  # a hidden goal has the colour of an empty cell, too
    return (cell & ~0xFF) | code


@small
def put(w, i, a, image, at, cell, special):
    """Write one seen cell as three bytes: tile, colour, state."""
    if special:
        cell = disguised(w, i, a, cell, at // 3)
    # Unsigned indices spare the check for negative ones, which cost a third of this loop.
    image[np.uint64(at)] = cell & 0xFF
    image[np.uint64(at + 1)] = (cell >> 8) & 0xFF
    image[np.uint64(at + 2)] = (cell >> 16) & 0xFF


@kernel
def agent_cell(w, i, a):
    """How agent ``a`` looks: its colour is its number; its state its heading, or its level.

    The heading is four more where it hides a target: what is still to be done must be seen.
    """
    agent = w.state.agents[i, a]
    hides = is_target(cell_at(w, i, agent.x, agent.y))
    shown = agent.heading + 4 * int(hides)
    if agent.level > 0 and w.rules[i].levels_visible:
        shown = agent.level
    return AGENT | (a % COLOUR_COUNT) << 8 | shown << 16


@small
def room(position, delta, size):
    """How many cells lie between ``position`` and the border along ``delta``."""
    return size - 1 - position if delta > 0 else position


@kernel
def see_rows(w, i, a, image, facing, flip, row0, count, special):
    """See ``count`` rows from the agent's own row on, those ahead of it or those behind it.

    ``facing`` points to row 0 of the image; ``flip`` is 1 to look ahead (toward row 0), -1 to look
    back; ``row0`` is the image row of the agent; ``special`` turns on noise and skin.
    """
    grid, me, cells = level_map(w, i), w.state.agents[i, a], w.state.cells[i]
    rows, size = w.scratch.visible.shape[1], w.rules[i].view_size
    half = size // 2
    fx, fy = dx_of(facing), dy_of(facing)
    rx, ry = -fy, fx
    ahead_x, ahead_y = fx * flip, fy * flip
    # The part of the window that lies on the map: rows 0..depth, columns lo..hi.
    depth = room(me.x, ahead_x, grid.width) if fx else room(me.y, ahead_y, grid.height)
    right = room(me.x, rx, grid.width) if rx else room(me.y, ry, grid.height)
    left = room(me.x, -rx, grid.width) if rx else room(me.y, -ry, grid.height)
    lo, hi = max(0, half - left), min(size - 1, half + right)
    side, ahead = rx + ry * grid.width, ahead_x + ahead_y * grid.width
    start = me.y * grid.width + me.x + (lo - half) * side
    everything = (1 << size) - 1
    occluded = w.rules[i].active & USES_OCCLUSION
    seen = 1 << half
    stride = rows * 3
    for r in range(count):
        row = row0 - flip * r
        first = start + r * ahead
        if r > depth:
            lo, hi = size, size - 1
        lit = everything
        if occluded:
            clear = clear_bits(cells, first, side, lo, hi)
            if r == 0:
                clear |= 1 << half  # whatever the agent stands on, it sees out
            lit, seen = light(seen, clear, 1 << (size - 1))
        w.scratch.visible[i, row] = lit
        at, place = first, (lo * rows + row) * 3
        for c in range(lo, hi + 1):
            if lit >> c & 1:
                put(w, i, a, image, place, np.int64(cells[np.uint64(at)]), special)
            at += side
            place += stride
        on_map = (1 << (hi + 1)) - (1 << lo)
        if lit & ~on_map:
            see_outside(w, i, a, image, row, lit & ~on_map, special)
        if occluded and seen == 0:
            for later in range(r + 1, count):
                w.scratch.visible[i, row0 - flip * later] = 0
            return


@small
def clear_bits(cells, at, side, lo, hi):
    """Bit c is set where column c of a row on the map is see-through.

    The bits are shifted in from the top: a recurrence keeps the compiler from gathering, which is
    slower than seven loads.
    """
    clear = 0
    for _ in range(lo, hi + 1):
        open_bit = (np.int64(cells[np.uint64(at)]) >> OPAQUE_BIT & 1) ^ 1
        clear = clear >> 1 | open_bit << hi
        at += side
    return clear


@kernel
def see_outside(w, i, a, image, row, lit, special):
    """Lit cells beyond the map look like walls."""
    rows = w.scratch.visible.shape[1]
    for c in range(w.rules[i].view_size):
        if lit >> c & 1:
            put(w, i, a, image, (c * rows + row) * 3, OUTSIDE, special)


@kernel
def see_ahead(w, i, a, image, special):
    """The egocentric view: the agent in the middle of the last row, on what it carries."""
    me, size = w.state.agents[i, a], w.rules[i].view_size
    rows = w.scratch.visible.shape[1]
    see_rows(w, i, a, image, me.heading, 1, size - 1, size, special)
    cell = np.int64(me.carrying) if me.carrying else EMPTY_CELL
    put(w, i, a, image, (size // 2 * rows + size - 1) * 3, cell, special)
    if seats_of(w, i) > 1:
        see_agents(w, i, a, image, me.heading, size - 1, special)


@kernel
def see_around(w, i, a, image, special):
    """The fixed view: north up, the agent in the middle."""
    half = w.rules[i].view_size // 2
    see_rows(w, i, a, image, NORTH, 1, half, half + 1, special)
    see_rows(w, i, a, image, NORTH, -1, half, half + 1, special)
    see_agents(w, i, a, image, NORTH, half, special)


@kernel
def see_agents(w, i, a, image, facing, row0, special):
    """Draw the living agents into a window where their cell is lit.

    In the egocentric view the own cell keeps what the agent carries.
    """
    me, size = w.state.agents[i, a], w.rules[i].view_size
    rows = w.scratch.visible.shape[1]
    fx, fy = dx_of(facing), dy_of(facing)
    for b in range(seats_of(w, i)):
        if not (w.alive[i, b] or b == a) or (b == a and row0 == size - 1):
            continue
        other = w.state.agents[i, b]
        ox, oy = other.x - me.x, other.y - me.y
        row, column = row0 - (fx * ox + fy * oy), size // 2 + fx * oy - fy * ox
        if 0 <= row < size and 0 <= column < size and w.scratch.visible[i, row] >> column & 1:
            put(w, i, a, image, (column * rows + row) * 3, agent_cell(w, i, b), special)


@kernel
def see_all(w, i, a, image, special):
    """The whole map with every living agent in place."""
    grid, rows = level_map(w, i), w.scratch.visible.shape[1]
    for y in range(grid.height):
        for x in range(grid.width):
            cell = np.int64(w.state.cells[i, np.uint64(y * grid.width + x)])
            put(w, i, a, image, (x * rows + y) * 3, cell, special)
    for b in range(seats_of(w, i)):
        if w.alive[i, b] or b == a:
            other = w.state.agents[i, b]
            at = (other.x * rows + other.y) * 3
            put(w, i, a, image, at, agent_cell(w, i, b), special)


@kernel
def signals(w, i, a, row):
    """Energy left, first step of an inner episode, carried tile and colour, all in [0, 1]."""
    agent, limit = w.state.agents[i, a], w.state.counts[i, 0].energy_total
    out = w.obs.signals
    out[row, a, 0] = min(agent.energy / limit, 1.0) if limit > 0 else 1.0
    out[row, a, 1] = w.core[i].first
    out[row, a, 2] = (agent.carrying & 0xFF) / 16.0
    out[row, a, 3] = ((agent.carrying >> 8) & 0xFF) / 8.0


@kernel
def mission(w, i, a, row):
    """The numbers of the mission's words; its slots are filled with the level's own things."""
    grid = level_map(w, i)
    for j in range(MISSION_LENGTH):
        token = TOKENS[grid.mission, j]
        if token >= MAX_WORDS:
            slot = token - MAX_WORDS
            thing = grid.noun if slot < 2 else grid.other
            named = THING_NUMBERS[thing & 0xFF] if slot & 1 else FIRST_COLOUR + (thing >> 8)
            w.obs.mission[row, a, j] = named
        else:
            w.obs.mission[row, a, j] = token


@kernel
def show_rules(w, i, a, row):
    """The production rules of the level; what they are worth is not told."""
    count, out, k = level_map(w, i).num_productions, w.obs.rules, w.core[i].level
    for part in range(out.shape[2]):
        j = part // RULE_PARTS
        out[row, a, part] = w.levels.productions[k, j, part % RULE_PARTS] if j < count else 0


@kernel
def observe(w, i, row):
    """Write the observation of every agent of slot ``i`` into observation row ``row``."""
    rules = w.rules[i]
    special = rules.active & (USES_NOISE | USES_SKIN)
    for a in range(w.reward.shape[1]):
        image = w.obs.image[row, a]
        for j in range(image.shape[0]):
            image[j] = 0
        w.obs.direction[row, a] = 0
        if a >= seats_of(w, i):
            continue
        w.obs.direction[row, a] = w.state.agents[i, a].heading
        if rules.view_kind == EGOCENTRIC:
            see_ahead(w, i, a, image, special)
        elif rules.view_kind == FULL:
            see_all(w, i, a, image, special)
        else:
            see_around(w, i, a, image, special)
        if rules.active & USES_SIGNALS:
            signals(w, i, a, row)
        if rules.active & USES_MISSION:
            mission(w, i, a, row)
        if rules.active & USES_RULES:
            show_rules(w, i, a, row)
