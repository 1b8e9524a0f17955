"""A map of two equal sides, joined in the middle.

Each side has a start, a natural base before it, and up to two more bases at its flank; a choke lies
between the natural base and the middle, which has two crossings::

    start - natural - choke - crossing - choke - natural - start
               |                                    |
             third - fourth - far crossing - fourth - third
"""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.skirmish.codes import MOST_ORDERS
from adaptarium.generators.core.spec import Generator
from adaptarium.generators.skirmish.knobs import MirrorKnobs
from adaptarium.generators.skirmish.purposes import G_LENGTH, G_LEVEL, G_STYLE, G_WIDTH

# Shares of the way from start to start, in percent, and widths, in bodies.
TO_NATURAL, TO_CHOKE, TO_MIDDLE, TO_THIRD, TO_FOURTH, TO_FAR = 20, 13, 17, 22, 22, 26
BASE_WIDTH, CHOKE_WIDTH, MIDDLE_WIDTH = 24, 10, 40
# A match lasts 900 seconds as a rule, a decision 5, and an order is one step of it.
STEPS = 900 // 5 * (MOST_ORDERS + 1)
FAR = 30_000


@kernel
def varied(w, i, purpose, j, value):
    """A length or width, somewhat more or less."""
    span = value * w.knobs[i].variation // 100
    return max(value - span + level_below(w, i, purpose, j, 2 * span + 1), 1)


@kernel
def join(w, i, k, u, v, share, j):
    """Join nodes ``u`` and ``v`` of the first side, and their mirror images."""
    bases = w.knobs[i].bases
    length = varied(w, i, G_LENGTH, j, w.knobs[i].distance * share // 100)
    edges = w.levels.edges[k]
    edges[u, v] = length
    edges[v, u] = length
    a, b = image(u, bases), image(v, bases)
    edges[a, b] = length
    edges[b, a] = length


@kernel
def image(u, bases):
    """The mirror image of a node: sites first, then the chokes, then the crossings."""
    if u < bases:
        return u + bases
    if u < 2 * bases:
        return u - bases
    if u < 2 * bases + 2:
        return 4 * bases + 1 - u
    return u


@kernel
def put(w, k, u, x, y, width):
    """Where a node is drawn, and how wide it is."""
    w.levels.spots[k, u, 0] = x
    w.levels.spots[k, u, 1] = y
    w.levels.spots[k, u, 2] = width


@kernel
def lay_out(w, i, k):
    """Places and widths of all nodes."""
    bases = w.knobs[i].bases
    base = varied(w, i, G_WIDTH, 0, BASE_WIDTH)
    choke = varied(w, i, G_WIDTH, 1, CHOKE_WIDTH)
    for side in range(2):
        for u in range(bases):
            x = (8, 26, 16, 32)[u]
            y = (10, 26, 56, 80)[u]
            put(w, k, side * bases + u, 100 - x if side else x, y, base)
        put(w, k, 2 * bases + side, 62 if side else 38, 34, choke)
    put(w, k, 2 * bases + 2, 50, 42, varied(w, i, G_WIDTH, 2, MIDDLE_WIDTH))
    put(w, k, 2 * bases + 3, 50, 92, varied(w, i, G_WIDTH, 3, MIDDLE_WIDTH))


@kernel
def find_ways(w, k, n):
    """Shortest ways from each node to each (Floyd, 1962)."""
    hop, far, edges = w.levels.hop[k], w.levels.far[k], w.levels.edges[k]
    for u in range(n):
        for v in range(n):
            far[u, v] = edges[u, v] if edges[u, v] > 0 else FAR
            hop[u, v] = v if edges[u, v] > 0 else -1
        far[u, u] = 0
        hop[u, u] = u
    for middle in range(n):
        for u in range(n):
            for v in range(n):
                length = np.int64(far[u, middle]) + far[middle, v]
                if length < far[u, v]:
                    far[u, v] = length
                    hop[u, v] = hop[u, middle]


@kernel
def sort_nodes(w, k, p, n):
    """The nodes from a player's start outwards; equals by number."""
    order, start = w.levels.order[k, p], w.levels.head[k].start[p]
    for u in range(n):
        place = u
        while place > 0 and w.levels.far[k, start, order[place - 1]] > w.levels.far[k, start, u]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = u


@kernel
def mirror(w, i, k):
    """Draw a map and its built-in players."""
    knobs, head = w.knobs[i], w.levels.head[k]
    bases = knobs.bases
    n = 2 * bases + 4
    head.num_nodes = n
    head.num_sites = 2 * bases
    head.start[0] = 0
    head.start[1] = bases
    for u in range(n):
        for v in range(n):
            w.levels.edges[k, u, v] = 0
    lay_out(w, i, k)
    choke, middle, flank = 2 * bases, 2 * bases + 2, 2 * bases + 3
    join(w, i, k, 0, 1, TO_NATURAL, 0)
    join(w, i, k, 1, choke, TO_CHOKE, 1)
    join(w, i, k, choke, middle, TO_MIDDLE, 2)
    last = 1
    if bases > 2:
        join(w, i, k, 1, 2, TO_THIRD, 3)
        last = 2
    if bases > 3:
        join(w, i, k, 2, 3, TO_FOURTH, 4)
        last = 3
    join(w, i, k, last, flank, TO_FAR, 5)
    find_ways(w, k, n)
    for p in range(2):
        sort_nodes(w, k, p, n)
        built_in = w.levels.players[k, p]
        built_in.level = knobs.levels[level_below(w, i, G_LEVEL, p, knobs.num_levels)]
        built_in.style = knobs.styles[level_below(w, i, G_STYLE, p, knobs.num_styles)]
    w.info[k].max_steps = STEPS
    return True


@kernel
def closeness(w, i, k):
    """How near the two starts are: the less time there is, the harder it is."""
    head = w.levels.head[k]
    return np.int64(FAR - w.levels.far[k, head.start[0], head.start[1]])


MIRROR = Generator(
    name="mirror",
    knobs=MirrorKnobs,
    needs=MirrorKnobs.needs,
    kernel=mirror,
    measure=closeness,
)
