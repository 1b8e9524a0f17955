"""Conclusions about a mine field, from what an open cell shows and how many mines there are.

``scratch.value`` holds the field (numbers and mines), ``scratch.known`` what a player knows of each
cell. A conclusion reads the number of open cells alone; that of the others is never looked at.
"""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.puzzle.codes import MINE, OPEN
from adaptarium.envs.puzzle.kernels.board import near
from adaptarium.envs.puzzle.kernels.mines import number_field

UNKNOWN, SEEN, SURE_MINE, SURE_SAFE = range(4)


@kernel
def count_known(w, i, k, cell, kind):
    """How many of the cells around ``cell`` are known to be of a kind."""
    found = 0
    for direction in range(8):
        at = near(w, i, k, cell, direction)
        found += at >= 0 and w.scratch.known[i, at] == kind
    return found


@kernel
def mark_around(w, i, k, cell, kind):
    """Make every unknown cell around ``cell`` known to be of a kind."""
    for direction in range(8):
        at = near(w, i, k, cell, direction)
        if at >= 0 and w.scratch.known[i, at] == UNKNOWN:
            w.scratch.known[i, at] = kind


@kernel
def from_single_numbers(w, i, k, cells):
    """A number whose mines are all found, or that needs every unknown cell around it."""
    found = 0
    for cell in range(cells):
        if w.scratch.known[i, cell] != SEEN:
            continue
        unknown = count_known(w, i, k, cell, UNKNOWN)
        if unknown == 0:
            continue
        left = w.scratch.value[i, cell] - count_known(w, i, k, cell, SURE_MINE)
        if left == 0 or left == unknown:
            mark_around(w, i, k, cell, SURE_SAFE if left == 0 else SURE_MINE)
            found += unknown
    return found


@kernel
def list_unknown(w, i, k, cell):
    """Write the unknown cells around ``cell`` into ``scratch.near``; returns how many."""
    count = 0
    for direction in range(8):
        at = near(w, i, k, cell, direction)
        if at >= 0 and w.scratch.known[i, at] == UNKNOWN:
            w.scratch.near[i, count] = at
            count += 1
    return count


@kernel
def is_listed(w, i, at, count):
    """Whether a cell is in the list."""
    for place in range(count):
        if w.scratch.near[i, place] == at:
            return True
    return False


@kernel
def compare_numbers(w, i, k, count, left, other):
    """What follows where all listed cells, which hold ``left`` mines, lie around ``other`` too."""
    shared, found = 0, 0
    for direction in range(8):
        at = near(w, i, k, other, direction)
        shared += at >= 0 and is_listed(w, i, at, count)
    rest = count_known(w, i, k, other, UNKNOWN) - count
    if shared != count or rest <= 0:
        return 0
    more = w.scratch.value[i, other] - count_known(w, i, k, other, SURE_MINE) - left
    if more != 0 and more != rest:
        return 0
    for direction in range(8):
        at = near(w, i, k, other, direction)
        if at >= 0 and w.scratch.known[i, at] == UNKNOWN and not is_listed(w, i, at, count):
            w.scratch.known[i, at] = SURE_SAFE if more == 0 else SURE_MINE
            found += 1
    return found


@kernel
def from_pairs(w, i, k, cells):
    """Two numbers, of which one has all its unknown cells around the other, too."""
    for cell in range(cells):
        if w.scratch.known[i, cell] != SEEN:
            continue
        count = list_unknown(w, i, k, cell)
        if count == 0:
            continue
        left = w.scratch.value[i, cell] - count_known(w, i, k, cell, SURE_MINE)
        # Whatever lies around the first listed cell is near enough to share it.
        first = w.scratch.near[i, 0]
        for direction in range(8):
            other = near(w, i, k, first, direction)
            if other >= 0 and other != cell and w.scratch.known[i, other] == SEEN:
                found = compare_numbers(w, i, k, count, left, other)
                if found > 0:
                    return found
    return 0


