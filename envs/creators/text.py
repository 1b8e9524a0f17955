"""The text face of creator markets: description, its inverse, and the action menu."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.creators import codes
from adaptarium.envs.creators.layout import (
    CREATOR_FIELDS,
    GENRE_FIELDS,
    MARKET_FIELDS,
    OWN_FIELDS,
    SIGNALS,
    WORK_FIELDS,
)
from adaptarium.envs.creators.manual import manual, menu

Observation = Mapping[str, Any]

# Parts of an observation that are one line, and those that are a line a row, with their fields.
_LINES = {"signals": ("Market: ", SIGNALS), "own": ("Yourself: ", OWN_FIELDS)}
_TABLES = {
    "genres": ("Genre ", GENRE_FIELDS),
    "creators": ("Creator ", CREATOR_FIELDS),
    "work": ("Your work in genre ", WORK_FIELDS),
    "market": ("All work in genre ", MARKET_FIELDS),
}
_CHOICE = "Ranked by: "
_SYNONYMS = {
    "matrix factorisation": "mf",
    "matrix factorization": "mf",
    "popular": "popularity",
    "wait": "rest",
    "nothing": "rest",
}


class Text:
    """A creator market in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._menu = menu(world)

    def manual(self) -> str:
        """The world completely: goal, actions, view, market, rewards, time, every factor."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._menu)

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none; never raises."""
        return parse_choice(text, self._menu, _SYNONYMS)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat; every seat has the same parts, those of the other role being zero.
        """
        return "\n".join(self._lines(observation))

    def _lines(self, seen: Observation) -> Iterator[str]:
        for name, array in seen.items():
            if name in _LINES:
                start, fields = _LINES[name]
                yield f"{start}{_told(fields, array)}."
            elif name in _TABLES:
                start, fields = _TABLES[name]
                for row, values in enumerate(np.reshape(array, (-1, len(fields)))):
                    yield f"{start}{row}: {_told(fields, values)}."
            else:
                scorer, reranker = (int(value) for value in array)
                yield f"{_CHOICE}{codes.BUILT_IN_SCORERS[scorer]}, {codes.RERANKERS[reranker]}."

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines, found = text.splitlines(), dict[str, Any]()
        for name, (start, fields) in _LINES.items():
            for line in lines:
                if line.startswith(start):
                    found[name] = _numbers(line.removeprefix(start), fields)
        for name, (start, fields) in _TABLES.items():
            rows = [line.split(": ", 1)[1] for line in lines if _is_row(line, start)]
            if rows:
                found[name] = np.concatenate([_numbers(row, fields) for row in rows])
        for line in lines:
            if line.startswith(_CHOICE):
                words = line.removeprefix(_CHOICE).removesuffix(".").split(", ")
                numbers = (codes.BUILT_IN_SCORERS.index(words[0]), codes.RERANKERS.index(words[1]))
                found["choice"] = np.array(numbers, np.int64)
        self._check(found)
        return found

    def _check(self, found: Mapping[str, Any]) -> None:
        """Whether every part of the world's observations was there, whole."""
        space = self.world.family.module("layout").observation_space(self.world.sizes())
        for name, part in space.spaces.items():
            if name not in found:
                raise ValueError(f"the text does not hold {name!r}")
            if found[name].shape != part.shape:
                raise ValueError(f"{name!r} has shape {found[name].shape}, expected {part.shape}")


def _is_row(line: str, start: str) -> bool:
    return line.startswith(start) and line.removeprefix(start).split(":", 1)[0].isdigit()


def _told(fields: Sequence[str], values: Any) -> str:
    """``start 1, elapsed 0.5``, with enough digits for the same float32."""
    digits = (
        np.format_float_positional(value, unique=True, trim="-")
        for value in np.asarray(values, np.float32)
    )
    return ", ".join(f"{name} {value}" for name, value in zip(fields, digits, strict=True))


def _numbers(words: str, fields: Sequence[str]) -> Any:
    """The numbers of what :func:`_told` wrote."""
    parts = words.removesuffix(".").split(", ")
    if len(parts) != len(fields):
        raise ValueError(f"{words!r:.60} holds {len(parts)} numbers, expected {len(fields)}")
    return np.array([part.rsplit(" ", 1)[1] for part in parts], np.float32)
