"""The threads that share a batch: they spin briefly between rounds, then sleep."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from adaptarium.envs.core import threads
from adaptarium.envs.core.compiling import Bound, Entry, source_digest
from adaptarium.envs.core.threads import DONE, GENERATION, MODE, OP, STOP, STRIDE

LINE = 64
"""Shares begin at multiples of so many slots: no two threads write to one cache line."""


@functools.cache
def _entries() -> tuple[Entry, Entry]:
    digest = source_digest([threads.__name__])
    return Entry(threads.lead, "threads", digest), Entry(threads.serve, "the worker loop", digest)


def shares(slots: int, workers: int) -> list[int]:
    """Where the shares of the leader and of each worker begin, and where the last one ends."""
    each = -(-slots // (workers + 1))
    if each > LINE:
        each = -(-each // LINE) * LINE
    return [min(each * k, slots) for k in range(workers + 1)] + [slots]


class Crew:
    """The worker threads of one batch in one process.

    Threads do not survive a fork, so a crew knows its process and is made anew in a child.

    Args:
        driver: The family's driver, bound to the batch's workspace.
        slots: Number of slots.
        workers: Threads beside the calling one.
    """

    def __init__(self, driver: Bound, slots: int, workers: int) -> None:
        self.pid = os.getpid()
        self._driver = driver  # keeps the memory of the batch alive
        self._workers, self._shares = workers, shares(slots, workers)
        self._control = np.zeros(DONE + STRIDE * workers, np.int64)
        lead, serve = (entry.bind(0, 0, self._control, 0, 0, 0) for entry in _entries())
        self._code = (driver.function_pointer(), *driver.addresses(), self._control)
        self._lead = functools.partial(lead, *self._code, workers, 0, self._shares[1])
        self._wake = [threading.Event() for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._run, args=(serve, t), daemon=True, name=f"adaptarium-{t}")
            for t in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, serve: Callable[..., Any], worker: int) -> None:
        wake, control, mine = self._wake[worker], self._control, DONE + STRIDE * worker
        share = self._shares[worker + 1], self._shares[worker + 2]
        while serve(*self._code, worker, *share):
            wake.clear()
            if control[GENERATION] == control[mine] and not control[STOP]:
                wake.wait()

    def advance(self, op: int, mode: int) -> None:
        """Run one round over all slots and wait for every worker."""
        control = self._control
        control[OP], control[MODE] = op, mode
        control[GENERATION] += 1
        for wake in self._wake:
            wake.set()
        if not self._lead():
            while not self._finished():
                time.sleep(0)  # a worker that slept needs the GIL to wake up

    def _finished(self) -> bool:
        control = self._control
        return all(control[DONE + STRIDE * t] == control[GENERATION] for t in range(self._workers))

    def close(self) -> None:
        """Stop and join the workers."""
        self._control[STOP] = 1
        for wake in self._wake:
            wake.set()
        for thread in self._threads:
            thread.join()
