"""Sokoban levels by reverse play: crates are pulled away from their targets.

Rooms are drawn as in gym-sokoban (``gym_sokoban/envs/room_utils.py``): a random walk that carves
small patterns. Then crates are put onto the targets and pulled by a player who walks freely between
the pulls (Taylor & Parberry, Procedural Generation of Sokoban Levels, 2011): whatever was pulled
can be pushed back, so that every level can be solved. The hardest of the states met on the way is
the level.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below, level_unit
from adaptarium.envs.grid.codes import (
    CRATE,
    EMPTY_CELL,
    STATE_SHIFT,
    STORED_CELL,
    WALL,
    WALL_CELL,
)
from adaptarium.envs.grid.kernels.geometry import dx_of, dy_of
from adaptarium.envs.grid.kernels.movement import is_target, put_onto, takes_crate, uncovered
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.grid.knobs import square_map
from adaptarium.generators.grid.paint import blank, scatter, start_at
from adaptarium.generators.grid.purposes import G_AGENT, G_CARVE, G_CRATE, G_PULL

BEST = 1 << 27  # in a cell while pulling: a crate stands here in the hardest state so far
TURNS = 0.35  # how often the walk that carves turns
SHAPES = 4
TRIES = 16
FAR_SHIFT, STAMP = 16, 0xFFFF  # in a mark: how far a target is, and the last walk that came by
STORED_WEIGHT = -1000
MOMENTUM = 0.6  # how often a crate is pulled on the way that it was pulled before


class SokobanKnobs(Knobs):
    """Knobs of ``sokoban``.

    Difficulty decides how often the crates are pulled away from the start, ``1 + 16 d**2`` times,
    and prefers levels where they end far from the targets.
    """

    size: int = Field(8, ge=5, le=30, description="Side of the map in cells, walls included.")
    boxes: int = Field(2, ge=1, le=8, description="Crates, and targets.")

    @model_validator(mode="after")
    def _fits(self) -> SokobanKnobs:
        most = (self.size - 2) ** 2 // 6
        if self.boxes > max(most, 1):
            raise ValueError(
                f"boxes = {self.boxes}: a map of size {self.size} has room for at most {most}"
            )
        return self


@kernel
def carve(w, i, k):
    """A random walk that leaves free cells behind, with what its pattern adds to each."""
    size = w.knobs[i].height
    x = 1 + level_below(w, i, G_CARVE, 0, size - 2)
    y = 1 + level_below(w, i, G_CARVE, 1, size - 2)
    heading, draw = 0, 2
    for _ in range(4 * size):
        shape = level_below(w, i, G_CARVE, draw, SHAPES)
        for part in range(4):
            dx, dy = part & 1, part >> 1
            wanted = dx <= shape & 1 and dy <= shape >> 1
            if wanted and x + dx < size - 1 and y + dy < size - 1:
                w.levels.cells[k, (y + dy) * size + x + dx] = EMPTY_CELL
        if level_unit(w, i, G_CARVE, draw + 1) < TURNS:
            heading = level_below(w, i, G_CARVE, draw + 2, 4)
        draw += 3
        x = min(max(x + dx_of(heading), 1), size - 2)
        y = min(max(y + dy_of(heading), 1), size - 2)


@kernel
def beside(w, k, at, heading):
    """The number of the cell next to ``at``; inside walls it is always on the map."""
    return at + dx_of(heading) + dy_of(heading) * w.levels.map[k].width


@kernel
def flood(w, i, k, start, stamp):
    """Mark by ``stamp`` all cells that the player can walk to from ``start``."""
    marks, queue = w.scratch.marks[i], w.scratch.queue[i]
    marks[start] = (marks[start] & ~STAMP) | stamp
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        at = int(queue[head])
        head += 1
        for heading in range(4):
            to = beside(w, k, at, heading)
            if marks[to] & STAMP != stamp and takes_crate(int(w.levels.cells[k, to])):
                marks[to] = (marks[to] & ~STAMP) | stamp
                queue[tail] = to
                tail += 1


@kernel
def can_pull(w, i, k, at, heading, stamp):
    """Whether the player can stand beside the crate at ``at`` and step back along ``heading``."""
    if int(w.levels.cells[k, at]) & 0xFF != CRATE:
        return False
    near = beside(w, k, at, heading)
    if w.scratch.marks[i, near] & STAMP != stamp:
        return False
    return takes_crate(int(w.levels.cells[k, beside(w, k, near, heading)]))


@kernel
def nth_pull(w, i, k, stamp, n):
    """The ``n``-th pull as ``4 * cell + heading``; past the last, ``-1 - (number of pulls)``."""
    count = 0
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        if int(w.levels.cells[k, at]) & 0xFF != CRATE:
            continue
        for heading in range(4):
            if can_pull(w, i, k, at, heading, stamp):
                if count == n:
                    return 4 * at + heading
                count += 1
    return -1 - count


@kernel
def pull(w, k, at, heading):
    """Pull the crate at ``at`` one cell; where the player then stands."""
    cells, near = w.levels.cells[k], beside(w, k, at, heading)
    crate = int(cells[at])
    cells[near] = put_onto(crate & ~BEST, int(cells[near])) | (int(cells[near]) & BEST)
    cells[at] = uncovered(crate) | (crate & BEST)
    return beside(w, k, near, heading)


@kernel
def holds_target(cell):
    """Whether a target is here, covered or not."""
    covered = cell & 0xFF == CRATE and (cell >> STATE_SHIFT) & 0xFF > 0
    return covered or is_target(cell)


@kernel
def measure_ways(w, i, k):
    """Write into the marks how far the nearest target is from each cell, around the walls."""
    cells, marks, queue, tail = w.levels.cells[k], w.scratch.marks[i], w.scratch.queue[i], 0
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        marks[at] = 0
        if holds_target(int(cells[at])):
            marks[at] = 1 << FAR_SHIFT
            queue[tail] = at
            tail += 1
    head = 0
    while head < tail:
        at = int(queue[head])
        head += 1
        for heading in range(4):
            to = beside(w, k, at, heading)
            if marks[to] == 0 and int(cells[to]) & 0xFF != WALL:
                marks[to] = marks[at] + (1 << FAR_SHIFT)
                queue[tail] = to
                tail += 1


@kernel
def distance_sum(w, i, k):
    """How far the crates are from the targets; one that is stored still outweighs them all."""
    total = 0
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        cell = int(w.levels.cells[k, at])
        if cell & 0xFF == CRATE:
            far = (w.scratch.marks[i, at] >> FAR_SHIFT) - 1
            total += far if (cell >> STATE_SHIFT) & 0xFF == 0 else STORED_WEIGHT
    return total


@kernel
def hardness(w, i, k):
    """How far the crates of a level are from the targets."""
    measure_ways(w, i, k)
    return distance_sum(w, i, k)


@kernel
def remember_best(w, k):
    """Note where the crates stand."""
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        cell = int(w.levels.cells[k, at])
        w.levels.cells[k, at] = (cell & ~BEST) | (BEST if cell & 0xFF == CRATE else 0)


@kernel
def restore_best(w, k):
    """Put the crates back to where they stood in the hardest state."""
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        cell = int(w.levels.cells[k, at])
        below = uncovered(cell) if cell & 0xFF == CRATE else cell & ~BEST
        w.levels.cells[k, at] = put_onto(STORED_CELL, below) if cell & BEST else below


@kernel
def store_all(w, k):
    """Put the crates back onto the targets."""
    for at in range(w.levels.map[k].height * w.levels.map[k].width):
        cell = int(w.levels.cells[k, at])
        below = uncovered(cell) if cell & 0xFF == CRATE else cell & ~BEST
        target = holds_target(cell)
        w.levels.cells[k, at] = (STORED_CELL if target else below) | (cell & BEST)


@kernel
def next_pull(w, i, k, stamp, last, turn):
    """The next pull as ``4 * cell + heading``, -1 where there is none: mostly on as ``last``."""
    onward = last >= 0 and can_pull(w, i, k, last // 4, last % 4, stamp)
    if onward and level_unit(w, i, G_PULL, 2 * turn) < MOMENTUM:
        return last
    count = -1 - nth_pull(w, i, k, stamp, -1)
    if count == 0:
        return -1
    return nth_pull(w, i, k, stamp, level_below(w, i, G_PULL, 2 * turn + 1, count))


@kernel
def play_back(w, i, k, start):
    """Pull crates at random; where the player stands in the hardest state met, or -1."""
    knobs = w.knobs[i]
    pulls = int(knobs.crates * knobs.height)
    best, most, turn = -1, 0, 0
    measure_ways(w, i, k)
    for _ in range(1 + int(TRIES * knobs.difficulty * knobs.difficulty)):
        player, last = start, -1
        store_all(w, k)
        for _ in range(pulls):
            turn += 1
            flood(w, i, k, player, turn)
            chosen = next_pull(w, i, k, turn, last, turn)
            if chosen < 0:
                break
            player = pull(w, k, chosen // 4, chosen % 4)
            last = 4 * beside(w, k, chosen // 4, chosen % 4) + chosen % 4
            found = distance_sum(w, i, k)
            if found > most:
                best, most = player, found
                remember_best(w, k)
    return best


@kernel
def generate(w, i, k):
    """A room, stored crates, and the pulls; False where a crate could not be pulled away."""
    knobs = w.knobs[i]
    size = knobs.height
    blank(w, k, size, size, WALL_CELL, max(120, 2 * size * size))
    carve(w, i, k)
    for box in range(knobs.crates):
        if scatter(w, i, k, G_CRATE, box, STORED_CELL) < 0:
            return False
    player = scatter(w, i, k, G_AGENT, 0, EMPTY_CELL)
    if player < 0:
        return False
    start = play_back(w, i, k, player)
    if start < 0:
        return False
    restore_best(w, k)
    start_at(w, k, start, 3)
    return True


SOKOBAN = Generator(
    name="sokoban", knobs=SokobanKnobs, needs=square_map, kernel=generate, measure=hardness
)
