"""The text face of the market family: description, its inverse, and the action menu."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.market.codes import ANSWERS, MAX_TOPICS, TOLD
from adaptarium.envs.market.layout import SIGNALS
from adaptarium.envs.market.manual import manual, menu, subjects

Observation = Mapping[str, Any]

_CANDIDATE, _SLATE, _SIGNALS, _GENRES = "Candidate ", "Last slate: ", "Signals: ", "Genres: "
# Parts of an observation that a world may add, and how their lines begin.
_ADDED = {
    "preferences": "Preferences: ",
    "tastes": "Tastes: ",
    "satiation": "Satiation: ",
    "chances": "Chances of a click: ",
}
_TOLD = "Told: "
_NONE = "none"
_QUESTION = re.compile(
    r"\bask\b(?:\s+(?:about|for|if|like|likes|the|they|user|whether|you))+\s+(genre|topic)\b", re.I
)
_LIST = re.compile(r"\b(?:show|recommend|display|offer)\b(?P<slate>[\s\w,]*)", re.I)
# Words that a sentence may have between the candidates of a slate.
_BETWEEN = re.compile(r"\b(?:candidates?|items?|numbers?|and|then|first|slate|the)\b|,", re.I)


class Text:
    """A market in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._menu = menu(world)

    def manual(self) -> str:
        """The world completely: goal, actions, view, user, rewards, time, every factor."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._menu)

    def parse(self, text: object) -> int | Invalid:
        """The slate that ``text`` names, or why it names none; never raises.

        ``I would show candidates 2, 0 and 1`` is ``show 2 0 1``, ``ask about genre 3`` is
        ``ask genre 3``.
        """
        if isinstance(text, str):
            text = _QUESTION.sub(r"ask \1", _LIST.sub(_plain_slate, text))
        return parse_choice(text, self._menu)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat; there is one.
        """
        return "\n".join(self._lines(observation))

    def _lines(self, seen: Observation) -> Iterator[str]:
        for c, genre in enumerate(np.asarray(seen["genres"])):
            yield f"{_CANDIDATE}{c}: {_candidate(seen, c) if genre else _NONE}."
        yield f"{_SLATE}{'; '.join(_places(seen))}."
        signals = zip(SIGNALS, _digits(seen["signals"]), strict=True)
        yield f"{_SIGNALS}{', '.join(f'{name} {value}' for name, value in signals)}."
        rows = zip(_digits(seen["exposures"]), _digits(seen["rates"]), strict=True)
        told = (f"{g}: share {share}, clicks {rate}" for g, (share, rate) in enumerate(rows))
        yield f"{_GENRES}{'; '.join(told)}."
        if "told" in seen:
            answers = zip(subjects(len(seen["told"])), seen["told"], strict=True)
            said = (f"{subject} {TOLD[int(answer)]}" for subject, answer in answers)
            yield f"{_TOLD}{', '.join(said)}."
        for name, start in _ADDED.items():
            if name in seen:
                yield f"{start}{', '.join(_digits(seen[name]))}."

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines, expected = text.splitlines(), self.world.sizes()["candidates"]
        found = _candidates(lines)
        if (count := len(found["genres"])) != expected:
            raise ValueError(f"the text holds {count} candidates, expected {expected}")
        places = [_place(part) for part in _after(lines, _SLATE).split("; ")]
        found["slate"] = np.array([genre for genre, _ in places], np.int64)
        found["answers"] = np.array([answer for _, answer in places], np.int64)
        signals = [part.rsplit(" ", 1)[1] for part in _after(lines, _SIGNALS).split(", ")]
        found["signals"] = np.array(signals, np.float32)
        genres = [part.split(" ") for part in _after(lines, _GENRES).split("; ")]
        found["exposures"] = np.array([row[2].removesuffix(",") for row in genres], np.float32)
        found["rates"] = np.array([row[4] for row in genres], np.float32)
        if any(line.startswith(_TOLD) for line in lines):
            said = [part.rsplit(" ", 1)[1] for part in _after(lines, _TOLD).split(", ")]
            found["told"] = np.array([TOLD.index(word) for word in said], np.int64)
        for name, start in _ADDED.items():
            if any(line.startswith(start) for line in lines):
                found[name] = np.array(_after(lines, start).split(", "), np.float32)
        return found


def _plain_slate(match: re.Match[str]) -> str:
    """``show 2, 0 and 1`` as the menu has it: ``show 2 0 1``."""
    return f"show {' '.join(_BETWEEN.sub(' ', match['slate']).split())} "


def _digits(values: Any) -> list[str]:
    """Numbers with enough digits for the same float32."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return [np.format_float_positional(value, unique=True, trim="-") for value in flat]


def _candidate(seen: Observation, c: int) -> str:
    """``genre 2, quality 0.5, topics 0.1 -0.3, shown 1, clicked 0``."""
    parts = [f"genre {int(seen['genres'][c]) - 1}", f"quality {_digits(seen['quality'][c])[0]}"]
    topics = np.asarray(seen["topics"]).reshape(-1, MAX_TOPICS)[c]
    parts.append(f"topics {' '.join(_digits(topics))}")
    parts += [f"{name} {_digits(seen[name][c])[0]}" for name in ("shown", "clicked")]
    return ", ".join(parts)


def _candidates(lines: Sequence[str]) -> dict[str, Any]:
    """The arrays of the candidates' lines."""
    rows = [line.split(": ", 1)[1].removesuffix(".") for line in lines if _is_candidate(line)]
    table = [_fields(row) for row in rows]
    found: dict[str, Any] = {
        "genres": np.array([int(row["genre"][0]) + 1 if row else 0 for row in table], np.int64)
    }
    for name in ("quality", "shown", "clicked"):
        found[name] = np.array([row[name][0] if row else "0" for row in table], np.float32)
    topics = [row["topics"] if row else ["0"] * MAX_TOPICS for row in table]
    found["topics"] = np.array(topics, np.float32).reshape(-1)
    return found


def _is_candidate(line: str) -> bool:
    return line.startswith(_CANDIDATE) and ": " in line


def _fields(row: str) -> dict[str, list[str]]:
    """Names and numbers of a candidate; nothing of a missing one."""
    if row == _NONE:
        return {}
    parts = [part.split(" ") for part in row.split(", ")]
    return {words[0]: words[1:] for words in parts}


def _places(seen: Observation) -> Iterator[str]:
    """``genre 1 clicked`` or ``nothing`` for each place of the last slate."""
    for genre, answer in zip(seen["slate"], seen["answers"], strict=True):
        yield f"genre {int(genre) - 1} {ANSWERS[int(answer)]}" if genre else ANSWERS[0]


def _place(words: str) -> tuple[int, int]:
    """Genre plus one, and answer."""
    if words == ANSWERS[0]:
        return 0, 0
    _, genre, answer = words.split(" ")
    return int(genre) + 1, ANSWERS.index(answer)


def _after(lines: Sequence[str], start: str) -> str:
    for line in lines:
        if line.startswith(start):
            return line.removeprefix(start).removesuffix(".")
    raise ValueError(f"the text holds no line that begins with {start!r}")
