"""Instructions of houses: a grammar whose sentences name one object, and what a sentence means.

A sentence has one of six forms; what it names is told by a thing, perhaps a colour, and perhaps a
place, which is a room by its name or by the side of another one on which it lies. Word numbers are
published and fixed: a word keeps its number for good, new ones are appended.

What :func:`meant` finds, it finds from the words and the readable level alone. The generator's
kernels have rules of their own for the same thing, and tests hold one against the other.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, nearest
from adaptarium.envs.navigation import codes

_NOUNS = ("{thing}", "{colour} {thing}")
_PLACES = ("", " in the {room}", " in the room {side} of the {room}")
# By number: twice that of the place, and one more with a colour. Append only.
FORMS = tuple(f"go to the {noun}{place}" for place in _PLACES for noun in _NOUNS)
PLAIN, IN_ROOM, BESIDE_ROOM = range(len(_PLACES))

_OTHER_WORDS = "go to the in room of"
VOCABULARY = (
    *("", *codes.COLOURS, *codes.THINGS, *codes.ROOMS, *codes.SIDES),
    *_OTHER_WORDS.split(),
)
MAX_WORDS = 64  # room for words to come, so that the space of observations stays as it is
MISSION_LENGTH = 16
_NUMBER = {word: number for number, word in enumerate(VOCABULARY)}
_KINDS = {
    "colour": codes.COLOURS,
    "thing": codes.THINGS,
    "side": codes.SIDES,
    "room": codes.ROOMS,
}
_SLOTS = tuple(f"{{{kind}}}" for kind in _KINDS)
FIRST_WORDS = np.array([_NUMBER[words[0]] for words in _KINDS.values()], np.int64)

Box = tuple[int, int, int, int]  # of a room: left, top, right, bottom


class Sentence(NamedTuple):
    """What a sentence says: its form, and the numbers of the words that fill it."""

    form: int
    colour: int
    thing: int
    side: int
    room: int


def _padded(numbers: Iterable[int]) -> npt.NDArray[np.int64]:
    row = np.zeros(MISSION_LENGTH, np.int64)
    found = list(numbers)
    row[: len(found)] = found
    return row


def _token(word: str) -> int:
    return MAX_WORDS + _SLOTS.index(word) if word in _SLOTS else _NUMBER[word]


# What the observation kernel writes: (forms, MISSION_LENGTH); from MAX_WORDS on stand the slots, in
# the order of `FIRST_WORDS`.
TOKENS = np.array([_padded(map(_token, form.split())) for form in FORMS], np.int64)


def sentence(order: Any) -> str:
    """The words of an order, a record of ``ORDER_DTYPE`` or a :class:`Sentence`."""
    numbers = order._asdict() if isinstance(order, Sentence) else order
    words = {kind: known[int(numbers[kind])] for kind, known in _KINDS.items()}
    return FORMS[int(numbers["form"])].format(**words)


@functools.lru_cache(maxsize=4096)
def read_sentence(words: str) -> Sentence:
    """What a sentence says; :func:`sentence` gives it again.

    Raises:
        LevelError: no form reads like this.
    """
    for form, pattern in enumerate(_patterns()):
        match = pattern.fullmatch(words)
        if match is not None:
            found = match.groupdict()
            fills = {k: known.index(found[k]) if k in found else 0 for k, known in _KINDS.items()}
            return Sentence(form=form, **fills)
    close = nearest(words, FORMS, 1) or [FORMS[1]]
    raise LevelError(f"order {words[:80]!r}: expected a sentence such as {close[0]!r}")


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Each form as a pattern."""
    choices = {kind: f"(?P<{kind}>{'|'.join(known)})" for kind, known in _KINDS.items()}
    return tuple(re.compile(form.format(**choices)) for form in FORMS)


def encode(words: str) -> npt.NDArray[np.uint8]:
    """(MISSION_LENGTH,) the word numbers of a sentence, 0 for padding.

    Raises:
        KeyError: a word is none of ``VOCABULARY``.
    """
    return _padded(_NUMBER[word] for word in words.split()).astype(np.uint8)


def decode(numbers: Any) -> str:
    """The words behind (MISSION_LENGTH,) word numbers."""
    return " ".join(VOCABULARY[int(number)] for number in numbers if number)


# ---- what a sentence means ----


def meant(level: Mapping[str, Any], words: str) -> list[int]:
    """The numbers of all items of a readable level that a sentence may mean.

    Raises:
        LevelError: no form reads like this, or its place is that of no room, or of several.
    """
    said, items = read_sentence(words), level.get("items", ())
    places = _places(level, said)
    if places is not None and len(places) != 1:
        raise LevelError(f"order {words!r}: it speaks of {len(places)} rooms, expected exactly one")
    return [
        j
        for j, item in enumerate(items)
        if item["kind"] == "object"
        and item["thing"] == codes.THINGS[said.thing]
        and (said.form % 2 == 0 or item["colour"] == codes.COLOURS[said.colour])
        and (places is None or _holds(places[0], item))
    ]


def _places(level: Mapping[str, Any], said: Sentence) -> list[Box] | None:
    """The rooms that a sentence speaks of; None where it speaks of none."""
    boxes = {room["name"]: _box(room) for room in level.get("rooms", ())}
    named = boxes.get(codes.ROOMS[said.room])
    if said.form // 2 == PLAIN:
        return None
    if named is None:
        return []
    if said.form // 2 == IN_ROOM:
        return [named]
    return [box for box in boxes.values() if _lies(box, codes.SIDES[said.side], named)]


def _box(room: Mapping[str, Any]) -> Box:
    left, top = room["x"], room["y"]
    return left, top, left + room["width"], top + room["height"]


def _lies(box: Box, side: str, other: Box) -> bool:
    """Whether a room lies on a side of another one: they share a part of a wall there."""
    left, top, right, bottom = box
    across = left < other[2] and other[0] < right
    down = top < other[3] and other[1] < bottom
    return {
        "north": bottom == other[1] and across,
        "east": left == other[2] and down,
        "south": top == other[3] and across,
        "west": right == other[0] and down,
    }[side]


def _holds(box: Box, item: Mapping[str, Any]) -> bool:
    left, top, right, bottom = box
    return bool(left <= item["x"] < right and top <= item["y"] < bottom)
