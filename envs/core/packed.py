"""Passing a workspace to kernels, and between them, as one pointer.

Numba passes a NamedTuple of arrays by value: some sixty arrays become over four hundred arguments
of every call that is not inlined, which made a step twenty times slower and the compilation minutes
long; unpacking them took half of a single environment's step. :func:`header_table` writes the
headers of all arrays once, when a batch is made, and a kernel receives its address; ``w.core`` then
loads just what is used. The table never changes, and the loads say so (``invariant.load``), so that
the optimiser keeps them in registers across stores. On a GPU the table lies in device memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    unbox,
)


class PackedType(types.Type):
    """A pointer to a NamedTuple's value; its fields are read as attributes."""

    def __init__(self, inner: types.NamedTuple) -> None:
        self.inner = inner
        # A short name keeps the mangled symbols, and with them the compilation, short.
        digest = hashlib.sha256(repr(inner).encode()).hexdigest()[:16]
        super().__init__(name=f"Packed{digest}")


@register_model(PackedType)
class _PackedModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: PackedType) -> None:
        pointer = manager.lookup(kind.inner).get_value_type().as_pointer()
        super().__init__(manager, kind, pointer)


@infer_getattr
class _PackedAttributes(AttributeTemplate):
    key = PackedType

    def generic_resolve(self, kind: PackedType, name: str) -> Any:
        """The type of field ``name``: nested tuples stay packed."""
        if name not in kind.inner.fields:
            return None
        found = kind.inner.types[kind.inner.fields.index(name)]
        return PackedType(found) if isinstance(found, types.NamedTuple) else found


@lower_getattr_generic(PackedType)
def _read_field(context: Any, builder: Any, kind: PackedType, value: Any, name: str) -> Any:
    position = kind.inner.fields.index(name)
    pointer = cgutils.gep_inbounds(builder, value, 0, position)
    if isinstance(kind.inner.types[position], types.NamedTuple):
        return pointer
    return _load(builder, pointer, context.get_value_type(kind.inner.types[position]))


def _load(builder: Any, pointer: Any, kind: Any) -> Any:
    """Load a value leaf by leaf, so that unused leaves cost nothing."""
    if isinstance(kind, ir.BaseStructType):
        parts = list(kind.elements)
    elif isinstance(kind, ir.ArrayType):
        parts = [kind.element] * kind.count
    else:
        leaf = builder.load(pointer)
        leaf.set_metadata("invariant.load", builder.module.add_metadata([]))
        return leaf
    result = ir.Constant(kind, ir.Undefined)
    for position, part in enumerate(parts):
        inner = _load(builder, cgutils.gep_inbounds(builder, pointer, 0, position), part)
        result = builder.insert_value(result, inner, position)
    return result


@unbox(PackedType)
def _from_address(kind: PackedType, number: Any, c: Any) -> Any:
    """Python hands over the address of a table as an integer."""
    address = c.pyapi.long_as_ulonglong(number)
    return NativeValue(c.builder.inttoptr(address, c.context.get_value_type(kind)))


def leaves(w: Any) -> list[npt.NDArray[Any]]:
    """The arrays of a workspace in the order in which their headers lie in memory."""
    if isinstance(w, tuple):
        return [array for part in w for array in leaves(part)]
    return [w]


def _address(array: npt.NDArray[Any]) -> int:
    return int(array.ctypes.data)


def header_table(
    w: Any, address: Callable[[npt.NDArray[Any]], int] = _address
) -> npt.NDArray[np.uint64]:
    """The headers of a workspace's arrays, as Numba's array structure lies in memory.

    Two unused pointers, size, item size, address, shape and strides: eight bytes each, one array
    after another.

    Args:
        w: A NamedTuple of arrays and of such tuples.
        address: Where an array's data is; a GPU's twins lie elsewhere.
    """
    words: list[int] = []
    for array in leaves(w):
        words += [0, 0, array.size, array.itemsize, address(array)]
        words += [*array.shape, *array.strides]
    return np.array(words, np.uint64)
