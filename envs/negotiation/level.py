"""Domains as data that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "issues": [3, 2],
        "parties": [
            {"utilities": [1.0, 0.8, 0.5, 0.4, 0.2, 0.0], "reservation": 0.3, "kind": "linear"},
            {"utilities": [0.0, 0.3, 0.4, 0.6, 0.9, 1.0], "reservation": 0.1, "kind": "micro"},
        ],
        "first": 1,
        "max_steps": 256,
    }

``issues`` counts the values of each issue. Outcomes are numbered as the digits of a number, the
last issue fastest: here outcome 3 is value 1 of the first issue and value 1 of the second. Each
party has a utility from 0 to 1 for every outcome, a ``reservation`` value for no deal, and the
``kind`` of player that takes its seat where nobody plays it from outside. ``first`` is the party
with the first turn. Utilities are multiples of 0.0001.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.layout import RANKED_DTYPE

_KEYS = ("issues", "parties", "first", "max_steps")
_PARTY_KEYS = ("utilities", "reservation", "kind")


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head, room = w.levels.head[k], w.levels.utilities.shape
    issues = _within("num_issues", head["num_issues"], 1, w.levels.issues.shape[1])
    parties = _within("num_parties", head["num_parties"], 2, room[1])
    outcomes = _within("num_outcomes", head["num_outcomes"], 1, room[2])
    readable = {
        "issues": w.levels.issues[k, :issues].tolist(),
        "parties": [_read_party(w, k, p, outcomes) for p in range(parties)],
        "first": int(head["first"]),
        "max_steps": int(w.info[k]["max_steps"]),
    }
    _check(readable)
    _within("values of all issues", sum(readable["issues"]), 1, w.state.counts.shape[2])
    for p, party in enumerate(readable["parties"]):
        expected, order = ranked(_fixed(party["utilities"])), w.levels.order[k, p, :outcomes]
        best = w.levels.parties[k, p]["best"]
        if order.tolist() != expected.tolist() or best != expected[0]["utility"]:
            raise LevelError(f"order of party {p}: expected outcomes from its best to its worst")
    return readable


def _read_party(w: Workspace, k: int, p: int, outcomes: int) -> dict[str, Any]:
    party = w.levels.parties[k, p]
    kind = _within("kind", party["kind"], 0, len(codes.KINDS) - 1)
    return {
        "utilities": [value / codes.UNIT for value in w.levels.utilities[k, p, :outcomes].tolist()],
        "reservation": int(party["reservation"]) / codes.UNIT,
        "kind": codes.KINDS[kind],
    }


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    rooms = (w.levels.issues.shape[1], *w.levels.utilities.shape[:0:-1], w.state.counts.shape[2])
    for (name, size), room in zip(needs(readable).items(), rooms, strict=True):
        if size > room:
            raise LevelError(f"{name}: the level has {size}, expected at most {room}")
    for array in w.levels:
        array[k] = np.zeros((), array.dtype)
    issues, parties, head = readable["issues"], readable["parties"], w.levels.head[k]
    outcomes = math.prod(issues)
    w.levels.issues[k, : len(issues)] = issues
    for p, party in enumerate(parties):
        values = _fixed(party["utilities"])
        w.levels.utilities[k, p, :outcomes] = values
        w.levels.order[k, p, :outcomes] = ranked(values)
        w.levels.parties[k, p]["reservation"] = round(party["reservation"] * codes.UNIT)
        w.levels.parties[k, p]["kind"] = codes.KINDS.index(party["kind"])
        w.levels.parties[k, p]["best"] = values.max()
    head["num_issues"], head["num_parties"] = len(issues), len(parties)
    head["num_outcomes"], head["first"] = outcomes, readable["first"]
    w.info[k]["max_steps"] = readable["max_steps"]


def _fixed(values: Sequence[float]) -> npt.NDArray[np.int32]:
    """Checked utilities in fixed point."""
    return np.array([round(value * codes.UNIT) for value in values], np.int32)


def ranked(values: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """(outcomes,) ``RANKED_DTYPE``, the best first; equal ones in the order of their numbers."""
    order = np.argsort(-values, kind="stable")
    found = np.zeros(len(values), RANKED_DTYPE)
    found["outcome"], found["utility"] = order, values[order]
    return found


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    issues, parties = readable["issues"], readable["parties"]
    return {
        "issues": len(issues),
        "outcomes": math.prod(issues),
        "parties": len(parties),
        "values": sum(issues),
    }


# ---- checks ----


def _check(readable: Any) -> None:
    if not isinstance(readable, Mapping):
        raise LevelError(f"level {readable!r:.60}: expected an object with {', '.join(_KEYS)}")
    _check_keys("level", readable, _KEYS)
    outcomes = _check_issues(readable.get("issues"))
    parties: Any = readable.get("parties")
    if not _is_list(parties) or not 2 <= len(parties) <= codes.MAX_PARTIES:
        raise LevelError(
            f"parties = {parties!r:.60}: expected a list of 2 to {codes.MAX_PARTIES} parties"
        )
    for p, party in enumerate(parties):
        _check_party(f"parties[{p}]", party, outcomes)
    _check_integer("first", readable.get("first"), 0, len(parties) - 1)
    _check_integer("max_steps", readable.get("max_steps"), 1, codes.MAX_STEPS)


def _check_issues(issues: Any) -> int:
    """How many outcomes there are."""
    if not _is_list(issues) or not 1 <= len(issues) <= codes.MAX_ISSUES:
        raise LevelError(
            f"issues = {issues!r:.60}: expected a list of 1 to {codes.MAX_ISSUES} numbers of values"
        )
    for j, size in enumerate(issues):
        _check_integer(f"issues[{j}]", size, 1, codes.MAX_OUTCOMES)
    outcomes = math.prod(issues)
    if outcomes > codes.MAX_OUTCOMES:
        raise LevelError(
            f"issues = {issues!r:.60}: {outcomes} outcomes, expected at most {codes.MAX_OUTCOMES}"
        )
    return outcomes


def _check_party(where: str, party: Any, outcomes: int) -> None:
    if not isinstance(party, Mapping):
        raise LevelError(f"{where} = {party!r:.60}: expected {', '.join(_PARTY_KEYS)}")
    _check_keys(where, party, _PARTY_KEYS)
    utilities: Any = party.get("utilities")
    if not _is_list(utilities) or len(utilities) != outcomes:
        raise LevelError(
            f"{where}.utilities = {utilities!r:.60}: expected a number for each of the {outcomes} "
            "outcomes"
        )
    for j, value in enumerate(utilities):
        _check_utility(f"{where}.utilities[{j}]", value)
    _check_utility(f"{where}.reservation", party.get("reservation"))
    if party.get("kind") not in codes.KINDS:
        raise LevelError(str(unknown_name(f"{where}.kind", str(party.get("kind")), codes.KINDS)))


def _check_utility(where: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise LevelError(f"{where} = {value!r:.60}: expected a number from 0 to 1")
    near = round(value * codes.UNIT) / codes.UNIT
    if abs(value - near) > 1e-9:
        raise LevelError(f"{where} = {value!r}: expected a multiple of 0.0001; try {near}")


def _check_keys(where: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise LevelError(str(unknown_name(f"field of {where}", str(name), known)))


def _check_integer(where: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected an integer from {low} to {high}")


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _within(what: str, value: Any, low: int, high: int) -> int:
    _check_integer(what, int(value), low, high)
    return int(value)
