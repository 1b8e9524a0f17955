"""Offers as sentences about issues or items, and back.

Where outcomes are told by values, an offer names each issue once: "I offer price 2, delivery 0 and
warranty 1". Where they are told by shares, it says who gets how many items: "I take 2 books and a
hat", "you get the ball and I keep the rest". Types that it leaves out go to the other one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adaptarium.envs.core.errors import nearest
from adaptarium.envs.core.skinned import plural

ISSUES = ("price", "delivery", "warranty", "quality", "service", "colour", "size", "place")
ITEMS = ("book", "hat", "ball", "pen", "cup", "map", "ring", "lamp")

LONGEST = 400  # characters of an offer in words
_WORD = re.compile(r"-?[0-9]+|[a-z]+")
_APOSTROPHE = re.compile("['\u2019]")  # "I'll" is one word
_COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {"no": 0, "none": 0, "a": 1, "an": 1, "both": 2} | {
    word: n for n, word in enumerate(_COUNTED)
}
_ALL = ("all", "every")
_REST = ("rest", "everything", "else")
_FILLER = frozenset(
    ("and", "at", "be", "can", "could", "for", "get", "gets", "give", "have", "if", "ill", "is")
    + ("keep", "let", "like", "of", "offer", "on", "propose", "suggest", "take", "that", "then")
    + ("to", "value", "want", "we", "will", "with", "would", "action", "answer", "my", "your")
)
_MINE, _YOURS = ("i", "me", "ill", "mine", "my"), ("you", "your", "yours", "youll")


def names_of(shares: bool, issues: int) -> tuple[str, ...]:
    """The names of the issues: single words in lower case.

    Args:
        shares: Outcomes are told by shares: the issues are types of items.
        issues: How many there are.
    """
    return (ITEMS if shares else ISSUES)[:issues]


def items(number: int, name: str) -> str:
    """``2 books``, ``1 book``."""
    return f"{number} {name if number == 1 else plural(name)}"


def told_outcome(values: Sequence[int], shares: bool) -> str:
    """An outcome in words, ``price 2, delivery 0``, or ``2 books, 0 hats`` of the one who looks.

    Args:
        values: A value of each issue, as the one who looks sees it.
        shares: Outcomes are told by shares.
    """
    names = names_of(shares, len(values))
    pairs = zip(values, names, strict=True)
    return ", ".join(items(v, name) if shares else f"{name} {v}" for v, name in pairs)


@dataclass
class _Reading:
    """What has been understood of an offer; ``given`` is by who gets it, 0 the speaker."""

    sizes: Sequence[int]
    names: Sequence[str]
    who: int = 0
    number: int | None = None
    given: list[dict[int, int]] = field(default_factory=lambda: [{}, {}])
    rest: int | None = None

    def give(self, issue: int, number: int) -> str | None:
        """Take note of a value; why it cannot be, or None."""
        name, most = self.names[issue], self.sizes[issue] - 1
        if not 0 <= number <= most:
            return f"{name} {number}: expected 0 to {most}."
        if issue in self.given[self.who]:
            return f"The answer names {name!r} twice."
        self.given[self.who][issue] = number
        self.number = None
        return None


def read_offer(text: object, sizes: Sequence[int], shares: bool) -> list[int] | str | None:
    """The values that an offer in words names.

    Args:
        text: The answer.
        sizes: How many values each issue has; of items, how many there are and one more.
        shares: Outcomes are told by shares.

    Returns:
        A value of each issue, as the speaker sees it; or why it is no offer; or None where no
        issue is named, so that it is no offer in words at all.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    names = names_of(shares, len(sizes))
    known = {name: j for j, name in enumerate(names)}
    known |= {plural(name): j for j, name in enumerate(names)}
    words = _WORD.findall(_APOSTROPHE.sub("", text.lower()))
    if not any(word in known or (shares and word in _REST) for word in words):
        return None
    reading = _Reading(sizes, names)
    listen = _hear_share if shares else _hear_value
    for word in words:
        if problem := listen(reading, word, known):
            return problem
    return _divided(reading) if shares else _valued(reading)


