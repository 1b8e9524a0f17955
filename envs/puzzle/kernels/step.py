"""The step of the puzzle family: one ordered table of mechanics."""

from __future__ import annotations

from adaptarium.envs.core.mechanics import compose
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.kernels.cards import flip, turn_down
from adaptarium.envs.puzzle.kernels.change import apply, compare, press, slide
from adaptarium.envs.puzzle.kernels.intent import intent, slip
from adaptarium.envs.puzzle.kernels.judge import judge
from adaptarium.envs.puzzle.kernels.mines import first_click, flag, reveal
from adaptarium.envs.puzzle.kernels.probe import answer, light

# Adding a mechanic is one function and one line here. A mechanic with a bit runs only in the
# worlds whose rules use it; 0 runs always.
MECHANICS = (
    (0, intent),
    (codes.USES_SLIP, slip),
    (codes.USES_CARDS, turn_down),
    (codes.USES_PRESS, press),
    (codes.USES_SLIDE, slide),
    (codes.USES_APPLY, apply),
    (codes.USES_MINES, first_click),
    (codes.USES_MINES, reveal),
    (codes.USES_MINES, flag),
    (codes.USES_CARDS, flip),
    (codes.USES_ANSWER, light),
    (codes.USES_ANSWER, answer),
    (codes.USES_GOAL, compare),
    (0, judge),
)

step = compose(MECHANICS)
