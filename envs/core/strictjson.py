"""Strict JSON: what the standard library lets through on input is refused here.

Python's ``json`` accepts ``NaN``, duplicate keys, integers of thousands of digits and nesting that
ends in ``RecursionError``. Files are input from strangers, so every reader of this package goes
through :func:`loads`, and every writer through :func:`dumps`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

MAX_DEPTH = 32
"""Deepest nesting of arrays and objects that is read."""

MAX_NUMBER_CHARS = 40
"""Longest number that is read: any 64-bit integer (20) and any ``repr`` of a float (24) fit."""

# A string is skipped whole; the possessive `*+` and the optional end quote keep the scan linear on
# unterminated strings (the decoder reports those).
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class _RefusedError(ValueError):
    """Raised inside the decoder's hooks; never leaves this module."""


def _shown(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:16]}… ({len(text)} characters)"


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_CHARS:
        raise _RefusedError(f"number {_shown(text)} is longer than {MAX_NUMBER_CHARS} characters")
    return int(text)


def _float(text: str) -> float:
    if len(text) > MAX_NUMBER_CHARS:
        raise _RefusedError(f"number {_shown(text)} is longer than {MAX_NUMBER_CHARS} characters")
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"number {text} does not fit a 64-bit float")
    return value


def _constant(text: str) -> NoReturn:
    raise _RefusedError(f"{text} is not JSON; expected a finite number or null")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"key {_shown(key)!r} appears twice in one object")
            seen.add(key)
    return result


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels")
        elif first in "]}":
            depth -= 1


def _check_unicode(text: str, value: Any) -> None:
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise _RefusedError("a \\u escape is half of a surrogate pair") from None


def loads(text: str | bytes, *, what: str, error: Callable[[str], Exception] = ValueError) -> Any:
    """Read one JSON document.

    Args:
        text: The document; bytes must be UTF-8 without a byte-order mark.
        what: Names the document in messages, for example ``"maze.jsonl, line 3"``.
        error: The exception class raised on any refusal, called with one message.

    Returns:
        The value: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``.

    Raises:
        Exception: ``error``, where the text is not JSON, holds ``NaN`` or ``Infinity`` or a number
            that overflows to one, repeats a key, holds a number of over ``MAX_NUMBER_CHARS``
            characters, nests deeper than ``MAX_DEPTH`` or is not valid Unicode.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        _check_depth(text)
        value = _DECODER.decode(text)
        _check_unicode(text, value)
    except UnicodeDecodeError as problem:
        raise error(f"{what}: not UTF-8 text at byte {problem.start}") from None
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise error(f"{what}: not valid JSON: {problem.msg} at {where}") from None
    except _RefusedError as problem:
        raise error(f"{what}: {problem}") from None
    return value


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as plain Python values."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"cannot write a {type(value).__name__} as JSON: {value!r}")


def dumps(value: Any, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Write one JSON document, on a single line unless ``indent`` is given.

    NumPy scalars and arrays are written as numbers and lists. ``sort_keys`` sorts the keys of every
    object, so that equal values give equal text.

    Raises:
        ValueError: The value holds NaN or an infinity.
        TypeError: The value holds something that JSON has no form for.
    """
    try:
        return json.dumps(
            value,
            ensure_ascii=False,
            allow_nan=False,
            indent=indent,
            sort_keys=sort_keys,
            default=_plain,
        )
    except ValueError as problem:
        raise ValueError(f"cannot write as JSON: {problem}") from None
