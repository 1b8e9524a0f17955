"""Jobs in worker processes: one that dies takes only its own job with it.

A pool of the standard library is broken as a whole when one of its workers is killed, and does not
say which job that worker had; so each worker here is a process with a pipe of its own. Workers are
spawned, not forked: a fork would copy threads' locks in whatever state they are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from adaptarium.evaluation.failures import described
from adaptarium.evaluation.place import NOWHERE, Place, keep_in, told

Listener = Callable[[str], None]

LOOK_SECONDS = 1.0
"""How often workers are looked at: a dead one's pipe stays open where it had children itself."""


@dataclass(frozen=True)
class Job:
    """Something to do.

    Attributes:
        label: What it is called in a failure.
        call: Does it; can be pickled, is given a listener, and its value can be pickled too.
        lane: Jobs of one lane are done one after the other; empty: beside any others.
    """

    label: str
    call: Callable[[Listener], Any]
    lane: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a value, or in words why there is none."""

    value: Any = None
    failure: str | None = None


def carry_out(
    jobs: deque[Job], workers: int, listener: Listener = lambda _: None
) -> Iterator[tuple[Job, Outcome]]:
    """Do all jobs, and those that the caller adds to ``jobs`` while it goes through the outcomes.

    Args:
        jobs: Taken from the left.
        workers: Worker processes at most; 0 does the jobs in this process.
        listener: Told what the jobs tell theirs.

    Yields:
        Every job with its outcome, in the order in which they are finished.
    """
    if workers:
        yield from _Crew(workers, listener).carry_out(jobs)
        return
    while jobs:
        job = jobs.popleft()
        yield job, _outcome(job, listener)


def _outcome(job: Job, listener: Listener) -> Outcome:
    try:
        return Outcome(job.call(listener))
    except Exception as problem:  # agents and environments of others may raise anything
        return Outcome(failure=described(problem))


class _Crew:
    """Up to ``size`` workers, each with at most one job."""

    def __init__(self, size: int, listener: Listener) -> None:
        self._size, self._listener = size, listener
        self._workers: list[_Worker] = []

    def carry_out(self, jobs: deque[Job]) -> Iterator[tuple[Job, Outcome]]:
        try:
            while jobs or any(worker.job for worker in self._workers):
                self._hand_out(jobs)
                yield from self._finished()
        finally:
            for worker in self._workers:
                worker.end()

    def _hand_out(self, jobs: deque[Job]) -> None:
        idle = [worker for worker in self._workers if worker.job is None]
        for worker in idle:
            worker.look()  # one that was killed between two jobs takes no job with it
        self._bury()
        idle = [worker for worker in idle if worker.alive]
        while (idle or len(self._workers) < self._size) and (job := self._next(jobs)):
            if not idle:
                idle.append(_Worker())
                self._workers += idle
            idle.pop().take(job)

    def _next(self, jobs: deque[Job]) -> Job | None:
        """The first job whose lane is free, taken out of ``jobs``."""
        taken = {worker.job.lane for worker in self._workers if worker.job} - {""}
        for job in jobs:
            if job.lane not in taken:
                jobs.remove(job)
                return job
        return None

    def _finished(self) -> Iterator[tuple[Job, Outcome]]:
        """Wait for news; the jobs that are finished by it."""
        busy = {worker.pipe: worker for worker in self._workers if worker.job}
        connection.wait(busy, LOOK_SECONDS)
        for worker in busy.values():
            job, outcome = worker.job, worker.news(self._listener)
            if outcome is not None and job is not None:
                yield job, outcome

    def _bury(self) -> None:
        for worker in [worker for worker in self._workers if not worker.alive]:
            worker.end()
            self._workers.remove(worker)


class _Worker:
    """A process that does one job after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.job: Job | None = None
        self.alive = True
        self._said = ""
        self._place = context.RawArray("q", NOWHERE)
        self._process = context.Process(target=_serve, args=(theirs, self._place))
        self._process.start()
        theirs.close()

    def take(self, job: Job) -> None:
        """Begin a job."""
        self.job, self._said = job, ""
        self._place[:] = NOWHERE
        try:
            self.pipe.send(job)
        except OSError:  # it is dead, as the next look at it will find
            pass

    def look(self) -> None:
        """Note whether the process still runs."""
        self.alive = self._process.is_alive()

    def news(self, listener: Listener) -> Outcome | None:
        """Pass on what the job tells; its outcome once it has one."""
        try:
            while self.pipe.poll():
                message = self.pipe.recv()
                if isinstance(message, Outcome):
                    self.job = None
                    return message
                self._said = message
                listener(message)
        except (EOFError, OSError):
            return self._died()
        return None if self._process.is_alive() else self._died()

    def _died(self) -> Outcome:
        self.job, self.alive = None, False
        self._process.join(LOOK_SECONDS)
        status = self._process.exitcode or 0
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        last = f" (it said last: {self._said})" if self._said else ""
        where = told(self._place)
        return Outcome(failure=f"its worker process was ended {how}{where}{last}")

    def end(self) -> None:
        """Leave no process behind."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.pipe.close()


def _serve(pipe: connection.Connection, place: Place) -> None:
    """What a worker does: jobs, until it is killed or nobody is left to give it one."""
    keep_in(place)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        except Exception as problem:  # for example an agent's module that is not found here
            pipe.send(Outcome(failure=described(problem)))
        else:
            pipe.send(_outcome(job, pipe.send))


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers: they watch it themselves."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
