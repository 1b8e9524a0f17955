"""Morph: a row of values becomes another one by operators whose rules are stated."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.puzzle.kernels.change import operate
from adaptarium.envs.puzzle.level import sizes_needed
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank, is_goal
from adaptarium.generators.puzzle.purposes import (
    G_ADD,
    G_APPLY,
    G_CUT,
    G_DEPTH,
    G_OPERATOR,
    G_SYMBOL,
)

_TURN, _REVERSE, _SWAP, _ADD = range(4)


class MorphKnobs(Knobs):
    """Knobs of ``morph``. Difficulty prefers goals that more operators made."""

    length: int = Field(6, ge=3, le=10, description="Values in the row.")
    values: int = Field(3, ge=2, le=6, description="Different values.")
    operators: int = Field(4, ge=2, le=10, description="Operators.")
    depth: int = Field(12, ge=1, le=30, description="The most operators between start and goal.")


@kernel
def write_operator(w, i, k, rule, cells):
    """A random operator: turn a part of the row, reverse it, swap two values, or add to a part."""
    table, base = w.levels.rules[k, rule], rule << 4
    kind = level_below(w, i, G_OPERATOR, base, 4)
    # A part of at least two neighbouring cells.
    first = level_below(w, i, G_CUT, base, cells - 1)
    last = first + 1 + level_below(w, i, G_CUT, base | 1, cells - 1 - first)
    amount = 1 + level_below(w, i, G_ADD, base, w.knobs[i].values - 1)
    for cell in range(cells):
        source = cell
        if first <= cell <= last:
            if kind == _TURN:
                source = cell + 1 if cell < last else first
            elif kind == _REVERSE or (kind == _SWAP and cell in (first, last)):
                source = first + last - cell
        inside = kind == _ADD and first <= cell <= last
        table[cell, 0] = source + 1
        table[cell, 1] = amount if inside else 0


@kernel
def is_repeated(w, k, rule, cells):
    """Whether an earlier operator does the same."""
    for other in range(rule):
        same = True
        for cell in range(cells):
            for part in range(2):
                mine = w.levels.rules[k, rule, cell, part]
                same = same and mine == w.levels.rules[k, other, cell, part]
        if same:
            return True
    return False


@kernel
def num_applied(w, i):
    """How many operators lead from the start to the goal."""
    return 1 + level_below(w, i, G_DEPTH, 0, w.knobs[i].count)


@kernel
def generate(w, i, k):
    """A random row, and the row that random operators make of it."""
    knobs = w.knobs[i]
    cells = blank(w, i, k, 4 * knobs.count)
    for rule in range(knobs.rules):
        write_operator(w, i, k, rule, cells)
        if is_repeated(w, k, rule, cells):
            return False
    for cell in range(cells):
        value = level_below(w, i, G_SYMBOL, cell, knobs.values)
        w.levels.cells[k, cell] = value
        w.levels.goal[k, cell] = value
    last = -1  # an operator right after itself often undoes itself
    for turn in range(num_applied(w, i)):
        rule = level_below(w, i, G_APPLY, turn, knobs.rules - (last >= 0))
        rule += 0 <= last <= rule
        last = rule
        operate(w, i, k, w.levels.goal[k], rule)
    return not is_goal(w, k)


@kernel
def measure(w, i, k):
    """How many operators made the goal."""
    return num_applied(w, i)


MORPH = Generator(
    name="morph",
    knobs=MorphKnobs,
    needs=lambda knobs: sizes_needed(1, knobs.length, knobs.operators, knobs.values),
    kernel=generate,
    measure=measure,
)
