"""Kernels run as plain Python: under a debugger, and on Numba's simulator of a GPU.

``NUMBA_DISABLE_JIT=1`` makes every kernel an ordinary function. What it then reads must behave as
arrays do in machine code: records have attributes, and small integers widen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


class InterpretedArray:
    """An array as a kernel sees it.

    Numbers are read as Python's own, which widen as Numba's do; only ``uint64`` keeps its type, as
    it wraps around.
    """

    def __init__(self, array: npt.NDArray[Any]) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> Any:
        return _as_in_kernel(self._array[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._array[index] = value

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self._array.shape


class _InterpretedRecord:
    """One record of an array; writing an attribute writes the array."""

    __slots__ = ("_void",)

    def __init__(self, void: np.void) -> None:
        object.__setattr__(self, "_void", void)

    def __getattr__(self, name: str) -> Any:
        return _as_in_kernel(self._void[name])

    def __setattr__(self, name: str, value: Any) -> None:
        self._void[name] = value


def _as_in_kernel(value: Any) -> Any:
    if isinstance(value, np.void):
        return _InterpretedRecord(value)
    if isinstance(value, np.ndarray):
        return InterpretedArray(value)
    return value if isinstance(value, np.uint64) else value.item()


def interpreted(
    w: Any, memory: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None = None
) -> Any:
    """A workspace of the same fields that kernels can read and write as Python.

    Args:
        w: A NamedTuple of arrays and of such tuples.
        memory: Takes an array for the one to use in its place (a simulated GPU's twin).
    """
    if isinstance(w, tuple):
        parts = [interpreted(part, memory) for part in w]
        return type(w)(*parts) if hasattr(w, "_fields") else tuple(parts)
    return InterpretedArray(memory(w) if memory else w)
