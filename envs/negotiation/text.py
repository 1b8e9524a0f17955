"""The text face of the negotiation family: description, its inverse, and what can be said.

An answer is a sentence: "I offer 12", "I accept", "I walk away"; and, where there are several
issues, "I offer price 2 and delivery 0" or "I take 2 books and a hat". Polite words do not matter;
two offers in one answer, or none, are refused with the reason.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation import codes
from adaptarium.envs.negotiation.layout import SIGNALS
from adaptarium.envs.negotiation.manual import in_words, manual, menu, parties_of, rules_of
from adaptarium.envs.negotiation.sentences import names_of, read_offer, told_outcome

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
_SPOKEN = {
    "ask for your limit": "ask",
    "ask what your limit is": "ask",
    "tell you my limit": "inform",
    "tell my limit": "inform",
    "claim a higher limit": "bluff",
    "lie": "bluff",
    "argue for fairness": "argue",
    "threaten to walk away": "threaten",
    "threaten to leave": "threaten",
}
_OFFERING = ("propose {}", "suggest {}", "offer you {}")
_PRICING = ("offer a price of {}", "price {}")

_TABLE, _OWN, _OTHERS = "On the table: ", "Your last offer: ", "Last offers of the others: "
_ISSUES = "Values of the issues: "
_GIVEN = ("no", "yes")
_CONSENTS = "Consent to what is on the table: "
_TALK = "Messages: "
_SIGNALS, _UTILITIES, _THEIRS = "Signals: ", "Your utilities: ", "Utilities of the others: "


class Text:
    """A negotiation in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._menu = menu(world)
        self._shares = rules_of(world).observation.terms == "shares"
        self._synonyms = {**_SYNONYMS, **_SPOKEN}
        offering = _OFFERING if int(world.sizes()["issues"]) > 1 else _OFFERING + _PRICING
        for name in self._menu:
            if name.startswith("offer "):
                number = name.removeprefix("offer ")
                self._synonyms.update({words.format(number): name for words in offering})

    def manual(self) -> str:
        """The world completely: goal, actions, view, protocol, players, rewards, every factor."""
        return manual(self.world)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._menu)

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none; never raises."""
        return parse_choice(text, self._menu, self._synonyms)

    def parse_here(self, text: object, observation: Observation, agent: int = 0) -> int | Invalid:
        """As :meth:`parse`, offers in the words of the issues included.

        Args:
            text: The answer.
            observation: What the seat sees: which issues there are depends on it.
            agent: The seat.
        """
        if "issues" not in observation:
            return self.parse(text)
        sizes = _sizes(observation)
        found = read_offer(text, sizes, self._shares)
        if found is None:
            return self.parse(text)
        if isinstance(found, str):
            return Invalid(found, in_words(sizes, self._shares))
        outcome = 0
        for size, value in zip(sizes, self._turned(found, sizes, agent), strict=True):
            outcome = outcome * size + value
        return codes.FIRST_OFFER + outcome

    def _turned(self, values: Sequence[int], sizes: Sequence[int], agent: int) -> list[int]:
        """Values as a seat sees them to those of the outcome, or back."""
        turned = self._shares and agent > 0
        return [size - 1 - v if turned else v for size, v in zip(sizes, values, strict=True)]

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat.
        """
        return "\n".join(self._lines(observation, agent))

    def _lines(self, seen: Observation, agent: int) -> Iterator[str]:
        parties = parties_of(self.world)
        names = [f"player_{(agent + 1 + j) % parties}" for j in range(len(seen["offers"]) - 2)]
        table, own, *others = self._offers(seen, agent)
        if "issues" in seen:
            yield f"{_ISSUES}{', '.join(str(int(size)) for size in seen['issues'])}."
        yield f"{_TABLE}{table}."
        yield f"{_OWN}{own}."
        told = (f"{name}: {last}" for name, last in zip(names, others, strict=True))
        yield f"{_OTHERS}{'; '.join(told)}."
        if "consents" in seen:
            given = zip(["you", *names], seen["consents"], strict=True)
            yield f"{_CONSENTS}{', '.join(f'{name} {_GIVEN[int(yes)]}' for name, yes in given)}."
        signals = zip(SIGNALS, _digits(seen["signals"]), strict=True)
        yield f"{_SIGNALS}{', '.join(f'{name} {value}' for name, value in signals)}."
        yield f"{_UTILITIES}{_values(seen['utilities'])}."
        if "others" in seen:
            rows = np.asarray(seen["others"]).reshape(len(others), -1)
            theirs = (f"{name}: {_values(row)}" for name, row in zip(names, rows, strict=True))
            yield f"{_THEIRS}{'; '.join(theirs)}."
        if "issues" in seen:
            yield from self._worths(seen, agent)
        if "talk" in seen:
            yield f"{_TALK}{', '.join(_talk(seen['talk'], names))}."

    def _offers(self, seen: Observation, agent: int) -> list[str]:
        """Each of the offers in words: ``offer 12 (price 2, delivery 0)``, or ``nothing``."""
        told = [f"offer {int(number) - 1}" if number else "nothing" for number in seen["offers"]]
        if "issues" not in seen:
            return told
        sizes = _sizes(seen)
        get = "you get " if self._shares else ""
        found = []
        for words, number in zip(told, seen["offers"], strict=True):
            if number:
                values = [int(v) for v in np.unravel_index(int(number) - 1, sizes)]
                outcome = told_outcome(self._turned(values, sizes, agent), self._shares)
                words = f"{words} ({get}{outcome})"
            found.append(words)
        return found

    def _worths(self, seen: Observation, agent: int) -> Iterator[str]:
        """What single values are worth, where that says all: it follows from the utilities."""
        sizes = _sizes(seen)
        parts = value_worths(seen["utilities"], sizes)
        if parts is None:
            return
        names = names_of(self._shares, len(sizes))
        if self._shares:
            yield f"The pool holds {told_outcome([size - 1 for size in sizes], True)}."
        if self._shares and agent > 0:
            parts = [part[::-1] for part in parts]
        told = (f"{name} {_values(part)}" for name, part in zip(names, parts, strict=True))
        what = "each number of items, from 0 on" if self._shares else "each value, from 0 on"
        yield f"What that sums up, {what}: {'; '.join(told)}."

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        others = [part.split(": ")[1] for part in _after(lines, _OTHERS).split("; ")]
        told = [_after(lines, _TABLE), _after(lines, _OWN), *others]
        signals = [part.rsplit(" ", 1)[1] for part in _after(lines, _SIGNALS).split(", ")]
        found: dict[str, Any] = {
            "offers": np.array([_number(offer) for offer in told], np.int64),
            "signals": np.array(signals, np.float32),
            "utilities": _numbers(_after(lines, _UTILITIES)),
        }
        if any(line.startswith(_THEIRS) for line in lines):
            rows = [part.split(": ")[1] for part in _after(lines, _THEIRS).split("; ")]
            found["others"] = np.concatenate([_numbers(row) for row in rows])
        if any(line.startswith(_CONSENTS) for line in lines):
            given = _after(lines, _CONSENTS).split(", ")
            found["consents"] = np.array([one.endswith("yes") for one in given], np.int64)
        if any(line.startswith(_ISSUES) for line in lines):
            sizes = [int(size) for size in _after(lines, _ISSUES).split(", ")]
            found["issues"] = np.array(sizes, np.int64)
            found["terms"] = np.array(_terms(told[0], len(sizes)), np.int64)
        if any(line.startswith(_TALK) for line in lines):
            talk = [part.rsplit(" ", 1)[1] for part in _after(lines, _TALK).split(", ")]
            found["talk"] = np.array(talk, np.float32)
        return found


