"""The grounds of a life: the environments of the block that is on, and how the others were left."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from adaptarium.agents.rl.shifts import next_position
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.streams.envs import make_env
from adaptarium.evaluation.streams.learning_env import LearningEnv, restore_clock
from adaptarium.evaluation.streams.plan import Segment, Stream
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.schedules import ProgressSchedule


def seed_at(seed: int, step: int) -> int:
    """The seed of the environments that are made ``step`` steps into a life of run ``seed``."""
    return run_seed(run_seed(seed) + step + 1)


class Grounds:
    """The environments that one learner with one seed meets.

    Environments of others cannot be saved: they begin anew after every evaluation, so that a life
    that was interrupted is the same as one that was not.

    Args:
        stream: The stream.
        seed: The seed of the life.

    Attributes:
        env: The environments of the block that is on; none before the first.
    """

    def __init__(self, stream: Stream, seed: int) -> None:
        self._stream, self._seed = stream, seed
        self.env: LearningEnv | None = None
        self._block, self._begin, self._task = -1, -1, -1
        self._left: dict[int, bytes] = {}  # by task: the environments as they were left
        self._clocks: dict[int, Clock] = {}
        self._scores: dict[str, list[float]] = {}  # by shift that is driven: since its last move

    def enter(self, segment: Segment) -> LearningEnv:
        """The environments of a segment: the same ones as before, or new ones."""
        foreign = isinstance(self._stream.tasks[segment.task].world, ForeignWorld)
        goes_on = segment.begin == self._begin if foreign else segment.block == self._block
        if self.env is not None and goes_on:
            return self.env
        self._leave()
        env = self._make(segment)
        if segment.task in self._left:
            env.come_back(self._left[segment.task])
        return env

    def _leave(self) -> None:
        if self.env is not None and self._stream.tasks[self._task].plan is not None:
            self._left[self._task] = self.env.state()
        self.close()

    def _make(self, segment: Segment) -> LearningEnv:
        task = self._stream.tasks[segment.task]
        inner = make_env(task.learnt, self._stream.file.num_envs, task.plan)
        env = LearningEnv(inner, seed_at(self._seed, segment.begin), task.plan)
        self.env, self._task = env, segment.task
        self._block, self._begin = segment.block, segment.begin
        self._clocks[segment.task] = env.clock
        return env

    def clock(self, task: int) -> Clock:
        """Where the shifts of a task stand: at their beginning before its first block."""
        if task not in self._clocks:
            plan = self._stream.tasks[task].plan
            shifts = () if plan is None else plan.shifts
            self._clocks[task] = Clock(shifts, self._stream.file.num_envs)
        return self._clocks[task]

    def follow(self, task: int, scores: Sequence[float]) -> None:
        """Move the shifts of the task that is learnt, where they follow the learner's progress.

        Args:
            task: The task.
            scores: What the learner has scored in the segment that is over; nothing where no
                episode ended in it.
        """
        if self.env is None:
            return
        for shift, track in zip(self.env.clock.shifts, self.env.clock.tracks, strict=True):
            if not isinstance(shift.when, ProgressSchedule):
                continue
            seen = self._scores.setdefault(f"{task}.{shift.name}", [])
            seen += scores
            moves = track.switches(0)
            position = next_position(shift.when, moves[-1][1] if moves else 0.0, seen)
            if position is not None:
                self.env.follow(shift.name, position)
                seen.clear()

    # ---- saving ----

    def save(self, folder: Path) -> None:
        """Write all that going on needs."""
        if self.env is not None:
            write_atomically(folder / "env.npz", self.env.state())
        for task, data in self._left.items():
            if task != self._task:
                write_atomically(folder / f"env-{task}.npz", data)
        write_atomically(folder / "scores.json", dumps(self._scores) + "\n")

    def load(self, folder: Path, segment: Segment) -> LearningEnv:
        """Go on from what was saved after ``segment``; its environments."""
        self.close()
        scores = loads(
            (folder / "scores.json").read_bytes(), what="scores.json", error=ResultsError
        )
        self._scores = {str(name): list(map(float, each)) for name, each in scores.items()}
        self._left, self._clocks = {}, {}
        for path in folder.glob("env-*.npz"):
            task = int(path.stem.partition("-")[2])
            self._left[task] = path.read_bytes()
            with np.load(io.BytesIO(self._left[task]), allow_pickle=False) as saved:
                restore_clock(self.clock(task), saved)
        env = self._make(segment)
        env.restore((folder / "env.npz").read_bytes())
        return env

    def close(self) -> None:
        """Stop the environments."""
        if self.env is not None:
            self.env.close()
            self.env = None
