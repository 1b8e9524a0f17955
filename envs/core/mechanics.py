"""Composing a family's step from its table of mechanics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adaptarium.envs.core.compiling import kernel

Mechanic = Callable[..., Any]


def compose(table: Sequence[tuple[int, Mechanic]]) -> Mechanic:
    """One kernel ``step(w, i)`` that runs the mechanics of ``table`` in order.

    Args:
        table: (bit, mechanic) pairs; a mechanic runs where ``w.rules[i].active`` has its bit, or
            always when the bit is 0. Each mechanic has the signature ``(w, i)``.
    """
    (bit, first), *rest = table
    head = _guarded(bit, first)
    return _then(head, compose(rest)) if rest else head


def _guarded(bit: int, mechanic: Mechanic) -> Mechanic:
    if bit == 0:
        return mechanic

    @kernel
    def guarded(w, i):  # type: ignore[no-untyped-def]
        if w.rules[i].active & bit:
            mechanic(w, i)

    return guarded


def _then(first: Mechanic, second: Mechanic) -> Mechanic:
    @kernel
    def both(w, i):  # type: ignore[no-untyped-def]
        first(w, i)
        second(w, i)

    return both
