"""Threads that share what a learner has to do, so that the result is that of one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


class Team:
    """The calling thread and some more, which work on shares of one job.

    What the shares are does not depend on the number of threads, so neither do the results. Torch
    itself is to use one thread: its own are worth less, and change the order of sums.

    Args:
        threads: How many there are, the calling one among them.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._others = ThreadPoolExecutor(threads - 1, "adaptarium") if threads > 1 else None

    def map(self, work: Callable[[Item], Found], shares: Sequence[Item]) -> list[Found]:
        """``[work(share) for share in shares]``, by all threads."""
        if self._others is None or len(shares) < 2:
            return [work(share) for share in shares]

        def turns(first: int) -> list[Found]:
            return [work(share) for share in shares[first :: self.threads]]

        waiting = [self._others.submit(turns, first) for first in range(1, self.threads)]
        found = [turns(0), *(one.result() for one in waiting)]
        return [found[i % self.threads][i // self.threads] for i in range(len(shares))]

    def close(self) -> None:
        """Stop the other threads."""
        if self._others is not None:
            self._others.shutdown()
