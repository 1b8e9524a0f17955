"""Missions: what a level asks for in words, as a sentence and as the numbers of its words.

A mission is a template and at most two things that it names, each a tile and a colour. Word numbers
are published and fixed: a word keeps its number for good, new ones are appended. The sentences are
MiniGrid's (minigrid 3.2, ``envs/*.py``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, nearest
from adaptarium.envs.grid import codes

# {colour} and {thing} are those of the first thing named, {colour2} and {thing2} of the second.
# Levels hold the number of a template: append only.
TEMPLATES = (
    "",
    "get to the green goal square",
    "reach the goal",
    "use the key to open the door and then get to the goal",
    "avoid the lava and get to the green goal square",
    "find the opening and get to the green goal square",
    "traverse the rooms to get to the goal",
    "get the {colour} key from the {colour2} room, unlock the {colour} door and go to the goal",
    "open the door",
    "pick up the {colour} {thing}",
    "go to the {colour} {thing}",
    "get a {colour} {thing}",
    "go get a {colour} {thing}",
    "fetch a {colour} {thing}",
    "go fetch a {colour} {thing}",
    "you must fetch a {colour} {thing}",
    "put the {colour} {thing} near the {colour2} {thing2}",
    "open the {colour} door then the {colour2} door",
    "go to the matching object at the end of the hallway",
)
(
    M_NONE,
    M_GET_TO_GOAL,
    M_REACH_GOAL,
    M_USE_KEY,
    M_AVOID_LAVA,
    M_FIND_OPENING,
    M_TRAVERSE,
    M_LOCKED_ROOM,
    M_OPEN_DOOR,
    M_PICK_UP,
    M_GO_TO,
    M_FETCH,
) = range(12)
FETCH_WORDINGS = 5  # templates from M_FETCH on that say the same
M_PUT_NEAR, M_OPEN_DOORS, M_MATCH = 16, 17, 18

# A word's number is its place; 0 is padding. Append only.
_OTHER_WORDS = (
    "wall floor door key ball box goal lava crate ice food start obstacle the a to and then from "
    "of at , get go fetch you must pick up put near open unlock use reach avoid find traverse "
    "opening square room rooms matching object end hallway"
)
VOCABULARY = ("", *codes.COLOURS, *_OTHER_WORDS.split())
MAX_WORDS = 96  # room for words to come, so that the space of observations stays as it is
MISSION_LENGTH = 20
_NUMBER = {word: number for number, word in enumerate(VOCABULARY)}
_SLOTS = ("{colour}", "{thing}", "{colour2}", "{thing2}")
_COLOUR = "|".join(codes.COLOURS)
_THING = "|".join(tile for tile in codes.TILES if tile in _NUMBER)


def _words(sentence: str) -> list[str]:
    return re.findall(r"[^\s,]+|,", sentence)


def _token(word: str) -> int:
    return MAX_WORDS + _SLOTS.index(word) if word in _SLOTS else _NUMBER[word]


def _padded(numbers: Iterable[int]) -> npt.NDArray[np.uint8]:
    row = np.zeros(MISSION_LENGTH, np.uint8)
    found = list(numbers)
    row[: len(found)] = found
    return row


# What the observation kernel writes: (templates, MISSION_LENGTH); from MAX_WORDS on stand the four
# slots, for which it writes the words of the level's own things.
TOKENS = np.array([_padded(map(_token, _words(one))) for one in TEMPLATES], np.int64)
FIRST_COLOUR = _NUMBER[codes.COLOURS[0]]  # the colours' numbers lie side by side
THING_NUMBERS = np.array([_NUMBER.get(tile, 0) for tile in codes.TILES], np.int64)


@functools.lru_cache(maxsize=4096)
def sentence(template: int, noun: int, other: int) -> str:
    """The mission of a level in words.

    Args:
        template: Number of its template.
        noun: The first thing named: tile, and colour in the second byte.
        other: The second.
    """
    return TEMPLATES[template].format(
        colour=codes.COLOURS[noun >> codes.COLOUR_SHIFT],
        thing=codes.TILES[noun & 0xFF],
        colour2=codes.COLOURS[other >> codes.COLOUR_SHIFT],
        thing2=codes.TILES[other & 0xFF],
    )


def read_sentence(words: str) -> tuple[int, int, int]:
    """Template, first and second thing of a mission in words; :func:`sentence` gives it again.

    Raises:
        LevelError: no template reads like this.
    """
    for number, pattern in enumerate(_patterns()):
        match = pattern.fullmatch(words)
        if match is None:
            continue
        found = match.groupdict()
        things = (("colour", "thing"), ("colour2", "thing2"))
        return number, *(_thing(found.get(c), found.get(t)) for c, t in things)  # type: ignore[return-value]
    close = nearest(words, TEMPLATES, 1) or [TEMPLATES[M_PICK_UP]]
    raise LevelError(
        f"mission {words[:80]!r}: expected one of the missions of "
        f"adaptarium.envs.grid.missions.TEMPLATES, such as {close[0]!r}"
    )


def _thing(colour: str | None, tile: str | None) -> int:
    number = codes.COLOURS.index(colour) if colour else 0
    return (codes.TILES.index(tile) if tile else 0) | number << codes.COLOUR_SHIFT


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Each template as a pattern; a slot that comes again must be filled alike."""
    found = []
    for template in TEMPLATES:
        pattern = re.escape(template)
        for slot in _SLOTS:
            name, choices = slot[1:-1], _COLOUR if "colour" in slot else _THING
            first = f"(?P<{name}>{choices})"
            head, *rest = pattern.split(re.escape(slot))
            pattern = head + "".join(
                (first if place == 0 else f"(?P={name})") + part for place, part in enumerate(rest)
            )
        found.append(re.compile(pattern))
    return tuple(found)


def encode(words: str) -> npt.NDArray[np.uint8]:
    """A mission as the (20,) uint8 numbers of its words, padded by zeros.

    Raises:
        LevelError: a word is not in :data:`VOCABULARY`, or there are more than 20.
    """
    found = _words(words)
    unknown = [word for word in found if word not in _NUMBER]
    if unknown or len(found) > MISSION_LENGTH:
        raise LevelError(
            f"mission {words[:80]!r}: expected at most {MISSION_LENGTH} words of "
            f"adaptarium.envs.grid.missions.VOCABULARY, got {unknown[:3] or len(found)}"
        )
    return _padded(_NUMBER[word] for word in found)


def decode(tokens: npt.ArrayLike) -> str:
    """The mission in words that (20,) numbers of words stand for."""
    words = " ".join(VOCABULARY[number] for number in np.asarray(tokens).tolist() if number)
    return words.replace(" ,", ",")
