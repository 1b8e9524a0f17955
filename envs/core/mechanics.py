"""Composing a family's step from its table of mechanics."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

from adaptarium.envs.core.compiling import kernel

Mechanic = Callable[..., Any]
CAPACITY = 32


def compose(table: Sequence[tuple[int, Mechanic]]) -> Mechanic:
    """One kernel ``step(w, i)`` that runs the mechanics of ``table`` in order.

    The calls stand side by side in one function: nesting them would optimise every mechanic again
    at each level.

    Args:
        table: (bit, mechanic) pairs, at most 32; a mechanic runs where ``w.rules[i].active`` has
            its bit, or always when the bit is 0. Each mechanic has the signature ``(w, i)``.

    Raises:
        ValueError: the table is longer than the template.
    """
    if len(table) > CAPACITY:
        raise ValueError(f"{len(table)} mechanics: expected at most {CAPACITY}; raise CAPACITY")
    scope: dict[str, Any] = {"__name__": __name__}
    for place in range(CAPACITY):
        bit, mechanic = table[place] if place < len(table) else (0, _nothing)
        scope[f"bit{place}"], scope[f"do{place}"] = bit, mechanic
    return kernel(types.FunctionType(_template.__code__, scope, "step"))


@kernel
def _nothing(w, i):  # type: ignore[no-untyped-def]
    """Fills the unused places of the template."""


# ruff: noqa: F821 (the names are bound by `compose`)
# mypy: disable-error-code=name-defined
def _template(w, i):  # type: ignore[no-untyped-def]
    active = w.rules[i].active
    if active & bit0 == bit0:
        do0(w, i)
    if active & bit1 == bit1:
        do1(w, i)
    if active & bit2 == bit2:
        do2(w, i)
    if active & bit3 == bit3:
        do3(w, i)
    if active & bit4 == bit4:
        do4(w, i)
    if active & bit5 == bit5:
        do5(w, i)
    if active & bit6 == bit6:
        do6(w, i)
    if active & bit7 == bit7:
        do7(w, i)
    if active & bit8 == bit8:
        do8(w, i)
    if active & bit9 == bit9:
        do9(w, i)
    if active & bit10 == bit10:
        do10(w, i)
    if active & bit11 == bit11:
        do11(w, i)
    if active & bit12 == bit12:
        do12(w, i)
    if active & bit13 == bit13:
        do13(w, i)
    if active & bit14 == bit14:
        do14(w, i)
    if active & bit15 == bit15:
        do15(w, i)
    if active & bit16 == bit16:
        do16(w, i)
    if active & bit17 == bit17:
        do17(w, i)
    if active & bit18 == bit18:
        do18(w, i)
    if active & bit19 == bit19:
        do19(w, i)
    if active & bit20 == bit20:
        do20(w, i)
    if active & bit21 == bit21:
        do21(w, i)
    if active & bit22 == bit22:
        do22(w, i)
    if active & bit23 == bit23:
        do23(w, i)
    if active & bit24 == bit24:
        do24(w, i)
    if active & bit25 == bit25:
        do25(w, i)
    if active & bit26 == bit26:
        do26(w, i)
    if active & bit27 == bit27:
        do27(w, i)
    if active & bit28 == bit28:
        do28(w, i)
    if active & bit29 == bit29:
        do29(w, i)
    if active & bit30 == bit30:
        do30(w, i)
    if active & bit31 == bit31:
        do31(w, i)
