"""Levels of creator markets as readable data.

::

    {
        "users": [{"likes": [0.5, -0.2], "tastes": [0.1, 0.9], "patience": 4, "activity": 0.5}],
        "creators": [
            {"skills": [0.9, 0.4], "style": [0.0, 0.7], "activity": 0.8, "cost": 1.0,
             "effort": "steady", "kind": "belief"}
        ],
        "max_steps": 20,
    }

``likes`` and ``tastes`` are the users' preferences for genres and topics, from -1 to 1; a user
leaves after ``patience`` visits in a row without a click. ``activity`` is the chance to come, or to
be able to upload, in a round. ``skills`` are from 0 to 1, ``cost`` multiplies what effort costs;
``effort`` and ``kind`` are those of the creator where it is built in. Numbers are multiples of
0.001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, nearest, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.creators import codes

_KEYS = ("users", "creators", "max_steps")
_USER_KEYS = ("likes", "tastes", "patience", "activity")
_CREATOR_KEYS = ("skills", "style", "activity", "cost", "effort", "kind")
_MOST_COST = 10.0


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head, levels = w.levels.head[k], w.levels
    users = _within("users", head["num_users"], 1, levels.users.shape[1])
    creators = _within("creators", head["num_creators"], 1, levels.creators.shape[1])
    genres = _within("genres", head["num_genres"], 1, levels.likes.shape[2])
    readable = {
        "users": [_read_user(levels, k, u, genres) for u in range(users)],
        "creators": [_read_creator(levels, k, c, genres) for c in range(creators)],
        "max_steps": int(w.info[k]["max_steps"]),
    }
    _check(readable)
    return readable


def _read_user(levels: Any, k: int, u: int, genres: int) -> dict[str, Any]:
    user = levels.users[k, u]
    return {
        "likes": _shares(levels.likes[k, u, :genres]),
        "tastes": _shares(levels.tastes[k, u]),
        "patience": int(user["patience"]),
        "activity": _share(user["activity"]),
    }


def _read_creator(levels: Any, k: int, c: int, genres: int) -> dict[str, Any]:
    creator = levels.creators[k, c]
    effort = _within("effort", creator["effort"], 0, len(codes.EFFORTS) - 1)
    kind = _within("kind", creator["kind"], 0, len(codes.KINDS) - 1)
    return {
        "skills": _shares(levels.skills[k, c, :genres]),
        "style": _shares(levels.styles[k, c]),
        "activity": _share(creator["activity"]),
        "cost": _share(creator["cost"]),
        "effort": codes.EFFORTS[effort],
        "kind": codes.KINDS[kind],
    }


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    levels = w.levels
    room = {
        "users": levels.users.shape[1],
        "creators": levels.creators.shape[1],
        "genres": levels.likes.shape[2],
    }
    sizes = needs(readable)
    for name, size in sizes.items():
        if size > room[name]:
            raise LevelError(f"{name}: the level has {size}, expected at most {room[name]}")
    for array in levels:
        array[k] = np.zeros((), array.dtype)
    for name, size in sizes.items():
        levels.head[k][f"num_{name}"] = size
    for u, user in enumerate(readable["users"]):
        levels.likes[k, u, : sizes["genres"]] = _thousandths(user["likes"])
        levels.tastes[k, u] = _thousandths(user["tastes"])
        levels.users[k, u]["patience"] = user["patience"]
        levels.users[k, u]["activity"] = _thousandth(user["activity"])
    for c, creator in enumerate(readable["creators"]):
        levels.skills[k, c, : sizes["genres"]] = _thousandths(creator["skills"])
        levels.styles[k, c] = _thousandths(creator["style"])
        for name in ("activity", "cost"):
            levels.creators[k, c][name] = _thousandth(creator[name])
        levels.creators[k, c]["effort"] = codes.EFFORTS.index(creator["effort"])
        levels.creators[k, c]["kind"] = codes.KINDS.index(creator["kind"])
    w.info[k]["max_steps"] = readable["max_steps"]


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    return {
        "users": len(readable["users"]),
        "creators": len(readable["creators"]),
        "genres": len(readable["users"][0]["likes"]),
    }


# ---- checks ----


def _check(readable: Any) -> None:
    _check_object("level", readable, _KEYS)
    users, creators = readable["users"], readable["creators"]
    _check_list("users", users, 1, codes.MAX_USERS)
    _check_list("creators", creators, 1, codes.MAX_CREATORS)
    _check_object("users[0]", users[0], _USER_KEYS)
    _check_list("users[0].likes", users[0]["likes"], 1, codes.MAX_GENRES)
    genres = len(users[0]["likes"])
    for u, user in enumerate(users):
        where = f"users[{u}]"
        _check_object(where, user, _USER_KEYS)
        _check_numbers(f"{where}.likes", user["likes"], genres, -1.0)
        _check_numbers(f"{where}.tastes", user["tastes"], codes.TOPICS, -1.0)
        _check_integer(f"{where}.patience", user["patience"], 1, codes.MAX_PATIENCE)
        _check_number(f"{where}.activity", user["activity"], 0.0, 1.0)
    for c, creator in enumerate(creators):
        where = f"creators[{c}]"
        _check_object(where, creator, _CREATOR_KEYS)
        _check_numbers(f"{where}.skills", creator["skills"], genres, 0.0)
        _check_numbers(f"{where}.style", creator["style"], codes.TOPICS, -1.0)
        _check_number(f"{where}.activity", creator["activity"], 0.0, 1.0)
        _check_number(f"{where}.cost", creator["cost"], 0.0, _MOST_COST)
        _check_word(f"{where}.effort", creator["effort"], codes.EFFORTS)
        _check_word(f"{where}.kind", creator["kind"], codes.KINDS)
    _check_integer("max_steps", readable["max_steps"], 1, codes.MAX_STEPS)


def _check_object(where: str, value: Any, keys: Sequence[str]) -> None:
    if not isinstance(value, Mapping):
        raise LevelError(f"{where} = {value!r:.60}: expected an object with {', '.join(keys)}")
    for name in value:
        if name not in keys:
            raise LevelError(str(unknown_name(f"field of {where}", str(name), keys)))
    for name in keys:
        if name not in value:
            raise LevelError(f"{where} has no {name}: expected {', '.join(keys)}")


def _check_list(where: str, values: Any, least: int, most: int) -> None:
    listed = isinstance(values, Sequence) and not isinstance(values, str | bytes)
    if not listed or not least <= len(values) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        raise LevelError(f"{where} = {values!r:.60}: expected a list of {count}")


def _check_numbers(where: str, values: Any, count: int, low: float) -> None:
    _check_list(where, values, count, count)
    for j, value in enumerate(values):
        _check_number(f"{where}[{j}]", value, low, 1.0)


def _check_number(where: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected a number from {low:g} to {high:g}")
    if abs(value * codes.UNIT - round(value * codes.UNIT)) > 1e-6:
        near = round(value * codes.UNIT) / codes.UNIT
        raise LevelError(
            f"{where} = {value!r}: expected a multiple of {1 / codes.UNIT}; the nearest is {near}"
        )


def _check_integer(where: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected an integer from {low} to {high}")


def _check_word(where: str, value: Any, words: Sequence[str]) -> None:
    if value not in words:
        close = nearest(str(value)[:60], words) or list(words)
        raise LevelError(f"{where} = {value!r:.60}: expected one of {', '.join(close)}")


def _within(what: str, value: Any, low: int, high: int) -> int:
    _check_integer(what, int(value), low, high)
    return int(value)


def _thousandth(value: float) -> int:
    return round(value * codes.UNIT)


def _thousandths(values: Sequence[float]) -> list[int]:
    return [_thousandth(value) for value in values]


def _share(value: Any) -> float:
    return int(value) / codes.UNIT


def _shares(values: npt.NDArray[np.int16]) -> list[float]:
    return [_share(value) for value in values]
