"""The arrays of the puzzle family."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.layout import Layout
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.rules import Rules, Structure


class State(NamedTuple):
    """What a step changes, one row a slot. Cells lie row by row at the level's own width."""

    board: npt.NDArray[np.uint8]  # (n, cells) the value of each cell
    cover: npt.NDArray[np.uint8]  # (n, cells) open, closed, with a flag
    counts: npt.NDArray[Any]  # (n, 1) COUNTS_DTYPE


class Levels(NamedTuple):
    """Levels, one row each."""

    map: npt.NDArray[Any]  # (k,) MAP_DTYPE
    cells: npt.NDArray[np.uint8]  # (k, cells) values at the start; in a mine field 1 is a mine
    goal: npt.NDArray[np.uint8]  # (k, cells) values that are to be reached
    rules: npt.NDArray[np.uint8]  # (k, R, cells, 2) see `level`


class Obs(NamedTuple):
    """Observations."""

    board: npt.NDArray[np.uint8]  # (n, A, rows, columns)
    goal: npt.NDArray[np.uint8]  # (n, A, rows, columns)
    rules: npt.NDArray[np.uint8]  # (n, A, R, cells, 2)
    signals: npt.NDArray[np.int32]  # (n, A, 3)


class Scratch(NamedTuple):
    """Working memory, no meaning between calls."""

    plan: npt.NDArray[Any]  # (n, 1) PLAN_DTYPE
    queue: npt.NDArray[np.int32]  # (n, cells)
    value: npt.NDArray[np.uint8]  # (n, cells)
    known: npt.NDArray[np.uint8]  # (n, cells)
    near: npt.NDArray[np.int32]  # (n, 8)


COUNTS_DTYPE = np.dtype(
    [
        ("gap", np.int32),  # cell of the gap of sliding tiles; -1 where there is none
        ("up", np.int32),  # cell of the first card that is turned up; -1 for none
        ("second", np.int32),  # cell of the second one, which does not match; -1 for none
        ("opened", np.int32),  # 1 after the first cell of a mine field was revealed
        ("wrong", np.int32),  # cells that differ from the goal
        ("rest", np.int32),  # free cells, pairs or answers that are still to be found
        ("total", np.int32),  # `wrong` and `rest` at the start
        ("lamp", np.int32),
    ],
    align=True,
)
MAP_DTYPE = np.dtype(
    [
        ("height", np.int32),
        ("width", np.int32),
        ("rules", np.int32),  # how many the level has
        ("answer", np.int32),  # the number of the hidden one; 0 where there is none
        ("mark", np.int32),  # a cell that is safe to begin with; -1 for none
        ("colours", np.int32),  # a press or rule that adds to a value goes round after so many
        ("values", np.int32),  # how many values a cell may show
    ],
    align=True,
)
PLAN_DTYPE = np.dtype(
    [("verb", np.int32), ("target", np.int32), ("before", np.int32), ("failed", np.int32)],
    align=True,
)
METRICS_DTYPE = np.dtype(
    [("success", np.int32), ("failures", np.int32), ("moves", np.int32), ("left", np.int32)],
    align=True,
)
SIGNALS = 3
MOST_LEFT = 1023


def span(verb: str, cells: int, rules: int) -> int:
    """How many targets a verb has."""
    if verb in codes.CELL_VERBS:
        return cells
    return rules if verb in codes.RULE_VERBS else 1


def first_action(rules: Rules, verb: str, cells: int, count: int) -> int:
    """The number of a verb's first action on a board; -1 where the world lacks the verb.

    Args:
        rules: The world's factors.
        verb: What is to be done.
        cells: Cells of the board.
        count: Rules of the level.
    """
    vocabulary, number = rules.action.vocabulary, 0
    order = rules.action.order or range(len(vocabulary))
    for place, entry in enumerate(order):
        if vocabulary[entry] == verb:
            return number
        number += span(vocabulary[place], cells, count)
    return -1


