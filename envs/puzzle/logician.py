"""A player of mine fields who opens what must be safe, and guesses only where nothing follows."""

from __future__ import annotations

import functools
from collections.abc import Callable

from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Solver
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle.codes import WITH_FLAG
from adaptarium.envs.puzzle.kernels import deduce
from adaptarium.envs.puzzle.layout import first_action
from adaptarium.envs.puzzle.rules import Rules


@functools.cache
def _entry() -> Entry:
    return Entry(deduce.next_cell, "the mine-field player", source_digest([deduce.__name__]))


class Logician:
    """Opens a cell that must be safe by the numbers that are open; else the least risky one.

    It knows what the agent knows: open numbers, the marked cell and how many mines there are. Ties
    between guesses are broken at random, by the episode. Flags are taken away where they are in the
    way.

    Args:
        world: A world of mine fields.
        bank: A workspace with the level.
        row: Its row.

    Attributes:
        guesses: How many guesses were made.
    """

    def __init__(self, world: World, bank: Workspace, row: int) -> None:
        rules, grid = world.rules, bank.levels.map[row]
        if not isinstance(rules, Rules):
            raise TypeError(f"{world.id}: expected the rules of the puzzle family")
        cells = int(grid["height"]) * int(grid["width"])
        self._cells, self._row, self.guesses = cells, row, 0
        self._solver = Solver(world, bank)
        self._next: Callable[[int, int], int] = _entry().bind(self._solver.w, 0, 0)
        self._reveal = first_action(rules, "reveal", cells, int(grid["rules"]))
        self._flag = first_action(rules, "flag", cells, int(grid["rules"]))

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        self._solver.take(w, i, self._row)
        core = w.core[i]
        first = run_seed(int(core["seed"]) * 64 + int(core["episode"])) % self._cells
        found = int(self._next(self._row, first))
        if found < 0:
            self.guesses += 1
        cell = found if found >= 0 else -2 - found
        if w.state.cover[i, cell] == WITH_FLAG and self._flag >= 0:
            return self._flag + cell
        return self._reveal + max(cell, 0)
