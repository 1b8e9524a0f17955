"""Maps as data that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "map": ["+-+-+", "|   |", "+ +-+", "|   |", "+-+-+"],
        "starts": [{"x": 0.5, "y": 0.5, "heading": 90}],
        "goal": [1.5, 1.5],
        "items": [{"x": 1.2, "y": 0.5, "radius": 0.1, "kind": "obstacle"}],
        "segments": [[0.2, 1.4, 0.8, 1.9]],
        "max_steps": 100,
    }

``map`` has the walls between cells, which are a metre wide, as
:mod:`adaptarium.envs.navigation.asciimap` draws them; none for an open field without walls. A start
may have a ``role``, ``"runner"``, and a ``cost`` and up to four ``skills``; an item of kind
``"task"`` a ``worth`` and the ``needs``, skills that serve it. ``goal`` is left out where there is
none. ``segments`` are free walls. A house has ``rooms`` and ``orders`` besides, as
:mod:`adaptarium.envs.navigation.household` tells.

Coordinates go east and south from the north-west corner, in metres; headings are degrees clockwise
from east; all numbers but ``max_steps`` are multiples of 0.001. What is left out is 0, or empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.navigation import asciimap, codes
from adaptarium.envs.navigation.household import (
    check_house,
    check_targets,
    read_house,
    read_object,
    write_house,
)

_STEPS = round(1 / codes.RESOLUTION)
_KEYS = ("map", "starts", "goal", "items", "segments", "rooms", "orders", "max_steps")
_KNOWN = {"colour": codes.COLOURS, "thing": codes.THINGS}
# How far coordinates go in an open field, as those of a map do: from where, to the east, south.
_FIELD = (-codes.LIMIT, codes.LIMIT, codes.LIMIT)


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head, levels = w.levels.head[k], w.levels
    height, width = (_within(n, head[n], 0, codes.MAX_SIDE) for n in ("height", "width"))
    if height * width > levels.walls.shape[1]:
        raise LevelError(f"a map of {height} x {width} cells has no room here")
    agents = _within("num_agents", head["num_agents"], 1, levels.starts.shape[1])
    items = _within("num_items", head["num_items"], 0, levels.items.shape[1])
    segments = _within("num_segments", head["num_segments"], 0, levels.segments.shape[1])
    walls = levels.walls[k, : height * width].reshape(height, width)
    readable: dict[str, Any] = {
        "map": asciimap.drawn(walls) if walls.size else [],
        "starts": [
            _read_start(row) | _read_parts(own, "cost", "skills")
            for row, own in zip(levels.starts[k, :agents], levels.talents[k], strict=False)
        ],
    }
    if head["has_goal"]:
        readable["goal"] = [_tidy(head["goal_x"]), _tidy(head["goal_y"])]
    if items:
        readable["items"] = [
            _read_item(row, words) | _read_parts(own, "worth", "needs")
            for row, words, own in zip(
                levels.items[k, :items], levels.objects[k], levels.demands[k], strict=False
            )
        ]
    if segments:
        rows = levels.segments[k, :segments].tolist()
        readable["segments"] = [[_tidy(value) for value in row] for row in rows]
    readable |= read_house(w, k)
    readable["max_steps"] = int(w.info[k]["max_steps"])
    _check(readable)
    check_targets(w, k, readable)
    return readable


def _read_start(row: Any) -> dict[str, Any]:
    role = codes.ROLES[_within("role", row["role"], 0, len(codes.ROLES) - 1)]
    found: dict[str, Any] = {name: _tidy(row[name]) for name in ("x", "y", "heading")}
    if role != "plain":
        found["role"] = role
    return found


def _read_item(row: Any, words: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: _tidy(row[name]) for name in ("x", "y", "radius")}
    found["kind"] = codes.ITEMS[_within("kind", row["kind"], 0, len(codes.ITEMS) - 1)]
    return found | read_object(words) if found["kind"] == "object" else found


def _read_parts(row: Any, amount: str, parts: str) -> dict[str, Any]:
    """An amount and a vector, where there are any; zeros at the end are left out."""
    found: dict[str, Any] = {}
    if row[amount]:
        found[amount] = _tidy(row[amount])
    vector = [_tidy(value) for value in row[parts]]
    while vector and vector[-1] == 0:
        vector.pop()
    return found | ({parts: vector} if vector else {})


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    wanted, levels = needs(readable), w.levels
    walls = asciimap.read(readable.get("map", []))
    room = {
        "agents": levels.starts.shape[1],
        "items": levels.items.shape[1],
        "segments": levels.segments.shape[1],
        "rooms": levels.rooms.shape[1],
        "orders": levels.orders.shape[1],
    }
    for name, size in room.items():
        if wanted[name] > size:
            raise LevelError(f"{name}: the level has {wanted[name]}, expected at most {size}")
    if walls.size > levels.walls.shape[1]:
        raise LevelError(f"map: {walls.size} cells, expected at most {levels.walls.shape[1]}")
    for array in levels:
        array[k] = np.zeros((), array.dtype)
    levels.walls[k, : walls.size] = walls.ravel()
    head = levels.head[k]
    head["height"], head["width"] = walls.shape
    for name in ("agents", "items", "segments"):
        head[f"num_{name}"] = wanted[name]
    if "goal" in readable:
        head["goal_x"], head["goal_y"] = (_exact(value) for value in readable["goal"])
        head["has_goal"] = 1
    for a, start in enumerate(readable["starts"]):
        role = codes.ROLES.index(start.get("role", "plain"))
        heading = _exact(start.get("heading", 0))
        place = _exact(start["x"]), _exact(start["y"]), heading, role
        levels.starts[k, a] = place
        levels.talents[k, a] = _written(start, "cost", "skills")
    for j, item in enumerate(readable.get("items", ())):
        kind = codes.ITEMS.index(item["kind"])
        disc = (_exact(item[name]) for name in ("x", "y", "radius"))
        levels.items[k, j] = (*disc, kind)
        levels.demands[k, j] = _written(item, "worth", "needs")
    for j, row in enumerate(readable.get("segments", ())):
        levels.segments[k, j] = [_exact(value) for value in row]
    write_house(w, k, readable)
    w.info[k]["max_steps"] = readable["max_steps"]


def _written(found: Mapping[str, Any], amount: str, parts: str) -> tuple[float, list[float]]:
    """An amount and a vector as arrays hold them."""
    vector = [_exact(value) for value in found.get(parts, ())]
    padding = [0.0] * (codes.SKILLS - len(vector))
    return _exact(found.get(amount, 0)), vector + padding


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    rows = readable.get("map", [])
    return {
        "height": len(rows) // 2,
        "width": len(rows[0]) // 2 if rows else 0,
        "agents": len(readable["starts"]),
        "items": len(readable.get("items", ())),
        "segments": len(readable.get("segments", ())),
        "rooms": len(readable.get("rooms", ())),
        "orders": len(readable.get("orders", ())),
    }


# ---- checks ----


def _check(readable: Any) -> None:
    if not isinstance(readable, Mapping):
        raise LevelError(f"level {readable!r:.60}: expected an object with {', '.join(_KEYS)}")
    _check_keys("level", readable, _KEYS)
    walls = asciimap.read(readable.get("map", []))
    size = walls.shape if walls.size else None
    starts = readable.get("starts")
    for a, start in enumerate(_list("starts", starts, 1, codes.MAX_AGENTS)):
        where = f"starts[{a}]"
        _check_object(where, start, ("x", "y"), ("heading", "role", "cost", "skills"))
        _check_place(where, [start["x"], start["y"]], size)
        _check_number(f"{where}.heading", start.get("heading", 0), 0, 359.999)
        _check_name(f"{where}.role", start.get("role", "plain"), codes.ROLES)
        _check_parts(where, start, "cost", "skills")
    if "goal" in readable:
        _check_place("goal", readable["goal"], size)
    for j, item in enumerate(_list("items", readable.get("items", []), 0, codes.MAX_ITEMS)):
        where = f"items[{j}]"
        words = ("colour", "thing") if _is_object(item) else ()
        _check_object(where, item, ("x", "y", "radius", "kind", *words), ("worth", "needs"))
        _check_place(where, [item["x"], item["y"]], size)
        _check_number(f"{where}.radius", item["radius"], 0, 10)
        _check_name(f"{where}.kind", item["kind"], codes.ITEMS)
        for kind in words:
            _check_name(f"{where}.{kind}", item[kind], _KNOWN[kind])
        _check_parts(where, item, "worth", "needs")
    for j, row in enumerate(_list("segments", readable.get("segments", []), 0, codes.MAX_SEGMENTS)):
        _check_segment(f"segments[{j}]", row, size)
    check_house(readable, size, _list)
    limit = readable.get("max_steps")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= codes.MAX_STEPS:
        raise LevelError(
            f"max_steps = {limit!r:.60}: expected an integer from 1 to {codes.MAX_STEPS}"
        )


def _is_object(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("kind") == "object"


def _check_parts(where: str, found: Mapping[str, Any], amount: str, parts: str) -> None:
    """Whether an amount and a vector are numbers from 0 to the most."""
    _check_number(f"{where}.{amount}", found.get(amount, 0), 0, codes.MOST_SKILL)
    for value in _list(f"{where}.{parts}", found.get(parts, []), 0, codes.SKILLS):
        _check_number(f"{where}.{parts}", value, 0, codes.MOST_SKILL)


def _check_segment(where: str, row: Any, size: tuple[int, ...] | None) -> None:
    ends = _list(where, row, 4, 4)
    _check_place(where, ends[:2], size, border=True)
    _check_place(where, ends[2:], size, border=True)
    if ends[:2] == ends[2:]:
        raise LevelError(f"{where} = {row!r:.60}: expected two different ends")


def _check_place(
    where: str, place: Any, size: tuple[int, ...] | None, border: bool = False
) -> None:
    """Whether a place lies on the map; ``border`` is on it where only walls may be."""
    x, y = _list(where, place, 2, 2)
    edge = 0.0 if border else codes.RESOLUTION
    low, right, lower = (edge, size[1] - edge, size[0] - edge) if size else _FIELD
    _check_number(f"{where}.x", x, low, right)
    _check_number(f"{where}.y", y, low, lower)


def _check_object(where: str, found: Any, must: Sequence[str], may: Sequence[str]) -> None:
    if not isinstance(found, Mapping) or any(name not in found for name in must):
        raise LevelError(f"{where} = {found!r:.60}: expected an object with {', '.join(must)}")
    _check_keys(where, found, (*must, *may))


def _check_keys(where: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in found:
        if name not in known:
            raise LevelError(str(unknown_name(f"field of {where}", str(name), known)))


def _check_name(where: str, value: Any, known: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise LevelError(str(unknown_name(where, str(value)[:60], known)))


def _list(where: str, value: Any, least: int, most: int) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise LevelError(f"{where} = {value!r:.60}: expected a list")
    if not least <= len(value) <= most:
        raise LevelError(f"{where}: {len(value)} entries, expected {least} to {most}")
    return value


def _check_number(where: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected a number from {low} to {high}")
    if abs(value * _STEPS - round(value * _STEPS)) > 1e-6:
        near = round(value * _STEPS) / _STEPS
        raise LevelError(
            f"{where} = {value!r}: expected a multiple of {codes.RESOLUTION}; the nearest is {near}"
        )


def _within(what: str, value: Any, low: int, high: int) -> int:
    if not low <= int(value) <= high:
        raise LevelError(f"{what} = {int(value)}: expected an integer from {low} to {high}")
    return int(value)


def _exact(value: float) -> float:
    """The multiple of the resolution that a checked number is."""
    return round(value * _STEPS) / _STEPS


def _tidy(value: Any) -> float:
    """A number of an array as text shows it; a damaged one is left as it is, and refused."""
    number = float(value)
    return _exact(number) + 0.0 if abs(number) < 1e6 else number
