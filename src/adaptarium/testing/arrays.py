"""The arrays of a workspace as a tree: walking, keeping, comparing and poisoning them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch


def leaves(tree: Any) -> Iterator[npt.NDArray[Any]]:
    """Every array of a (nested) NamedTuple or tuple of arrays."""
    if isinstance(tree, np.ndarray):
        yield tree
        return
    for part in tree:
        yield from leaves(part)


def same_bytes(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Equal bit by bit: NaN equals NaN, and padding between fields counts."""
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


def snapshot(batch: Batch, *names: str) -> dict[str, bytes]:
    """The bytes of the named fields of ``batch.w`` (all but scratch where none is named)."""
    chosen = names or tuple(name for name in batch.w._fields if name != "scratch")
    return {
        name: b"".join(np.ascontiguousarray(array).tobytes() for array in leaves(field))
        for name in chosen
        for field in (getattr(batch.w, name),)
    }


def observations(batch: Batch) -> dict[str, npt.NDArray[Any]]:
    """Copies of the observations, (n, A, …)."""
    return {name: array.copy() for name, array in batch.obs.items()}


def fill(array: npt.NDArray[Any], value: int) -> None:
    """Overwrite every field of every element, records included."""
    if array.dtype.names is None:
        array[...] = value
        return
    for name in array.dtype.names:
        fill(array[name], value)


def differs(one: npt.NDArray[Any], other: npt.NDArray[Any], rows: int = 1) -> npt.NDArray[np.bool_]:
    """Where rows of two arrays differ; the first ``rows`` axes count rows. NaN equals NaN.

    The arrays have the same shape, or broadcast to one another.
    """
    if one.dtype.names is not None:
        parts = [differs(one[name], other[name], rows) for name in one.dtype.names]
        return np.any(parts, axis=0)
    changed = one != other
    if np.issubdtype(one.dtype, np.floating):
        changed &= ~(np.isnan(one) & np.isnan(other))
    return changed.reshape(*changed.shape[:rows], -1).any(axis=-1)
