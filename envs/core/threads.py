"""Threads that share a batch: workers that spin briefly on an atomic counter, then sleep.

The worker loop is compiled together with the driver and holds no GIL. ``control`` is an int64 array
of one cache line a field::

    [0] generation   the main thread raises it to start a round
    [8] op  [9] mode  [10] stop
    [16 + 8 t] generation that worker t has finished
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
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


class Crew:
    """The worker threads of one batch in one process.

    Threads do not survive a fork, so a crew knows its process and is made anew in a child.
    """

    def __init__(self, w: Any, advance: Callable[..., Any], program: Any, workers: int) -> None:
        self.pid = os.getpid()
        self._w, self._advance, self._workers = w, advance, workers
        self._control = np.zeros(DONE + STRIDE * workers, np.int64)
        self._serve = program.serve(w, self._control)
        self._share = w.core.shape[0] // (workers + 1)
        self._wake = [threading.Event() for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._run, args=(t,), daemon=True, name=f"adaptarium-{t}")
            for t in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, worker: int) -> None:
        wake, control, mine = self._wake[worker], self._control, DONE + STRIDE * worker
        while self._serve(self._w, control, worker, self._workers):
            wake.clear()
            if control[GENERATION] == control[mine] and not control[STOP]:
                wake.wait()

    def advance(self, op: int, mode: int) -> None:
        """Run one round over all slots and wait for every worker."""
        control = self._control
        control[OP], control[MODE] = op, mode
        generation = int(control[GENERATION]) + 1
        control[GENERATION] = generation
        for wake in self._wake:
            wake.set()
        self._advance(self._w, op, mode, 0, self._share)
        for worker in range(self._workers):
            while control[DONE + STRIDE * worker] != generation:
                pass

    def close(self) -> None:
        """Stop and join the workers."""
        self._control[STOP] = 1
        for wake in self._wake:
            wake.set()
        for thread in self._threads:
            thread.join()
