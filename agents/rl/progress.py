"""How a run goes: rows of progress, and checkpoints between them that cost little."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adaptarium.agents.rl.runs import Row, RunFolder
from adaptarium.agents.rl.shifts import Follower
from adaptarium.envs.core.errors import DivergenceError

Listener = Callable[[Row], None]
Finished = tuple[float, int, bool]  # an episode's mean return over the seats, length, success

# A checkpoint is left out while writing them would take more than this share of the time: a kill
# loses at most the work of ten times as long as one takes to write, or one row of progress.
CHECKPOINT_SHARE = 0.1


class Progress:
    """Counters of a run, its rows of progress, and when it is time for a checkpoint.

    Args:
        folder: The run's folder.
        listener: Called with every new row.
        log_every: Steps between two rows.

    Attributes:
        counters: ``steps``, ``episodes``, ``updates``, ``seconds`` as of the last checkpoint.
        reported: The step of the last row.
        follower: Moves shifts that follow the rows.
    """

    def __init__(self, folder: RunFolder, listener: Listener, log_every: int) -> None:
        self.folder, self.listener, self.log_every = folder, listener, log_every
        self.counters: dict[str, Any] = {"steps": 0, "episodes": 0, "updates": 0, "seconds": 0.0}
        self.reported = 0
        self.follower: Follower | None = None
        self._earlier = 0.0
        self._begun = self._saved_at = time.perf_counter()
        self._cost = 0.0  # seconds that the last checkpoint took

    def go_on(self, counters: Mapping[str, Any]) -> None:
        """Count on from a checkpoint's counters."""
        self.counters = {name: counters[name] for name in self.counters}
        self.reported = int(counters["steps"])
        self._earlier = float(counters["seconds"])

    def is_due(self, steps: int) -> bool:
        """Whether a row is due after ``steps`` steps."""
        return steps // self.log_every > self.reported // self.log_every

    def report(
        self,
        steps: int,
        episodes: Sequence[Finished],
        figures: Mapping[str, float] | None = None,
    ) -> Row:
        """Write the row of ``steps`` about the episodes that ended since the last one.

        Args:
            steps: Steps so far.
            episodes: Those episodes.
            figures: What was measured beyond, by the folder's further columns.
        """
        mean, low, high = mean_interval([episode[0] for episode in episodes])
        self.reported = steps
        self.counters["episodes"] += len(episodes)
        seconds = self._seconds()
        row: Row = {
            "step": steps,
            "episodes": self.counters["episodes"],
            "return_mean": mean,
            "return_low": low,
            "return_high": high,
            "success": float(np.mean([e[2] for e in episodes])) if episodes else None,
            "fps": round(steps / seconds),
            "seconds": seconds,
            **(figures or {}),
        }
        self.folder.append(row)
        if self.follower is not None:
            self.follower.follow(self.folder.rows())
        self.listener(row)
        return row

    def is_worth_saving(self, steps: int) -> bool:
        """Whether a checkpoint at ``steps`` is new, lies on a row, and costs little enough."""
        if not steps == self.reported > self.counters["steps"]:
            return False
        return time.perf_counter() - self._saved_at >= self._cost / CHECKPOINT_SHARE

    def save(self, steps: int, updates: int, capture: Callable[[], Mapping[str, Any]]) -> None:
        """Write a checkpoint.

        Args:
            steps: Steps so far.
            updates: Updates so far.
            capture: Gives all that going on needs, but the counters.
        """
        started = time.perf_counter()
        self.counters |= {"steps": steps, "updates": updates, "seconds": self._seconds()}
        self.folder.save_checkpoint({**capture(), "counters": dict(self.counters)})
        self._saved_at = time.perf_counter()
        self._cost = self._saved_at - started

    def diverged(self, steps: int, what: str) -> DivergenceError:
        """The error for a run whose numbers are NaN or infinite."""
        kept = self.counters["steps"]
        checkpoint = f"its checkpoint of step {kept:,} is kept" if kept else "it has no checkpoint"
        return DivergenceError(
            f"{self.folder.path}: training diverged at step {steps:,}: {what} became NaN or "
            f"infinite; {checkpoint}. Expected for example a smaller learning_rate, in a new folder"
        )

    def _seconds(self) -> float:
        """Training time so far, earlier processes included."""
        return self._earlier + time.perf_counter() - self._begun


def mean_interval(values: list[float]) -> tuple[float | None, float | None, float | None]:
    """Mean and its 95 % interval by the normal approximation; None where undefined."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    half = 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half
