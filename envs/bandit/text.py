"""The text face of the bandit family: description, its inverse, and the action menu."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.bandit.layout import SIGNALS
from adaptarium.envs.bandit.manual import manual, menu
from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World

Observation = Mapping[str, Any]
Numbers = npt.NDArray[np.float32]

_VERBS = {"arm": "pull", "play": "pull", "look at": "watch", "observe": "watch", "best": "declare"}
_LAST, _RESULTS, _SIGNALS = "Last action: ", "Results: ", "Signals: "
_CONTEXT, _TALLIES, _MEANS = "Context: ", "Tally: ", "Means: "


class Text:
    """A bandit in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._menu = menu(world)
        self._synonyms = {
            f"{word} {name.rsplit(' ', 1)[1]}": name
            for name in self._menu
            for word, verb in _VERBS.items()
            if name.startswith(verb)
        }

    def manual(self) -> str:
        """The world completely: goal, actions, view, dynamics, rewards, time, every factor."""
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
            agent: The seat; there is one.
        """
        return "\n".join(self._lines(observation))

    def _lines(self, seen: Observation) -> Iterator[str]:
        last = int(seen["last_action"])
        name = self._menu[last - 1] if last <= len(self._menu) else "unknown"
        yield f"{_LAST}{f'{name} ({last - 1})' if last else 'none'}."
        yield f"{_RESULTS}{_results(np.asarray(seen['feedback'], np.float32))}."
        signals = zip(SIGNALS, _digits(seen["signals"]), strict=True)
        yield f"{_SIGNALS}{', '.join(f'{name} {value}' for name, value in signals)}."
        if "context" in seen:
            yield f"{_CONTEXT}{', '.join(_digits(seen['context']))}."
        if "tallies" in seen:
            rows = [_digits(row) for row in np.asarray(seen["tallies"]).reshape(-1, 2)]
            told = (f"arm {a}: {n} with mean {mean}" for a, (n, mean) in enumerate(rows))
            yield f"{_TALLIES}{'; '.join(told)}."
        if "means" in seen:
            yield f"{_MEANS}{', '.join(_digits(seen['means']))}."

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        last = _after(lines, _LAST)
        signals = [part.rsplit(" ", 1)[1] for part in _after(lines, _SIGNALS).split(", ")]
        found: dict[str, Any] = {
            "last_action": np.int64(0 if last == "none" else int(last.rsplit("(", 1)[1][:-1]) + 1),
            "feedback": _feedback(_after(lines, _RESULTS)),
            "signals": np.array(signals, np.float32),
        }
        if _has(lines, _CONTEXT):
            found["context"] = np.array(_after(lines, _CONTEXT).split(", "), np.float32)
        if _has(lines, _TALLIES):
            rows = [part.split(": ")[1] for part in _after(lines, _TALLIES).split("; ")]
            pairs = [row.split(" with mean ") for row in rows]
            found["tallies"] = np.array(pairs, np.float32).reshape(-1)
        if _has(lines, _MEANS):
            found["means"] = np.array(_after(lines, _MEANS).split(", "), np.float32)
        return found


def _digits(values: Any) -> list[str]:
    """Numbers with enough digits for the same float32."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return [np.format_float_positional(value, unique=True, trim="-") for value in flat]


def _results(feedback: Numbers) -> str:
    """``arm 3 paid 1; -; -``: a place a row of the array."""
    rows = [_digits(row) for row in feedback.reshape(-1, 2)]
    return "; ".join(
        f"arm {int(arm) - 1} paid {payoff}" if arm != "0" else "-" for arm, payoff in rows
    )


def _feedback(words: str) -> Numbers:
    rows = [part.split(" ") for part in words.split("; ")]
    table = [
        [int(row[1]) + 1, float(np.float32(row[3]))] if len(row) == 4 else [0, 0] for row in rows
    ]
    return np.array(table, np.float32).reshape(-1)


def _has(lines: Sequence[str], start: str) -> bool:
    return any(line.startswith(start) for line in lines)


def _after(lines: Sequence[str], start: str) -> str:
    for line in lines:
        if line.startswith(start):
            return line.removeprefix(start).removesuffix(".")
    raise ValueError(f"the text holds no line that begins with {start!r}")
