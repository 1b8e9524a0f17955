"""The worker loop of threads that share a batch: it spins briefly on an atomic counter.

The loop is compiled together with the driver and holds no GIL; :mod:`adaptarium.envs.core.crew`
owns the threads. ``control`` is an int64 array of one cache line a field::

    [0] generation   the main thread raises it to start a round
    [8] op  [9] mode  [10] stop
    [16 + 8 t] generation that worker t has finished
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

GENERATION, OP, MODE, STOP, DONE, STRIDE = 0, 8, 9, 10, 16, 8
SPINS = 20_000


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


def advance(*_args: Any) -> None:
    """Stand-in for the family's driver."""
    raise NotImplementedError("the worker template must be specialised to a family")


def serve(w, control, worker, workers):
    """Serve rounds until ``SPINS`` polls pass without one; returns 1 to sleep, 0 to stop."""
    mine = DONE + STRIDE * worker
    n = w.core.shape[0]
    lo, hi = (n * (worker + 1)) // (workers + 1), (n * (worker + 2)) // (workers + 1)
    spins = 0
    while spins < SPINS:
        if atomic_load(control, STOP):
            return 0
        generation = atomic_load(control, GENERATION)
        if generation == atomic_load(control, mine):
            spins += 1
            continue
        advance(w, control[OP], control[MODE], lo, hi)
        atomic_store(control, mine, generation)
        spins = 0
    return 1
