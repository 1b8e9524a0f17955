"""The threads that share a batch: they spin briefly between rounds, then sleep."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from adaptarium.envs.core.threads import DONE, GENERATION, MODE, OP, STOP, STRIDE

POLLS = 50
"""Looks at a worker before the main thread begins to give way."""


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
            polls = 0
            while control[DONE + STRIDE * worker] != generation:
                polls += 1
                if polls > POLLS:  # a worker that slept needs the GIL to wake up
                    time.sleep(0)

    def close(self) -> None:
        """Stop and join the workers."""
        self._control[STOP] = 1
        for wake in self._wake:
            wake.set()
        for thread in self._threads:
            thread.join()
