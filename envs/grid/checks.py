"""Checks of the parts of a readable level: each refuses with one clear ``LevelError``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.envs.core.errors import LevelError, nearest


def sized(what: str, value: Any, least: int, most: int, parts: str) -> None:
    """Refuse what is no list of ``least`` to ``most`` parts."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise LevelError(f"{what}: expected a list of {parts}, got {show(value)}")
    if not least <= len(value) <= most:
        number = str(least) if least == most else f"{least} to {most}"
        raise LevelError(f"{what}: expected {number} {parts}, got {len(value)}")


def integer(what: str, value: Any, least: int, most: int) -> int:
    """``value``, where it is an integer from ``least`` to ``most``."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise LevelError(f"{what} = {show(value)}: expected an integer from {least} to {most}")
    if not least <= value <= most:
        close = min(max(int(value), least), most)
        raise LevelError(
            f"{what} = {show(value)}: expected {least} to {most}; the nearest valid is {close}"
        )
    return int(value)


def named(what: str, value: Any, names: Sequence[str]) -> int:
    """The number of a name; the number itself is accepted too."""
    if isinstance(value, str):
        if value in names:
            return names.index(value)
        close = nearest(value, names, 1)
        # The likely one first; the others are named too, for it may be none that was meant.
        *most, last = (repr(name) for name in dict.fromkeys([*close, *names]))
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise LevelError(f"{what} = {show(value)}: expected {', '.join(most)} or {last}{hint}")
    return integer(what, value, 0, len(names) - 1)


def known_keys(what: str, item: Mapping[Any, Any], keys: Sequence[str]) -> None:
    """Refuse keys that are none of ``keys``."""
    for key in item:
        if key not in keys:
            close = difflib.get_close_matches(str(key)[:40], keys, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(keys)}"
            raise LevelError(f"{what}: unknown key {show(key)}; {hint}")


def show(value: Any) -> str:
    """``value`` as a message shows it: never too long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text)} characters)"


def name_of(what: str, number: int, names: Sequence[str]) -> str:
    """The name that a number stands for."""
    return names[integer(what, number, 0, len(names) - 1)]
