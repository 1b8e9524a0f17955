"""Windows into a table whose numbers are changed by a level: scaled, or compared with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.host_draws import Keys
from adaptarium.wrappers.tables import Windows

KEPT = 16
"""Bytes of changed tables that are kept for each number of a table: they stay in the cache."""

Change = Callable[[npt.NDArray[Any], Any], npt.NDArray[Any]]


class LevelWindows:
    """Windows into a table that is changed by a *level*, a whole number of each row.

    Where windows show more numbers than the table has, the changed tables are kept for the levels
    met last. It is the same change of the same numbers, so that no bit depends on it.

    Args:
        table: The numbers.
        width: Numbers of a window, at least 1.
        levels: The greatest level; the least is 0.
        dtype: Of the changed numbers.
        change: Gives numbers as they are shown, from numbers and levels that broadcast with them.
    """

    def __init__(
        self, table: npt.NDArray[Any], width: int, levels: int, dtype: Any, change: Change
    ) -> None:
        self._made_of = table, width, levels, dtype, change
        self._table, self._width, self._change = table, width, change
        self._plain = Windows(table, width)
        self._place = np.full(levels + 1, -1, np.int64)  # where the table of a level begins
        self._room = max(2, KEPT // np.dtype(dtype).itemsize)
        self._used = 0
        self._kept: Windows | None = None
        self._tables = np.empty((0, len(table)), dtype)
        self._asked, self._shown = -1, 0  # the level of all rows last, and numbers shown of it

    def __reduce__(self) -> tuple[Any, ...]:
        return LevelWindows, self._made_of  # what is kept can be made again

    def at(self, keys: Keys, part: int, levels: Any) -> npt.NDArray[Any]:
        """(m, width) numbers, as :meth:`Windows.at` gives them, changed.

        Args:
            keys: (m,) well mixed keys.
            part: Several windows of one key are told apart by this.
            levels: The level of all rows, an int, or (m,) int64 those of each.
        """
        one = isinstance(levels, int)
        known = self._keeps_one(levels, len(keys)) if one else self._keeps_all(levels)
        if known and self._kept is not None:
            return self._kept.at(keys, part, self._place[levels])
        return self._change(self._plain.at(keys, part), levels if one else levels[:, None])

    def _keeps_one(self, level: int, rows: int) -> bool:
        if self._place[level] >= 0:
            return True
        before = self._shown if level == self._asked else 0
        self._asked, self._shown = level, before + rows * self._width
        return self._shown >= len(self._table) and self._keep([level])

    def _keeps_all(self, levels: npt.NDArray[np.int64]) -> bool:
        if self._place[levels].min() >= 0:
            return True
        if levels.size * self._width < len(self._table):
            return False
        return self._keep(np.unique(levels).tolist())

    def _keep(self, levels: list[int]) -> bool:
        """Keep the tables of some levels, and of others what there is room for."""
        if len(levels) > self._room:
            return False
        if self._kept is None:
            self._tables = np.empty((self._room, len(self._table)), self._tables.dtype)
            self._kept = Windows(self._tables.reshape(-1), self._width, len(self._table))
        missing = [level for level in levels if self._place[level] < 0]
        if self._used + len(missing) > self._room:
            self._place[:], self._used, missing = -1, 0, levels
        for level in missing:
            self._tables[self._used] = self._change(self._table, level)
            self._place[level] = self._used * len(self._table)
            self._used += 1
        return True
