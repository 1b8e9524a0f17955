"""Probe: a lamp answers for a hidden rule about switches; set them, watch it, name the rule."""

from __future__ import annotations

from pydantic import Field

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.core.draws import level_below
from adaptarium.envs.puzzle.kernels.probe import lamp_of
from adaptarium.envs.puzzle.level import sizes_needed
from adaptarium.generators.core.spec import Generator, Knobs
from adaptarium.generators.puzzle.lay import blank
from adaptarium.generators.puzzle.purposes import G_ANSWER, G_RULE, G_SWITCH


class ProbeKnobs(Knobs):
    """Knobs of ``probe``.

    Difficulty prefers rules among which the first settings tell less: those of the start and of
    each one switch changed.
    """

    switches: int = Field(4, ge=3, le=8, description="Switches.")
    rules: int = Field(8, ge=2, le=16, description="Rules, one of which is the hidden one.")


@kernel
def is_repeated(w, k, rule, cells):
    """Whether an earlier rule asks the same."""
    for other in range(rule):
        same = True
        for cell in range(cells):
            same = same and w.levels.rules[k, rule, cell, 0] == w.levels.rules[k, other, cell, 0]
        if same:
            return True
    return False


@kernel
def generate(w, i, k):
    """Random switches, and different rules that each ask for something."""
    knobs, grid = w.knobs[i], w.levels.map[k]
    cells = blank(w, i, k, 8 * knobs.width)
    for cell in range(cells):
        w.levels.cells[k, cell] = level_below(w, i, G_SWITCH, cell, 2)
    for rule in range(knobs.rules):
        asked = 0
        for cell in range(cells):
            condition = level_below(w, i, G_RULE, rule << 8 | cell, 3)
            w.levels.rules[k, rule, cell, 0] = condition
            asked += condition > 0
        if asked == 0 or is_repeated(w, k, rule, cells):
            return False
    grid.answer = level_below(w, i, G_ANSWER, 0, knobs.rules)
    return True


@kernel
def measure(w, i, k):
    """How often two rules light the same lamp, in the first settings."""
    grid, values, alike = w.levels.map[k], w.scratch.value[i], 0
    cells = grid.height * grid.width
    for changed in range(cells + 1):
        for cell in range(cells):
            values[cell] = w.levels.cells[k, cell] ^ int(cell == changed)
        for rule in range(grid.rules):
            lamp = lamp_of(w, i, k, values, rule)
            for other in range(rule):
                alike += lamp == lamp_of(w, i, k, values, other)
    return alike


PROBE = Generator(
    name="probe",
    knobs=ProbeKnobs,
    needs=lambda knobs: sizes_needed(1, knobs.switches, knobs.rules, 2),
    kernel=generate,
    measure=measure,
)