@kernel
def from_the_total(w, i, cells):
    """All mines are found, or every unknown cell is one."""
    mines, found, unknown = 0, 0, 0
    for cell in range(cells):
        mines += w.scratch.value[i, cell] == MINE
        found += w.scratch.known[i, cell] == SURE_MINE
        unknown += w.scratch.known[i, cell] == UNKNOWN
    if unknown == 0 or (mines != found and mines - found != unknown):
        return 0
    for cell in range(cells):
        if w.scratch.known[i, cell] == UNKNOWN:
            w.scratch.known[i, cell] = SURE_SAFE if mines == found else SURE_MINE
    return unknown


@kernel
def conclude(w, i, k, cells):
    """The easiest conclusions that there are; returns how many cells became known."""
    found = from_single_numbers(w, i, k, cells)
    if found == 0:
        found = from_pairs(w, i, k, cells)
    if found == 0:
        found = from_the_total(w, i, cells)
    return found


@kernel
def is_deducible(w, i, k):
    """Whether conclusions alone open every free cell of level row ``k`` from its marked one."""
    grid, value, known = w.levels.map[k], w.scratch.value[i], w.scratch.known[i]
    cells = grid.height * grid.width
    for cell in range(cells):
        value[cell] = MINE if w.levels.cells[k, cell] == 1 else 0
        known[cell] = UNKNOWN
    number_field(w, i, k, value)
    known[grid.mark] = SEEN
    while conclude(w, i, k, cells) > 0:
        for cell in range(cells):
            if known[cell] == SURE_SAFE:
                known[cell] = SEEN
    for cell in range(cells):
        if value[cell] != MINE and known[cell] != SEEN:
            return False
    return True


@kernel
def recall(w, i, k, cells):
    """Take what slot ``i`` shows for what is known."""
    for cell in range(cells):
        w.scratch.value[i, cell] = w.state.board[i, cell]
        w.scratch.known[i, cell] = UNKNOWN
        if w.state.cover[i, cell] == OPEN:
            w.scratch.known[i, cell] = SURE_MINE if w.state.board[i, cell] == MINE else SEEN
    mark = w.levels.map[k].mark
    if mark >= 0 and w.scratch.known[i, mark] == UNKNOWN:
        w.scratch.known[i, mark] = SURE_SAFE


@kernel
def a_safe_cell(w, i, cells):
    """The first cell that is known to be safe; -1 for none."""
    for cell in range(cells):
        if w.scratch.known[i, cell] == SURE_SAFE:
            return cell
    return -1


@kernel
def risk(w, i, k, cell, elsewhere):
    """A guess at the probability of a mine: the worst that a number beside the cell says."""
    worst = -1.0
    for direction in range(8):
        at = near(w, i, k, cell, direction)
        if at >= 0 and w.scratch.known[i, at] == SEEN:
            left = w.scratch.value[i, at] - count_known(w, i, k, at, SURE_MINE)
            worst = max(worst, left / count_known(w, i, k, at, UNKNOWN))
    return elsewhere if worst < 0.0 else worst


@kernel
def least_risky(w, i, k, cells, first):
    """The unknown cell with the least risk, the first of them from cell ``first`` on."""
    mines, unknown = 0, 0
    for cell in range(cells):
        mines += w.scratch.value[i, cell] == MINE
        mines -= w.scratch.known[i, cell] == SURE_MINE
        unknown += w.scratch.known[i, cell] == UNKNOWN
    best, least = -1, 2.0
    for place in range(cells):
        cell = (first + place) % cells
        if w.scratch.known[i, cell] == UNKNOWN:
            danger = risk(w, i, k, cell, mines / unknown)
            if danger < least - 1e-12:
                best, least = cell, danger
    return best


def next_cell(w, k, first):
    """The cell that slot 0 should open: one that is safe, or ``-2 -`` the cell of a guess."""
    grid = w.levels.map[k]
    cells = grid.height * grid.width
    recall(w, 0, k, cells)
    safe = a_safe_cell(w, 0, cells)
    while safe < 0 and conclude(w, 0, k, cells) > 0:
        safe = a_safe_cell(w, 0, cells)
    return safe if safe >= 0 else -2 - least_risky(w, 0, k, cells, first)
