"""What the puzzle generators share: an empty level, and shuffling."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.generators.puzzle.purposes import G_SHUFFLE


@kernel
def blank(w, i, k, max_steps):
    """An empty level of the knobs' sizes; a value goes round after all that there are."""
    knobs, grid = w.knobs[i], w.levels.map[k]
    grid.height = knobs.height
    grid.width = knobs.width
    grid.rules = knobs.rules
    grid.values = knobs.values
    grid.colours = knobs.values
    grid.answer = 0
    grid.mark = -1
    w.info[k].max_steps = max_steps
    cells = knobs.height * knobs.width
    for cell in range(cells):
        w.levels.cells[k, cell] = 0
        w.levels.goal[k, cell] = 0
    for rule in range(knobs.rules):
        for cell in range(cells):
            w.levels.rules[k, rule, cell, 0] = 0
            w.levels.rules[k, rule, cell, 1] = 0
    return cells


@kernel
def shuffle(w, i, items, count, first):
    """Bring ``first`` random ones of ``count`` items to the front, in random order."""
    for place in range(min(first, count - 1)):
        other = place + level_below(w, i, G_SHUFFLE, place, count - place)
        item = items[place]
        items[place] = items[other]
        items[other] = item


@kernel
def is_goal(w, k):
    """Whether level row ``k`` begins with its goal."""
    grid = w.levels.map[k]
    for cell in range(grid.height * grid.width):
        if w.levels.cells[k, cell] != w.levels.goal[k, cell]:
            return False
    return True