# ---- by values: "price 2" ----


def _hear_value(reading: _Reading, word: str, known: Mapping[str, int]) -> str | None:
    if word in known:
        if reading.number is not None:
            return _valueless(reading)
        reading.number = known[word]
        return None
    if word.lstrip("-").isdigit():
        if reading.number is None:
            return f"{word[:20]}: expected a number after the name of its issue."
        issue, reading.number = reading.number, None
        return reading.give(issue, int(word[:9]))
    return None if word in (*_FILLER, "a", "i", "the", "you", "no") else _unknown(word, known)


def _valueless(reading: _Reading) -> str:
    name = reading.names[reading.number or 0]
    return f"{name}: expected a value after it, 0 to {reading.sizes[reading.number or 0] - 1}."


def _valued(reading: _Reading) -> list[int] | str:
    if reading.number is not None:
        return _valueless(reading)
    missing = [name for j, name in enumerate(reading.names) if j not in reading.given[0]]
    if missing:
        return f"The offer says nothing of {' and '.join(missing)}: give each issue a value."
    return [reading.given[0][j] for j in range(len(reading.sizes))]


# ---- by shares: "2 books" ----

_EVERYTHING, _THE = -1, -2  # "all books"; "the books", but "the book" is one


def _hear_share(reading: _Reading, word: str, known: Mapping[str, int]) -> str | None:
    if word in known:
        return _give_items(reading, word, known[word])
    number = _number_of(word)
    if number is not None:
        if reading.number is not None and (number < 0 or reading.number >= 0):
            return None if number == _THE else f"{word[:20]}: expected an item before it."
        reading.number = number
    elif word in _REST:
        if reading.rest not in (None, reading.who):
            return "The answer gives the rest to both."
        reading.rest, reading.number = reading.who, None
    elif word in _MINE or word in _YOURS:
        reading.who = 0 if word in _MINE else 1
    elif word not in _FILLER:
        return _unknown(word, known)
    return None


def _number_of(word: str) -> int | None:
    """The number that a word stands for; None if it stands for none."""
    if word in _ALL:
        return _EVERYTHING
    if word == "the":
        return _THE
    return int(word[:9]) if word.lstrip("-").isdigit() else _NUMBERS.get(word)


def _give_items(reading: _Reading, word: str, issue: int) -> str | None:
    number, most = reading.number, reading.sizes[issue] - 1
    if number is None:
        return f"{word}: expected how many before it, 0 to {most}."
    if number == _EVERYTHING or (number == _THE and word != reading.names[issue]):
        number = most
    return reading.give(issue, 1 if number == _THE else number)


def _divided(reading: _Reading) -> list[int] | str:
    if reading.number is not None:
        return "The offer ends with a number: expected an item after it."
    mine, yours = reading.given
    for j in mine.keys() & yours.keys():
        if mine[j] + yours[j] != reading.sizes[j] - 1:
            name, most = reading.names[j], reading.sizes[j] - 1
            return f"{name}: {mine[j]} and {yours[j]} make not {most}."
    left = [n for j, n in enumerate(reading.names) if j not in mine and j not in yours]
    if mine and yours and left and reading.rest is None:
        return f"The offer says nothing of {' and '.join(left)}: who gets the rest?"
    keeps = reading.rest == 0 if reading.rest is not None else not mine
    found = []
    for j, size in enumerate(reading.sizes):
        unsaid = size - 1 if keeps else 0
        found.append(mine.get(j, size - 1 - yours[j] if j in yours else unsaid))
    return found


def _unknown(word: str, known: Mapping[str, int]) -> str:
    close = nearest(word[:60], known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{word[:60]!r} is no word of an offer here.{hint}"
