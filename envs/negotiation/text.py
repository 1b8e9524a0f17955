"""The text face of the negotiation family: description, its inverse, and what can be said.

An answer is a sentence: "I offer 12", "I accept", "I walk away". Polite words do not matter; two
offers in one answer, or none, are refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation.layout import SIGNALS
from adaptarium.envs.negotiation.manual import manual, menu, parties_of

Observation = Mapping[str, Any]

_SYNONYMS = {
    "pass": "wait",
    "say nothing": "wait",
    "silence": "wait",
    "agree": "accept",
    "agreed": "accept",
    "deal": "accept",
    "accept your offer": "accept",
    "accept the offer": "accept",
    "accept that offer": "accept",
    "leave": "walk away",
    "quit": "walk away",
    "walk": "walk away",
    "no deal": "walk away",
    "walk away from this": "walk away",
}
_OFFERING = ("propose {}", "suggest {}", "offer you {}", "offer a price of {}", "price {}")

_TABLE, _OWN, _OTHERS = "On the table: ", "Your last offer: ", "Last offers of the others: "
_SIGNALS, _UTILITIES, _THEIRS = "Signals: ", "Your utilities: ", "Utilities of the others: "


class Text:
    """A negotiation in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._menu = menu(world)
        self._synonyms = dict(_SYNONYMS)
        for name in self._menu:
            if name.startswith("offer "):
                number = name.removeprefix("offer ")
                self._synonyms.update({words.format(number): name for words in _OFFERING})

    def manual(self) -> str:
        """The world completely: goal, actions, view, protocol, players, rewards, every factor."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._menu)

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none; never raises."""
        return parse_choice(text, self._menu, self._synonyms)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat.
        """
        return "\n".join(self._lines(observation, agent))

    def _lines(self, seen: Observation, agent: int) -> Iterator[str]:
        table, own, *others = (int(number) for number in seen["offers"])
        parties = parties_of(self.world)
        names = [f"player_{(agent + 1 + j) % parties}" for j in range(len(others))]
        yield f"{_TABLE}{_offered(table)}."
        yield f"{_OWN}{_offered(own)}."
        told = (f"{name}: {_offered(last)}" for name, last in zip(names, others, strict=True))
        yield f"{_OTHERS}{'; '.join(told)}."
        signals = zip(SIGNALS, _digits(seen["signals"]), strict=True)
        yield f"{_SIGNALS}{', '.join(f'{name} {value}' for name, value in signals)}."
        yield f"{_UTILITIES}{_values(seen['utilities'])}."
        if "others" in seen:
            rows = np.asarray(seen["others"]).reshape(len(others), -1)
            theirs = (f"{name}: {_values(row)}" for name, row in zip(names, rows, strict=True))
            yield f"{_THEIRS}{'; '.join(theirs)}."

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        others = [part.split(": ")[1] for part in _after(lines, _OTHERS).split("; ")]
        offers = [_after(lines, _TABLE), _after(lines, _OWN), *others]
        signals = [part.rsplit(" ", 1)[1] for part in _after(lines, _SIGNALS).split(", ")]
        found: dict[str, Any] = {
            "offers": np.array([_number(offer) for offer in offers], np.int64),
            "signals": np.array(signals, np.float32),
            "utilities": _numbers(_after(lines, _UTILITIES)),
        }
        if any(line.startswith(_THEIRS) for line in lines):
            rows = [part.split(": ")[1] for part in _after(lines, _THEIRS).split("; ")]
            found["others"] = np.concatenate([_numbers(row) for row in rows])
        return found


def _offered(number: int) -> str:
    """``offer 12``: an outcome plus one, as observations hold it."""
    return f"offer {number - 1}" if number else "nothing"


def _number(words: str) -> int:
    return 0 if words == "nothing" else int(words.removeprefix("offer ")) + 1


def _digits(values: Any) -> list[str]:
    """Numbers with enough digits for the same float32."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return [np.format_float_positional(value, unique=True, trim="-") for value in flat]


def _values(utilities: Any) -> str:
    """Utilities in the order of the offers' numbers."""
    return ", ".join(_digits(utilities))


def _numbers(words: str) -> npt.NDArray[np.float32]:
    return np.array(words.split(", "), np.float32)


def _after(lines: Sequence[str], start: str) -> str:
    for line in lines:
        if line.startswith(start):
            return line.removeprefix(start).removesuffix(".")
    raise ValueError(f"the text holds no line that begins with {start!r}")
