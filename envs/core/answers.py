"""Reading an action from free text: forgiving about form, strict about meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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


# ---- continuous actions ----

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?")
_LONGEST_NUMBERS = 400  # characters of an action in numbers


def vector_grammar(names: Sequence[str], components: Sequence[str]) -> str:
    """What a valid answer looks like where actions are continuous."""
    numbers = ", ".join(f"{name} 0.5" for name in components)
    return f"{grammar(names)} Or give each part a number from -1 to 1: {numbers}."


def parse_vector(
    text: object,
    choices: Mapping[str, Sequence[float]],
    components: Sequence[str],
    synonyms: Mapping[str, str] | None = None,
) -> npt.NDArray[np.float32] | Invalid:
    """The continuous action that ``text`` names, by a word or in numbers; never raises.

    Numbers are given as ``throttle 0.5, steer -0.25``, each part once in any order, or in square
    brackets, ``[0.5, -0.25]``, in the order of the parts.

    Args:
        text: The answer; else as for :func:`parse_choice`.
        choices: The actions that have names, in the order of their numbers: (components,) each.
        components: The names of the parts, single words in lower case.
        synonyms: As for :func:`parse_choice`.

    Returns:
        (components,) float32 in [-1, 1], or why there is none.
    """
    names, expected = list(choices), vector_grammar(list(choices), components)
    if isinstance(text, str):
        phrase = _labelled(text[-LONGEST:]).strip().lower()
        found = _numbers(phrase, components)
        if isinstance(found, str):
            return Invalid(found, expected)
        if found is not None:
            return np.array(found, np.float32)
    number = parse_choice(text, names, synonyms)
    if isinstance(number, Invalid):
        return Invalid(number.reason, expected)
    return np.array(choices[names[number]], np.float32)


def _numbers(phrase: str, components: Sequence[str]) -> list[float] | str | None:
    """The parts that a phrase gives numbers; why it is no action; None where it gives none."""
    if len(phrase) > _LONGEST_NUMBERS:
        return None
    tight = re.fullmatch(r"\W*?\[([^\[\]]*)\]\W*", phrase)
    if tight:
        given = [part.strip() for part in tight[1].split(",")]
        named = dict(zip(components, given, strict=False)) if len(given) == len(components) else {}
        if not named:
            return f"The answer gives {len(given)} numbers, expected {len(components)}."
    else:
        parts = re.findall(rf"\b({'|'.join(components)})\b\s*[:=]?\s*([-+.0-9e]+)", phrase)
        if not parts:
            return None
        named = {name: value.removesuffix(".") for name, value in parts}
        if sorted(name for name, _ in parts) != sorted(components):
            return f"Expected each of {', '.join(components)} once with a number."
    return _checked(named, components)


def _checked(named: Mapping[str, str], components: Sequence[str]) -> list[float] | str:
    found = []
    for name in components:
        if not _NUMBER.fullmatch(named[name]) or len(named[name]) > 40:
            return f"{name} = {named[name][:40]!r} is no number."
        value = float(named[name])
        if not -1.0 <= value <= 1.0:
            close = max(-1.0, min(value, 1.0))
            return f"{name} = {value:g}: expected -1 to 1; the nearest valid is {close:g}."
        found.append(value)
    return found


def told(action: Any, menu: Sequence[str]) -> str:
    """An action in words that are read as it: its entry of the menu, or its numbers."""
    if np.ndim(action) == 0:
        return menu[int(action)]
    return f"[{', '.join(repr(float(value)) for value in action)}]"


def plain(action: Any) -> Any:
    """An action as JSON holds it."""
    return np.asarray(action).tolist()
