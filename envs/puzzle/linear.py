"""Lights out by linear algebra: presses commute, so a board is a vector and a press a column.

Over a prime number of colours the presses that solve a board are one solution plus any combination
of the *quiet* patterns, which change nothing (Anderson & Feil, *Turning Lights Out with Linear
Algebra*, Mathematics Magazine 71(4), 1998); the best one is found by trying all of them.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import TooLargeError

Matrix = npt.NDArray[np.int64]
MAX_QUIET = 1 << 16


def is_prime(number: int) -> bool:
    """Whether ``number`` has no divisor but 1 and itself."""
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@dataclass(frozen=True)
class Elimination:
    """A press matrix in reduced row echelon form.

    Attributes:
        colours: The prime that everything is counted by.
        steps: (cells, cells) what turns a difference into the right-hand side of the reduced form.
        pivots: The pressed cell of each row that has one.
        quiet: (m, cells) every combination of presses that changes nothing.
    """

    colours: int
    steps: Matrix
    pivots: tuple[int, ...]
    quiet: Matrix

    @classmethod
    def of(cls, matrix: Matrix, colours: int) -> Elimination:
        """Reduce ``matrix``: (cells, presses), what each press adds to each cell.

        Raises:
            TooLargeError: there are too many quiet patterns to be tried.
        """
        rows, count = matrix.shape
        work, pivots = reduced(np.concatenate([matrix, np.eye(rows, dtype=np.int64)], 1), colours)
        pivots = tuple(column for column in pivots if column < count)
        free = [column for column in range(count) if column not in pivots]
        if colours ** len(free) > MAX_QUIET:
            raise TooLargeError(
                f"{colours ** len(free)} quiet patterns, expected at most {MAX_QUIET}; take a "
                "smaller board"
            )
        basis = np.zeros((len(free), count), np.int64)
        for number, column in enumerate(free):
            basis[number, column] = 1
            basis[number, list(pivots)] = -work[: len(pivots), column]
        mixes = np.array(list(itertools.product(range(colours), repeat=len(free))), np.int64)
        quiet = mixes.reshape(colours ** len(free), len(free)) @ basis % colours
        return cls(colours, work[:, count:], pivots, quiet)

    def fewest(self, difference: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """(presses,) how often to press each cell, in the fewest presses, to add ``difference``.

        Raises:
            LevelError: no presses add it.
        """
        right = self.steps @ difference % self.colours
        if right[len(self.pivots) :].any():
            raise LevelError("no presses lead to the goal")
        solution = np.zeros(self.quiet.shape[1], np.int64)
        solution[list(self.pivots)] = right[: len(self.pivots)]
        every = (solution + self.quiet) % self.colours
        best: npt.NDArray[np.int64] = every[every.sum(axis=1).argmin()]
        return best


def reduced(matrix: Matrix, colours: int) -> tuple[Matrix, tuple[int, ...]]:
    """The reduced row echelon form over a prime number of colours, and its pivots' columns."""
    work, pivots = matrix % colours, list[int]()
    for column in range(work.shape[1]):
        row = len(pivots)
        below = np.flatnonzero(work[row:, column]) + row
        if not below.size:
            continue
        work[[row, below[0]]] = work[[below[0], row]]
        work[row] = work[row] * pow(int(work[row, column]), -1, colours) % colours
        others = work[:, column].copy()
        others[row] = 0
        work = (work - np.outer(others, work[row])) % colours
        pivots.append(column)
    return work, tuple(pivots)


@functools.cache
def reachable_boards(size: int, colours: int) -> int:
    """How many boards the presses of the usual cross can make from one board without wrapping."""
    y, x = np.divmod(np.arange(size * size), size)
    cross = np.abs(x[:, None] - x) + np.abs(y[:, None] - y) <= 1
    _, pivots = reduced(cross.astype(np.int64), colours)
    return int(colours) ** len(pivots)