def value_worths(utilities: Any, sizes: Sequence[int]) -> list[npt.NDArray[np.float64]] | None:
    """What each value of each issue adds to the utility, the worst 0; None where that is not all.

    Args:
        utilities: (outcomes,) from 0 to 1 in steps of 0.0001.
        sizes: How many values each issue has.

    Returns:
        (size,) for each issue: the utility of an outcome is the sum over its values; None where
        utilities interact, or where the worst of everything is worth something.
    """
    values = np.asarray(utilities, np.float64)[: math.prod(sizes)].reshape(sizes)
    parts = []
    for j in range(len(sizes)):
        others = tuple(axis for axis in range(len(sizes)) if axis != j)
        part = values.min(axis=others)
        parts.append(np.round(part - part.min(), 4))
    total = functools.reduce(np.add.outer, parts)
    return parts if np.abs(total - values).max() < 5e-5 else None


def _sizes(seen: Observation) -> list[int]:
    """How many values each issue of the domain has."""
    return [int(size) for size in seen["issues"] if size]


def _talk(talk: Any, names: Sequence[str]) -> Iterator[str]:
    """Each number of ``talk`` after what it tells."""
    parts = ("last message", "has claimed", "claims")
    told = ["spoken", "empty threat", *(f"{name} {part}" for name in names for part in parts)]
    for words, value in zip(told, _digits(talk), strict=True):
        yield f"{words} {value}"


def _number(words: str) -> int:
    return 0 if words == "nothing" else int(words.split(" ")[1]) + 1


def _terms(words: str, issues: int) -> list[int]:
    """The values plus one that stand in the brackets of an offer, padded."""
    values = [int(value) + 1 for value in re.findall("[0-9]+", words.partition("(")[2])]
    return values + [0] * (issues - len(values))


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
