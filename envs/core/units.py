"""Generators as programs of their own: a world compiles the generator that it uses, no other.

A family's generators hold more kernels than its play. Each is compiled, and cached on disk, when a
world first needs it; the driver calls it by its address, which stands in ``w.units``. An edit of a
generator then compiles that generator anew and nothing else. On a GPU, where no address of another
program can be called, and in plain Python, all generators are part of the one program.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from adaptarium.envs.core.compiling import Entry, kernel, modules_of, source_digest
from adaptarium.envs.core.family import Family
from adaptarium.envs.core.layout import Workspace

_ROW = np.uint64(0)


@intrinsic
def call_unit(typingctx, code, w, i, k):  # type: ignore[no-untyped-def]
    """Call the generator at the address ``code`` for slot ``i`` and level row ``k``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        word = ir.IntType(64)
        function = ir.FunctionType(word, [args[1].type, word, word])
        return builder.call(builder.inttoptr(args[0], function.as_pointer()), args[1:])

    return types.int64(types.uint64, w, types.uint64, types.uint64), codegen


@kernel
def generate(w, i, k):  # type: ignore[no-untyped-def]
    """Run the generator whose number is in the slot's knobs; False where it is not at hand."""
    number = w.knobs[i].generator
    if number < 0 or number >= w.units.shape[0] or w.units[number] == 0:
        return False
    return call_unit(w.units[number], w, i, k) != 0


class Units:
    """The generators of one family, compiled one by one.

    Args:
        family: The family.

    Attributes:
        entries: Generator number -> its entry point, of those used so far.
    """

    def __init__(self, family: Family) -> None:
        self._family = family
        self.entries: dict[int, Entry] = {}

    def equip(self, w: Workspace, numbers: Iterable[int]) -> None:
        """Write the addresses of generators into ``w.units``, compiling what is not yet compiled.

        Args:
            w: A workspace with a place for each generator of the family in ``units``.
            numbers: The generators that its levels come from.
        """
        places = range(len(w.units))
        wanted = [at for at in sorted(set(numbers)) if at in places and not w.units[at]]
        for number in wanted:
            w.units[number] = self._entry(number).address(w, _ROW, _ROW)

    def _entry(self, number: int) -> Entry:
        if number not in self.entries:
            generator = self._family.generator_module().GENERATORS[number]
            plain = generator.program()
            label = f"the {self._family.name} generator {generator.name}"
            self.entries[number] = Entry(plain, label, source_digest(modules_of([plain])))
        return self.entries[number]
