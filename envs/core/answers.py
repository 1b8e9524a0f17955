"""Reading an action from free text: forgiving about form, strict about meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adaptarium.envs.core.errors import nearest

LONGEST = 20_000  # characters that are read of an answer; longer ones keep their end
_LABEL = re.compile(
    r"^\W*(?:final\s+)?(?:action|answer|move|choice)\s*(?:is)?\s*[:=]\s*(.+)$", re.I
)
_APOSTROPHE = re.compile("['\u2019]")  # "I'll" is one word
_WORD = re.compile(r"(?<!\w)-[0-9]+|[a-z]+|[0-9]+")  # "-1" is no action 1
# Words that may surround an action without changing it.
_FILLER = frozenset(
    ("a", "action", "am", "and", "answer", "choice", "choose", "do", "final", "go", "going", "i")
    + ("ill", "is", "it", "let", "lets", "me", "move", "my", "next", "now", "number", "option")
    + ("please", "step", "take", "the", "then", "to", "turn", "want", "will", "with", "would")
)


@dataclass(frozen=True)
class Invalid:
    """An answer that is no action.

    Attributes:
        reason: What is wrong with it, naming the answer and the nearest valid choice.
        expected: The grammar of a valid answer.
    """

    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.reason} {self.expected}"


def grammar(names: Sequence[str]) -> str:
    """What a valid answer looks like."""
    numbered = ", ".join(f"{name} ({number})" for number, name in enumerate(names))
    return f"Answer with one action, by name or number: {numbered}."


def parse_choice(
    text: object, names: Sequence[str], synonyms: Mapping[str, str] | None = None
) -> int | Invalid:
    """The number of the action that ``text`` names; never raises.

    Case, punctuation, quotes, markup and polite words do not matter. Of several lines, the last
    that says ``action: ...`` counts. A text with any other word, with two different actions, or
    with the same one twice, is invalid.

    Args:
        text: The answer.
        names: The actions in the order of their numbers.
        synonyms: Other spellings (lower case words) of some names; those of absent names are
            ignored.
    """
    if not isinstance(text, str):
        reason = f"Expected text, got {type(text).__name__}."
        return Invalid(reason, grammar(names))
    phrase = _labelled(text[-LONGEST:])
    words = _WORD.findall(_APOSTROPHE.sub("", phrase.lower().replace("_", " ")))
    found = _choices(words, _spellings(names, synonyms or {}), names)
    if isinstance(found, str):
        return Invalid(found, grammar(names))
    return found


def _labelled(text: str) -> str:
    """The part after the last ``action:``, or the whole text."""
    labelled = [match.group(1) for line in text.splitlines() if (match := _LABEL.match(line))]
    return labelled[-1] if labelled else text


def _spellings(names: Sequence[str], synonyms: Mapping[str, str]) -> dict[tuple[str, ...], int]:
    """Words to action numbers; a real name is never overruled by a synonym."""
    numbers = {name: number for number, name in enumerate(names)}
    known = {tuple(_WORD.findall(name.lower())): number for name, number in numbers.items()}
    for words, name in synonyms.items():
        if name in numbers:
            known.setdefault(tuple(words.split()), numbers[name])
    return known


def _choices(
    words: list[str], spellings: Mapping[tuple[str, ...], int], names: Sequence[str]
) -> int | str:
    """The one action in ``words``, or the reason why there is none."""
    longest = max(len(spelling) for spelling in spellings)
    found: list[tuple[int, tuple[str, ...]]] = []  # the action, and how it is called
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            spelling = tuple(words[at : at + length])
            number = spellings.get(spelling)
            if number is not None:
                bare = tuple(word for word in spelling if word not in _FILLER)
                found.append((number, bare or spelling))
                at += length
                break
        else:
            word = words[at]
            at += 1
            if word.isdigit():
                if len(word) > 9 or int(word) >= len(names):
                    return f"There is no action {word[:20]}: the last one is {len(names) - 1}."
                found.append((int(word), (str(int(word)),)))
            elif word not in _FILLER:
                return _unknown(word, words, spellings, names)
    return _only(found, names)


def _only(found: Sequence[tuple[int, tuple[str, ...]]], names: Sequence[str]) -> int | str:
    """The one action found: a number and its name, or two names of it, are one.

    The same word twice may ask for two steps: which is meant cannot be known.
    """
    different = sorted({number for number, _ in found})
    if not different:
        return "The answer names no action."
    if len(different) > 1:
        listed = " and ".join(names[number] for number in different[:4])
        return f"The answer names several actions ({listed}): give exactly one."
    if len(set(found)) < len(found):
        name = names[different[0]]
        return f"The answer names {name!r} {len(found)} times: one answer is one step."
    return different[0]


def _unknown(
    word: str,
    words: Sequence[str],
    spellings: Mapping[tuple[str, ...], int],
    names: Sequence[str],
) -> str:
    by_phrase = {" ".join(spelling): number for spelling, number in spellings.items()}
    # The word first: in a phrase, polite words would count for the likeness too.
    close = nearest(word[:60], by_phrase, 1) or nearest(" ".join(words)[:60], by_phrase, 1)
    shown = " ".join(words)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    hint = f" Did you mean {names[by_phrase[close[0]]]!r}?" if close else ""
    return f"{shown!r} is no action here.{hint}"
