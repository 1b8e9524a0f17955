"""The text face of the puzzle family: manual, description, its inverse, and the action menu."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.puzzle import codes
from adaptarium.envs.puzzle.manual import manual, meaning
from adaptarium.envs.puzzle.rules import Rules, has_answer

Observation = Mapping[str, Any]
Array = npt.NDArray[Any]

# Other words for a verb.
_LIKE = {"reveal": ("open", "click", "dig"), "flip": ("turn over", "turn up"), "answer": ("name",)}


class Text:
    """A puzzle in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
    """

    def __init__(self, world: World) -> None:
        if not isinstance(world.rules, Rules):
            raise TypeError(f"{world.id}: expected the rules of the puzzle family")
        self.world, self._rules = world, world.rules
        self._menu, self._synonyms = list[str](), dict[str, str]()
        sizes = world.sizes()
        for verb in world.rules.action.vocabulary:
            for target, short in _targets(verb, sizes):
                name = f"{verb} {target}".strip()
                self._menu.append(name)
                self._synonyms[f"{verb} {short}".strip()] = name
                for other in _LIKE.get(verb, ()):
                    self._synonyms[f"{other} {target}"] = name
                    self._synonyms[f"{other} {short}"] = name

    def manual(self) -> str:
        """The world completely: goal, actions, signs, every factor, rewards, time."""
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
            observation: As in ``layout.observation_space``.
            agent: The seat that sees it; there is one.
        """
        board = np.asarray(observation["board"])
        lines = [f"Board of {board.shape[0]} rows and {board.shape[1]} columns:", *_signs(board)]
        seen = set(board.ravel().tolist())
        if "goal" in observation:
            goal = np.asarray(observation["goal"])
            lines += ["Goal:", *_signs(goal)]
            seen |= set(goal.ravel().tolist())
        legend = (f"{codes.SIGNS[code]} {meaning(self._rules, code)}" for code in sorted(seen))
        lines.append(f"Legend: {'; '.join(legend)}")
        if "rules" in observation:
            lines += self._told(np.asarray(observation["rules"]))
        left, lamp, first = (int(number) for number in observation["signals"])
        lines.append(f"Left to do: {left}.")
        if lamp:
            lines.append(f"The lamp is {codes.LAMPS[lamp]}.")
        if first:
            lines.append("An inner episode begins.")
        return "\n".join(lines)

    def _told(self, rules: Array) -> Iterator[str]:
        """A line for each rule: what it takes from where, or what it asks of the switches."""
        names = codes.CONDITIONS if has_answer(self._rules) else ()
        for number, table in enumerate(rules.tolist()):
            words = (
                f"{names[what] if what < len(names) else what}{f'+{more}' if more else ''}"
                for what, more in table
            )
            yield f"Rule {number}: {' '.join(words)}"

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        lines = text.splitlines()
        found: dict[str, Any] = {}
        at, match = _find(lines, r"Board of (\d+) rows and (\d+) columns:")
        height = int(match[1])
        found["board"] = _codes(lines[at + 1 : at + 1 + height])
        if "Goal:" in lines:
            goal, _ = _find(lines, r"Goal:")
            found["goal"] = _codes(lines[goal + 1 : goal + 1 + height])
        rules = [line.split(": ", 1)[1] for line in lines if re.match(r"Rule \d+: ", line)]
        if rules:
            pairs = [[_pair(word) for word in line.split(" ")] for line in rules]
            found["rules"] = np.array(pairs, np.uint8)
        _, told = _find(lines, r"Left to do: (\d+)\.")
        lamps = [lamp for lamp, name in enumerate(codes.LAMPS) if f"The lamp is {name}." in lines]
        signals = [int(told[1]), *(lamps or [0]), "An inner episode begins." in lines]
        found["signals"] = np.array(signals, np.int32)
        return found


def _targets(verb: str, sizes: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """The targets of a verb in full and in short: ``row 1 column 2`` and ``1 2``."""
    if verb in codes.CELL_VERBS:
        for y in range(sizes["rows"]):
            for x in range(sizes["columns"]):
                yield f"row {y} column {x}", f"{y} {x}"
    elif verb in codes.RULE_VERBS:
        yield from ((f"rule {number}", str(number)) for number in range(sizes["rules"]))
    else:
        yield "", ""


def _signs(board: Array) -> list[str]:
    return [" ".join(codes.SIGNS[code] for code in row) for row in board.tolist()]


def _codes(rows: Sequence[str]) -> Array:
    return np.array(
        [[codes.SIGNS.index(sign) for sign in row.split(" ")] for row in rows], np.uint8
    )


def _pair(word: str) -> tuple[int, int]:
    what, _, more = word.partition("+")
    number = codes.CONDITIONS.index(what) if what in codes.CONDITIONS else int(what)
    return number, int(more or 0)


def _find(lines: Sequence[str], pattern: str) -> tuple[int, re.Match[str]]:
    for at, line in enumerate(lines):
        match = re.fullmatch(pattern, line)
        if match:
            return at, match
    raise ValueError(f"the text holds no line such as {pattern!r}")
