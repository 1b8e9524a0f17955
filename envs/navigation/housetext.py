"""What is sensed in a house, in words and back: order, room, objects, answers of the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.navigation import codes
from adaptarium.envs.navigation.instructions import decode, encode
from adaptarium.envs.navigation.wording import after, digits, floats

_ORDER, _ROOM, _OBJECTS = "Order: ", "Room: ", "Objects: "
_WAY, _TOLD = "Oracle on the way: ", "Oracle on the room: "
_NONE, _HIDDEN, _SILENT = "none", "out of sight", "nothing"


def told_house(seen: Mapping[str, Any], side: Callable[[float], str]) -> Iterator[str]:
    """Lines on what a house adds to an observation; ``side`` puts an angle from ahead in words."""
    if "mission" in seen:
        yield f"{_ORDER}{decode(seen['mission']) or _NONE}."
    if "room" in seen:
        yield f"{_ROOM}{_room(seen['room'])}."
    if "objects" in seen:
        yield f"{_OBJECTS}{'; '.join(_told_objects(seen, side))}."
    if "way" in seen:
        ahead, right, left = digits(seen["way"])
        where = side(math.atan2(seen["way"][1], seen["way"][0]))
        answered = np.any(seen["way"])
        told = f"{where}, direction {ahead} {right}, {left} m left" if answered else _SILENT
        yield f"{_WAY}{told}."
        yield f"{_TOLD}{_room(seen['told'])}."


def _room(number: Any) -> str:
    return codes.ROOMS[int(number[0]) - 1] if number[0] else _NONE


def _told_objects(seen: Mapping[str, Any], side: Callable[[float], str]) -> Iterator[str]:
    names = np.asarray(seen["names"]).reshape(-1, 2).tolist()
    places = np.asarray(seen["objects"], np.float32).reshape(-1, 2)
    for (colour, thing), place in zip(names, places, strict=True):
        if not thing:
            yield _HIDDEN
            continue
        where, (ahead, right) = side(math.atan2(place[1], place[0])), digits(place)
        yield f"{codes.COLOURS[colour - 1]} {codes.THINGS[thing - 1]} {where} at {ahead} {right} m"


def rebuilt_house(lines: Sequence[str]) -> dict[str, Any]:
    """The arrays of the lines of :func:`told_house`.

    Raises:
        KeyError: an order holds a word that there is not.
        ValueError: a line is none that :func:`told_house` writes.
    """
    found: dict[str, Any] = {}
    if told := after(lines, _ORDER):
        found["mission"] = encode("" if told == _NONE else told)
    if told := after(lines, _ROOM):
        found["room"] = _number(told)
    if told := after(lines, _OBJECTS):
        rows = [_object(part) for part in told.split("; ")]
        found["objects"] = floats(value for _, place in rows for value in place)
        found["names"] = np.array([number for name, _ in rows for number in name], np.uint8)
    if told := after(lines, _WAY):
        words = told.replace(",", "").split(" ")
        found["way"] = floats([0.0] * 3 if told == _SILENT else (words[-5], words[-4], words[-3]))
        found["told"] = _number(after(lines, _TOLD))
    return found


def _number(told: str) -> Any:
    return np.array([0 if told == _NONE else codes.ROOMS.index(told) + 1], np.uint8)


def _object(part: str) -> tuple[tuple[int, int], Sequence[Any]]:
    """Colour and thing, and the place; zeros of one out of sight."""
    if part == _HIDDEN:
        return (0, 0), (0.0, 0.0)
    words = part.split(" ")
    at = words.index("at") + 1
    names = codes.COLOURS.index(words[0]) + 1, codes.THINGS.index(words[1]) + 1
    return names, words[at : at + 2]
