"""Users and catalogues as data that a person can read and write, and their arrays.

A readable level is plain JSON data::

    {
        "user": {"genres": [0.8, -0.5], "topics": [0.3], "patience": 4},
        "items": [
            {"genre": 0, "quality": 0.7, "topics": [-0.2]},
            {"genre": 1, "quality": 0.1, "topics": [0.9]},
        ],
        "max_steps": 60,
    }

``genres`` and ``topics`` of the user are its preferences, from -1 to 1; ``patience`` the slates in
a row without a click after which it leaves. ``items`` is the catalogue in the order of upload: one
a step, and from its start again when it has run out. Numbers are multiples of 0.0001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.market import codes

_STEPS = round(1 / codes.RESOLUTION)
_KEYS = ("user", "items", "max_steps")
_USER_KEYS = ("genres", "topics", "patience")
_ITEM_KEYS = ("genre", "quality", "topics")


def read(w: Workspace, k: int) -> dict[str, Any]:
    """Level row ``k`` as readable data; :func:`write` gives the same row again.

    Raises:
        LevelError: the row, read from a file, holds numbers that stand for nothing.
    """
    head, levels = w.levels.head[k], w.levels
    genres = _within("genres", head["num_genres"], 1, levels.genres.shape[1])
    topics = _within("topics", head["num_topics"], 0, levels.topics.shape[1])
    items = _within("items", head["num_items"], 1, levels.items.shape[1])
    readable: dict[str, Any] = {
        "user": {
            "genres": _tidy(levels.genres[k, :genres]),
            "topics": _tidy(levels.topics[k, :topics]),
            "patience": int(head["patience"]),
        },
        "items": [
            {
                "genre": int(levels.items[k, n]["genre"]),
                "quality": _tidy([levels.items[k, n]["quality"]])[0],
                "topics": _tidy(levels.item_topics[k, n, :topics]),
            }
            for n in range(items)
        ],
        "max_steps": int(w.info[k]["max_steps"]),
    }
    _check(readable)
    return readable


def write(w: Workspace, k: int, readable: Mapping[str, Any]) -> None:
    """Write a readable level into level row ``k``; nothing is written unless all of it is valid.

    Raises:
        LevelError: the level is malformed, or larger than the workspace.
    """
    room = {"genres": w.levels.genres.shape[1], "items": w.levels.items.shape[1]}
    for name, size in needs(readable).items():
        if size > room[name]:
            raise LevelError(f"{name}: the level has {size}, expected at most {room[name]}")
    for array in w.levels:
        array[k] = np.zeros((), array.dtype)
    user, head = readable["user"], w.levels.head[k]
    genres, topics = _exact(user["genres"]), _exact(user["topics"])
    w.levels.genres[k, : len(genres)] = genres
    w.levels.topics[k, : len(topics)] = topics
    for n, item in enumerate(readable["items"]):
        w.levels.items[k, n]["genre"] = item["genre"]
        w.levels.items[k, n]["quality"] = _exact([item["quality"]])[0]
        w.levels.item_topics[k, n, : len(topics)] = _exact(item["topics"])
    head["num_genres"], head["num_topics"] = len(genres), len(topics)
    head["num_items"], head["patience"] = len(readable["items"]), user["patience"]
    w.info[k]["max_steps"] = readable["max_steps"]


def needs(readable: Mapping[str, Any]) -> dict[str, int]:
    """The structural sizes of a readable level.

    Raises:
        LevelError: the level is malformed.
    """
    _check(readable)
    return {"genres": len(readable["user"]["genres"]), "items": len(readable["items"])}


# ---- checks ----


def _check(readable: Any) -> None:
    _check_object("level", readable, _KEYS)
    user, items = readable["user"], readable["items"]
    _check_object("user", user, _USER_KEYS)
    _check_list("user.genres", user["genres"], 1, codes.MAX_GENRES)
    _check_list("user.topics", user["topics"], 0, codes.MAX_TOPICS)
    _check_integer("user.patience", user["patience"], 1, codes.MAX_PATIENCE)
    if not _is_list(items) or not 1 <= len(items) <= codes.MAX_ITEMS:
        raise LevelError(f"items = {items!r:.60}: expected a list of 1 to {codes.MAX_ITEMS} items")
    topics = len(user["topics"])
    for n, item in enumerate(items):
        where = f"items[{n}]"
        _check_object(where, item, _ITEM_KEYS)
        _check_integer(f"{where}.genre", item["genre"], 0, len(user["genres"]) - 1)
        _check_number(f"{where}.quality", item["quality"], 0.0, 1.0)
        _check_list(f"{where}.topics", item["topics"], topics, topics)
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


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _check_list(where: str, values: Any, least: int, most: int) -> None:
    if not _is_list(values) or not least <= len(values) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        raise LevelError(f"{where} = {values!r:.60}: expected a list of {count} numbers")
    for j, value in enumerate(values):
        _check_number(f"{where}[{j}]", value, -1.0, 1.0)


def _check_number(where: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected a number from {low:g} to {high:g}")
    if abs(value * _STEPS - round(value * _STEPS)) > 1e-6:
        near = round(value * _STEPS) / _STEPS
        raise LevelError(
            f"{where} = {value!r}: expected a multiple of {codes.RESOLUTION}; the nearest is {near}"
        )


def _check_integer(where: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise LevelError(f"{where} = {value!r:.60}: expected an integer from {low} to {high}")


def _within(what: str, value: Any, low: int, high: int) -> int:
    _check_integer(what, int(value), low, high)
    return int(value)


def _exact(values: Sequence[float]) -> list[float]:
    """The multiples of the resolution that checked numbers are."""
    return [round(value * _STEPS) / _STEPS for value in values]


def _tidy(values: Any) -> list[float]:
    """Numbers of an array as text shows them; damaged ones are left as they are, and refused."""
    found = [float(value) for value in values]
    return [_exact([value])[0] + 0.0 if abs(value) <= 1e6 else value for value in found]
