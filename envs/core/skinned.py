"""A family's text with words or signs swapped: the physics is as it was, what it is called is not.

A swap is a permutation, taken word by word in both directions, so that a description stays true
and complete: swapped back, it is the family's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from adaptarium.envs.core.answers import Invalid, parse_choice

Swap = Mapping[str, str]

_WORD = re.compile(r"[A-Za-z]+")
_SIGN = re.compile(r"(?<!\S)\S(?!\S)")  # between blanks, as the signs of a map stand


def plural(word: str) -> str:
    """The regular plural of a noun."""
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _forms(words: Swap) -> dict[str, str]:
    """A swap of words with their plurals, each also with a capital."""
    both = {**words, **{plural(one): plural(other) for one, other in words.items()}}
    return {**both, **{one.capitalize(): other.capitalize() for one, other in both.items()}}


class SkinnedText:
    """A family's ``Text`` under a skin.

    Args:
        text: The family's own.
        words: Words of it, each with the word that takes its place: a permutation of themselves.
        signs: The same of single signs.
    """

    def __init__(self, text: Any, words: Swap, signs: Swap) -> None:
        self._text = text
        self._words, self._signs = _forms(words), dict(signs)
        self._back = {other: one for one, other in self._words.items()}
        self._signs_back = {other: one for one, other in self._signs.items()}

    def _told(self, text: str) -> str:
        found = _WORD.sub(lambda m: self._words.get(m[0], m[0]), text)
        return _SIGN.sub(lambda m: self._signs.get(m[0], m[0]), found)

    def _meant(self, text: str) -> str:
        found = _SIGN.sub(lambda m: self._signs_back.get(m[0], m[0]), text)
        return _WORD.sub(lambda m: self._back.get(m[0], m[0]), found)

    def manual(self) -> str:
        """The world and its rules in the words of the skin."""
        return self._told(str(self._text.manual()))

    def menu(self) -> list[str]:
        """The names of the actions in the words of the skin."""
        return [self._told(name) for name in self._text.menu()]

    def describe(self, observation: Any, agent: int = 0) -> str:
        """An observation in the words of the skin; :meth:`rebuild` gives it back."""
        return self._told(str(self._text.describe(observation, agent=agent)))

    def rebuild(self, text: str) -> Any:
        """The observation arrays that :meth:`describe` put into ``text``."""
        return self._text.rebuild(self._meant(text))

    def parse(self, text: object) -> Any:
        """The action that ``text`` names in the words of the skin; never raises.

        Where actions have other names, only those count and no other spellings of the old ones.
        """
        return self._read(text, self._text.parse)

    def parse_here(self, text: object, observation: Any, agent: int = 0) -> Any:
        """As :meth:`parse`, beside what a seat sees."""
        own = getattr(self._text, "parse_here", None)
        if own is None:
            return self.parse(text)
        return self._read(text, lambda answer: own(answer, observation, agent=agent))

    def _read(self, text: object, parse: Callable[[object], Any]) -> Any:
        names = list(self._text.menu())
        if self.menu() != names:
            chosen = parse_choice(text, self.menu())
            return chosen if isinstance(chosen, Invalid) else self._text.parse(names[chosen])
        found = parse(self._meant(text) if isinstance(text, str) else text)
        if isinstance(found, Invalid):
            return Invalid(self._told(found.reason), self._told(found.expected))
        return found
