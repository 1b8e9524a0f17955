"""The best way to find a hidden rule: dynamic programming over settings and possible rules.

Before its first look every stated rule is equally likely to be the hidden one. What is known later
is which of them agree with every lamp seen, so that a state is the switches' setting and a set of
rules; the expected optimum follows backward from the time limit.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.compiling import Entry, source_digest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Solver, TooLargeError
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle.codes import LIT
from adaptarium.envs.puzzle.kernels import tabulate
from adaptarium.envs.puzzle.layout import first_action
from adaptarium.envs.puzzle.rules import Rules

MAX_STATES = 1 << 14  # settings times sets of rules
MAX_SETTINGS = 1 << 8


@functools.cache
def _entry() -> Entry:
    digest = source_digest([tabulate.__name__])
    return Entry(tabulate.tabulate, "the tables of hidden rules", digest)


class Questions:
    """The solved search for a hidden rule on one level.

    Args:
        world: A world in which only presses and answers are possible, and nothing is left to
            chance.
        bank: A workspace with the level.
        row: Its row.

    Attributes:
        limit: Steps of an inner episode.

    Raises:
        TooLargeError: the level has more switches or rules than may be tabulated.
    """

    def __init__(self, world: World, bank: Workspace, row: int) -> None:
        rules, grid = world.rules, bank.levels.map[row]
        if not isinstance(rules, Rules):
            raise TypeError(f"{world.id}: expected the rules of the puzzle family")
        cells, count = int(grid["height"]) * int(grid["width"]), int(grid["rules"])
        if 2**cells > MAX_SETTINGS or int(grid["colours"]) != 2:
            raise TooLargeError(
                f"{world.id}: level {row} has {cells} switches, too many to tabulate"
            )
        self._rules, self._count, self._cells = rules, count, cells
        solver = Solver(world, bank)
        solver.start(row)
        self.limit = int(solver.w.core[0]["limit"])
        self.lit = np.zeros((count, 2**cells), np.int64)
        self.after = np.zeros((cells, 2**cells), np.int64)
        _entry().bind(solver.w, row, self.lit, self.after)(row, self.lit, self.after)
        self.press = first_action(rules, "press", cells, count)
        self.answer = first_action(rules, "answer", cells, count)

    def consistent(self, setting: int, lit: bool) -> int:
        """The rules, as bits, that agree with a lamp."""
        agrees = self.lit[:, setting] == int(lit)
        return sum(1 << rule for rule in np.flatnonzero(agrees).tolist())

    def everything(self) -> int:
        """All rules, as bits."""
        return (1 << self._count) - 1

    @functools.cached_property
    def table(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int16]]:
        """(limit + 1, settings, sets) expected returns, and the action to take.

        Raises:
            TooLargeError: there are too many states.
        """
        settings, sets = 2**self._cells, 1 << self._count
        if settings * sets > MAX_STATES:
            raise TooLargeError(f"{settings * sets} states, expected at most {MAX_STATES}")
        value = np.zeros((self.limit + 1, settings, sets))
        best = np.zeros((self.limit, settings, sets), np.int16)
        size = np.array([bin(one).count("1") for one in range(sets)])
        lit = np.array([self.consistent(setting, True) for setting in range(settings)])
        every = np.arange(sets)
        yes = every[None, :] & lit[:, None]
        share = size[yes] / np.maximum(size, 1)
        for time in range(self.limit - 1, -1, -1):
            later = value[time + 1]
            rows = np.arange(settings)[:, None]
            seen = share * later[rows, yes] + (1 - share) * later[rows, every & ~yes]
            options = [*self._presses(seen), *self._answers(time, later, size)]
            value[time] = np.max([one for _, one in options], axis=0)
            numbers = np.array([number for number, _ in options])
            best[time] = numbers[np.argmax([one for _, one in options], axis=0)]
        return value, best

    def _presses(self, seen: npt.NDArray[np.float64]) -> list[tuple[int, Any]]:
        cost = self._rules.reward.step_cost
        if self.press < 0:
            return []
        return [(self.press + cell, seen[self.after[cell]] - cost) for cell in range(self._cells)]

    def _answers(
        self, time: int, later: npt.NDArray[np.float64], size: npt.NDArray[np.int64]
    ) -> list[tuple[int, Any]]:
        reward, sets = self._rules.reward, np.arange(len(size))
        right = reward.solved * (1 - reward.solved_decay * (time + 1) / self.limit)
        found = []
        for rule in range(self._count):
            there = sets >> rule & 1
            chance = there / np.maximum(size, 1)
            wrong = np.full(later.shape, -reward.failure_cost)
            if not self._rules.transition.failure_ends:
                wrong = wrong + later[:, sets & ~(1 << rule)]
            pays = chance * (right + reward.progress) + (1 - chance) * wrong - reward.step_cost
            found.append((self.answer + rule, np.where(there, pays, -np.inf)))
        return found

    def choice(self, time: int, setting: int, left: int) -> int:
        """The action that is best in expectation."""
        return int(self.table[1][min(time, self.limit - 1), setting, left])

    def clearest(self, setting: int, left: int) -> int:
        """The press that splits the rules that are left best, or the answer where one is left.

        Where no press tells anything, one that brings a telling setting nearer is taken: they go
        round by the setting.
        """
        rules = [rule for rule in range(self._count) if left >> rule & 1]
        if len(rules) == 1 or self.press < 0:
            return self.answer + rules[0]
        lit = self.lit[np.array(rules)].sum(axis=0)
        tells = np.minimum(lit, len(rules) - lit)
        near = tells[self.after[:, setting]]
        if near.max() > 0:
            return self.press + int(near.argmax())
        wanted = int(tells.argmax())
        apart = [bin(int(after) ^ wanted).count("1") for after in self.after[:, setting]]
        return self.press + int(np.argmin(apart))


class Inquirer:
    """Presses switches, watches the lamp and names the rule, by what it has seen so far.

    Args:
        questions: The level's tables.
        exact: Take the best action in expectation; else the press that tells most.
    """

    def __init__(self, questions: Questions, exact: bool) -> None:
        self._questions, self._exact = questions, exact
        self._left: dict[int, int] = {}
        self._said: dict[int, int] = {}

    def act(self, w: Workspace, i: int) -> int:
        """The action of slot ``i``."""
        ask, core = self._questions, w.core[i]
        cells = len(ask.after)
        setting = sum(int(value > 0) << cell for cell, value in enumerate(w.state.board[i, :cells]))
        if core["clock"] == 0:
            self._left[i] = ask.everything()
            self._said[i] = 0
        lit = int(w.state.counts[i, 0]["lamp"]) == LIT
        wrong = self._said[i] if core["inner"] == 0 or core["elapsed"] > 0 else 0
        left = self._left[i] & ask.consistent(setting, lit) & ~wrong
        left = left or ask.consistent(setting, lit)
        self._left[i] = left
        if self._exact:
            action = ask.choice(int(core["elapsed"]), setting, left)
        else:
            action = ask.clearest(setting, left)
        said = action - ask.answer
        self._said[i] = 1 << said if 0 <= said < len(ask.lit) else 0
        return action
