"""Puzzle levels as text that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "board": ["010", "111", "010"],
        "goal": ["000", "000", "000"],
        "rules": [],
        "answer": 0,
        "mark": null,
        "colours": 2,
        "values": 2,
        "max_steps": 27,
    }

``board`` and ``goal`` hold the value of every cell as a digit of base 36; in a mine field 1 is a
mine. ``rules`` are the level's operators or hidden rules, each a list of a pair ``[a, b]`` a cell:
of an operator the cell takes the value of cell ``a - 1`` plus ``b``; of a hidden rule ``a`` is 0
where the switch does not matter, 1 where it must be off and 2 where it must be on. ``answer`` is
the number of the hidden rule, ``mark`` the ``[x, y]`` of a cell that is safe to begin with. A press
or an operator that adds to a value goes round after ``colours``; a cell may show ``values`` values.
``goal``, ``rules``, ``answer`` and ``mark`` may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, nearest
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.puzzle.codes import MAX_VALUES

MAX_SIDE = 32
MAX_CELLS = 512
MAX_RULES = 64
MAX_STEPS = 1_000_000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEYS = ("board", "goal", "rules", "answer", "mark", "colours", "values", "max_steps")
_NEEDED = ("board", "colours", "values", "max_steps")


@dataclass(frozen=True)
class _Parsed:
    """A readable level that has been checked from end to end."""

    board: npt.NDArray[np.uint8]  # (height, width)
    goal: npt.NDArray[np.uint8]  # (height, width)
    rules: npt.NDArray[np.uint8]  # (R, cells, 2)
    answer: int
    mark: int
    colours: int
    values: int
    max_steps: int


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    grid, levels = w.levels.map[k], w.levels
    height = _integer("height", int(grid["height"]), 1, MAX_SIDE)
    width = _integer("width", int(grid["width"]), 1, MAX_SIDE)
    count = _integer("rules", int(grid["rules"]), 0, MAX_RULES)
    _check_room(w, height * width, count)
    mark = _integer("mark", int(grid["mark"]), -1, height * width - 1)
    readable = {
        "board": _rows(levels.cells[k], height, width),
        "goal": _rows(levels.goal[k], height, width),
        "rules": levels.rules[k, :count, : height * width].tolist(),
        "answer": int(grid["answer"]),
        "mark": None if mark < 0 else [mark % width, mark // width],
        "colours": int(grid["colours"]),
        "values": int(grid["values"]),
        "max_steps": int(w.info[k]["max_steps"]),
    }
    _parse(readable)
    return readable


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    The content hash and split are filled by ``envs.core.identity``.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    parsed = _parse(readable)
    height, width = parsed.board.shape
    _check_room(w, height * width, len(parsed.rules))
    grid, levels = w.levels.map[k], w.levels
    grid["height"], grid["width"], grid["rules"] = height, width, len(parsed.rules)
    for name in ("answer", "mark", "colours", "values"):
        grid[name] = getattr(parsed, name)
    for array, cells in ((levels.cells, parsed.board), (levels.goal, parsed.goal)):
        array[k] = 0
        array[k, : cells.size] = cells.ravel()
    levels.rules[k] = 0
    levels.rules[k, : len(parsed.rules), : height * width] = parsed.rules
    w.info[k]["max_steps"] = parsed.max_steps


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    parsed = _parse(readable)
    height, width = parsed.board.shape
    return sizes_needed(height, width, len(parsed.rules), parsed.values)


def sizes_needed(height: int, width: int, rules: int, values: int) -> dict[str, int]:
    """The needs of levels of one size: see ``layout.structure``."""
    return {
        "height": height,
        "width": width,
        "rules": rules,
        "values": values,
        "shortest": -height,
        "narrowest": -width,
        "fewest": -rules,
    }


def _rows(cells: npt.NDArray[np.uint8], height: int, width: int) -> list[str]:
    grid = cells[: height * width].reshape(height, width).tolist()
    if max(map(max, grid)) >= MAX_VALUES:
        raise LevelError(f"a cell holds {max(map(max, grid))}: expected 0 to {MAX_VALUES - 1}")
    return ["".join(DIGITS[value] for value in row) for row in grid]


def _check_room(w: Workspace, cells: int, rules: int) -> None:
    for name, size, room in (
        ("cells", cells, w.levels.cells.shape[1]),
        ("rules", rules, w.levels.rules.shape[1]),
    ):
        if size > room:
            raise LevelError(f"the level has {size} {name}, its workspace has room for {room}")


# ---- parsing ----


def _parse(readable: Any) -> _Parsed:
    """Check a readable level; LevelError names the first thing that is wrong."""
    if not isinstance(readable, Mapping):
        raise LevelError(
            f"level: expected an object with {', '.join(_KEYS)}, got {_show(readable)}"
        )
    for key in readable:
        if key not in _KEYS:
            close = nearest(str(key)[:40], _KEYS, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(_KEYS)}"
            raise LevelError(f"level: unknown key {_show(key)}; {hint}")
    for key in _NEEDED:
        if key not in readable:
            raise LevelError(f"level: {key!r} is missing; expected {', '.join(_KEYS)}")
    board = _cells("board", readable["board"])
    values = _integer("values", readable["values"], 1, MAX_VALUES)
    goal = _cells("goal", readable["goal"]) if "goal" in readable else np.zeros_like(board)
    if goal.shape != board.shape:
        raise LevelError(f"goal: expected the board's rows and columns {board.shape}")
    for name, cells in (("board", board), ("goal", goal)):
        if int(cells.max()) >= values:
            raise LevelError(f"{name}: value {int(cells.max())}, expected 0 to {values - 1}")
    colours = _integer("colours", readable["colours"], 1, values)
    rules = _rules(readable.get("rules", ()), board.size)
    return _Parsed(
        board=board,
        goal=goal,
        rules=rules,
        answer=_integer("answer", readable.get("answer", 0), 0, max(len(rules) - 1, 0)),
        mark=_mark(readable.get("mark"), board),
        colours=colours,
        values=values,
        max_steps=_integer("max_steps", readable["max_steps"], 1, MAX_STEPS),
    )


def _cells(name: str, rows: Any) -> npt.NDArray[np.uint8]:
    """The (height, width) values of rows of digits; sizes are checked before allocation."""
    _sized(name, rows, 1, MAX_SIDE, "rows of digits")
    width = len(rows[0]) if isinstance(rows[0], str) else 0
    for y, row in enumerate(rows):
        if not isinstance(row, str) or not 1 <= len(row) <= MAX_SIDE:
            raise LevelError(f"{name} row {y}: expected 1 to {MAX_SIDE} digits, got {_show(row)}")
        if len(row) != width:
            raise LevelError(f"{name} row {y} has {len(row)} digits, row 0 has {width}")
        for x, digit in enumerate(row):
            if digit not in DIGITS:
                raise LevelError(
                    f"{name} row {y}, column {x}: {digit!r}, expected a digit 0-9 or a-z"
                )
    if len(rows) * width > MAX_CELLS:
        raise LevelError(f"{name}: {len(rows) * width} cells, expected at most {MAX_CELLS}")
    return np.array([[DIGITS.index(digit) for digit in row] for row in rows], np.uint8)


def _rules(rules: Any, cells: int) -> npt.NDArray[np.uint8]:
    _sized("rules", rules, 0, MAX_RULES, "rules")
    table = np.zeros((len(rules), cells, 2), np.uint8)
    most = min(max(cells, 2), 255)
    for number, rule in enumerate(rules):
        _sized(f"rule {number}", rule, cells, cells, "pairs [a, b], one a cell")
        for cell, pair in enumerate(rule):
            what = f"rule {number}, cell {cell}"
            _sized(what, pair, 2, 2, "numbers [a, b]")
            table[number, cell, 0] = _integer(what, pair[0], 0, most)
            table[number, cell, 1] = _integer(what, pair[1], 0, MAX_VALUES - 1)
    return table


def _mark(value: Any, board: npt.NDArray[np.uint8]) -> int:
    if value is None:
        return -1
    _sized("mark", value, 2, 2, "numbers [x, y]")
    height, width = board.shape
    x = _integer("mark x", value[0], 0, width - 1)
    return _integer("mark y", value[1], 0, height - 1) * width + x


def _sized(what: str, value: Any, least: int, most: int, parts: str) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise LevelError(f"{what}: expected a list of {parts}, got {_show(value)}")
    if not least <= len(value) <= most:
        number = str(least) if least == most else f"{least} to {most}"
        raise LevelError(f"{what}: expected {number} {parts}, got {len(value)}")


def _integer(what: str, value: Any, least: int, most: int) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise LevelError(f"{what} = {_show(value)}: expected an integer from {least} to {most}")
    if not least <= value <= most:
        close = min(max(int(value), least), most)
        raise LevelError(
            f"{what} = {_show(value)}: expected {least} to {most}; the nearest valid is {close}"
        )
    return int(value)


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"
