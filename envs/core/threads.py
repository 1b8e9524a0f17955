"""What the threads that share a batch run: it holds no GIL and calls the compiled driver.

:mod:`adaptarium.envs.core.crew` owns the threads. The driver comes as a pointer to its machine
code, so that this is compiled once, whatever the family. ``control`` is an int64 array of one cache
line a field::

    [0] generation: the leader raises it to start a round
    [8] op  [9] mode  [10] stop
    [16 + 8 t] the generation that worker t has finished
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

GENERATION, OP, MODE, STOP, DONE, STRIDE = 0, 8, 9, 10, 16, 8
SPINS = 500_000  # looks before a thread gives way, some 0.3 ms: waking one up takes 0.05 ms


@intrinsic
def atomic_load(typingctx, array, index):
    """``array[index]`` with acquire order."""

    def codegen(context, builder, signature, args):
        pointer = _element(context, builder, signature, args)
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(array, index), codegen


@intrinsic
def atomic_store(typingctx, array, index, value):
    """``array[index] = value`` with release order."""

    def codegen(context, builder, signature, args):
        builder.store_atomic(args[2], _element(context, builder, signature, args), "release", 8)
        return context.get_dummy_value()

    return types.void(array, index, types.int64), codegen


def _element(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    kind = signature.args[0]
    array = context.make_array(kind)(context, builder, args[0])
    return cgutils.get_item_pointer(context, builder, kind, array, [args[1]], wraparound=False)


@intrinsic
def call_driver(typingctx, code, table, op, mode, lo, hi):
    """Call the driver at the address ``code`` on the workspace at ``table``."""

    def codegen(context, builder, signature, args):
        word = ir.IntType(64)
        function = ir.FunctionType(ir.IntType(8).as_pointer(), [word] * 5)
        builder.call(builder.inttoptr(args[0], function.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6), codegen


def lead(code, table, control, workers, lo, hi):
    """The leader's share of a round that has begun; whether all workers are done by its end."""
    call_driver(code, table, control[OP], control[MODE], lo, hi)
    generation = atomic_load(control, GENERATION)
    done, spins = 0, 0
    while done < workers and spins < SPINS:
        if atomic_load(control, DONE + STRIDE * done) == generation:
            done += 1
        spins += 1
    return done == workers


def serve(code, table, control, worker, lo, hi):
    """Serve rounds until ``SPINS`` looks pass without one; 1 to sleep, 0 to stop."""
    mine = DONE + STRIDE * worker
    spins = 0
    while spins < SPINS:
        if atomic_load(control, STOP):
            return 0
        generation = atomic_load(control, GENERATION)
        if generation == atomic_load(control, mine):
            spins += 1
            continue
        call_driver(code, table, control[OP], control[MODE], lo, hi)
        atomic_store(control, mine, generation)
        spins = 0
    return 1