def structure(rules: Rules, needs: Structure) -> dict[str, int]:
    """The structural sizes of a world.

    Args:
        rules: Its factors.
        needs: ``height``, ``width``, ``rules``, ``values``, and ``shortest``, ``narrowest``,
            ``fewest``: minus the smallest of the first three.

    Raises:
        LevelError: its levels have boards of several sizes, whose cells cannot be numbered alike.
    """
    for name, least in (("height", "shortest"), ("width", "narrowest"), ("rules", "fewest")):
        if needs[name] != -needs[least]:
            raise LevelError(
                f"levels of one world: expected one {name}, got {-needs[least]} and {needs[name]}"
            )
    cells = needs["height"] * needs["width"]
    actions = sum(span(verb, cells, needs["rules"]) for verb in rules.action.vocabulary)
    return {
        "rows": needs["height"],
        "columns": needs["width"],
        "cells": cells,
        "rules": needs["rules"],
        "values": needs["values"],
        "actions": max(actions, 1),
        "goal": int(rules.observation.show_goal),
    }


def completed(sizes: Structure) -> dict[str, int]:
    """Sizes of a batch in which a wide board and a high one share the room for cells."""
    return {**sizes, "cells": max(sizes["cells"], sizes["rows"] * sizes["columns"])}


def layout(sizes: Structure) -> Layout:
    """The arrays for these structural sizes."""
    cells, board = sizes["cells"], (sizes["rows"], sizes["columns"])
    table = (max(sizes["rules"], 1), cells, 2)
    return Layout(
        num_agents=1,
        num_actions=sizes["actions"],
        action=(np.int32, ()),
        state=(
            State,
            {
                "board": (np.uint8, (cells,)),
                "cover": (np.uint8, (cells,)),
                "counts": (COUNTS_DTYPE, (1,)),
            },
        ),
        levels=(
            Levels,
            {
                "map": (MAP_DTYPE, ()),
                "cells": (np.uint8, (cells,)),
                "goal": (np.uint8, (cells,)),
                "rules": (np.uint8, table),
            },
        ),
        obs=(
            Obs,
            {
                "board": (np.uint8, board),
                "goal": (np.uint8, board),
                "rules": (np.uint8, table),
                "signals": (np.int32, (SIGNALS,)),
            },
        ),
        scratch=(
            Scratch,
            {
                "plan": (PLAN_DTYPE, (1,)),
                "queue": (np.int32, (cells,)),
                "value": (np.uint8, (cells,)),
                "known": (np.uint8, (cells,)),
                "near": (np.int32, (8,)),
            },
        ),
        metrics=METRICS_DTYPE,
    )


def observation_space(sizes: Structure) -> spaces.Dict:
    """The observation space.

    ``board``: (rows, columns) uint8 of what each cell shows: 1 covered, 2 with a flag, 3 covered
    and marked as safe, 4 a mine, 5 + its value; 0 beyond the board. ``goal`` (where it is shown):
    the same of the board to be reached. ``rules`` (where levels have some): (R, cells, 2) uint8,
    for each cell its source + 1 and what is added (operators), or whether the switch does not
    matter, must be off, must be on (hidden rules). ``signals``: (3,) int32 of what is left to do,
    the lamp (0 none, 1 dark, 2 lit) and whether an inner episode begins.
    """
    high = codes.FIRST_VALUE - 1 + sizes["values"]
    board = spaces.Box(0, high, (sizes["rows"], sizes["columns"]), np.uint8)
    parts: dict[str, spaces.Space[Any]] = {"board": board}
    if sizes["goal"]:
        parts["goal"] = spaces.Box(0, high, (sizes["rows"], sizes["columns"]), np.uint8)
    if sizes["rules"]:
        most = min(max(sizes["cells"], sizes["values"]), 255)
        parts["rules"] = spaces.Box(0, most, (sizes["rules"], sizes["cells"], 2), np.uint8)
    parts["signals"] = spaces.Box(0, MOST_LEFT, (SIGNALS,), np.int32)
    return spaces.Dict(parts)


def action_space(sizes: Structure) -> spaces.Discrete:
    """Every verb with every target: those of a cell verb count row by row."""
    return spaces.Discrete(sizes["actions"])


def masked(rules: Rules, sizes: Structure) -> bool:
    """Whether some action can be invalid: an open cell, a move off the board."""
    return True


def public_observation(obs: Obs, sizes: Structure) -> dict[str, npt.NDArray[Any]]:
    """The observation buffers as users see them, (n, A, …): views, no copies."""
    views: dict[str, npt.NDArray[Any]] = {"board": obs.board}
    if sizes["goal"]:
        views["goal"] = obs.goal
    if sizes["rules"]:
        views["rules"] = obs.rules
    views["signals"] = obs.signals
    return views
