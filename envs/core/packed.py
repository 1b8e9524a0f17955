"""Passing a workspace between kernels as one pointer.

Numba passes a NamedTuple of arrays by value: some sixty arrays become over four hundred arguments
of every call that is not inlined, which made a step twenty times slower and the compilation minutes
long. :func:`pack` writes the tuple once into the frame of the entry point and hands on a pointer;
``w.core`` then loads just what is used. The memory never changes after that, and the loads say so
(``invariant.load``), so that the optimiser keeps them in registers across stores.
"""

from __future__ import annotations

import hashlib
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
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


@intrinsic
def pack(typingctx, w):  # type: ignore[no-untyped-def]
    """A pointer to a copy of the NamedTuple ``w`` that lives as long as the calling function."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return cgutils.alloca_once_value(builder, args[0])

    return PackedType(w)(w), codegen
