"""A life: one learner with one seed through all blocks of a stream, in a folder of its own.

==================  ===========================================================================
file                holds
==================  ===========================================================================
``record.jsonl``    what came of it (:mod:`adaptarium.evaluation.measures.record`)
``progress.json``   how far it is: segments done, lines written, which state belongs to them
``state-N/``        all that going on after segment N needs; removed when the life is over
==================  ===========================================================================

A segment is learning up to the next evaluation, and that evaluation. Its lines are written first,
then its state, then the progress: a life killed at any moment goes on after the last segment that
``progress.json`` tells of, and lines beyond that are dropped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent
from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps, loads
from adaptarium.envs.core.world import World
from adaptarium.evaluation.foreign import ForeignWorld
from adaptarium.evaluation.json_lines import whole_lines
from adaptarium.evaluation.measures.record import (
    RECORD_NAME,
    Block,
    Line,
    Role,
    Training,
    append_record,
    read_record,
)
from adaptarium.evaluation.protocol import Listener
from adaptarium.evaluation.streams.evaluations import EvaluatedTask
from adaptarium.evaluation.streams.grounds import Grounds
from adaptarium.evaluation.streams.learners import Learner, learner_version, make_learner
from adaptarium.evaluation.streams.learning_env import Episode
from adaptarium.evaluation.streams.marks import Marks
from adaptarium.evaluation.streams.plan import Segment, Stream

Player = Callable[[World | ForeignWorld], Agent]
"""Who plays a world."""

PROGRESS_NAME = "progress.json"
SCHEMA = "adaptarium-life/1"


@dataclass(frozen=True)
class Life:
    """What a life is.

    Attributes:
        stream: The stream; of an expert, and of one retrained under a shift, one task alone.
        agent: Who lives it.
        seed: The seed.
        role: ``"learner"``, ``"expert"`` or ``"retrained"``.
        folder: Its folder.
    """

    stream: Stream
    agent: Agent | str
    seed: int
    role: Role
    folder: Path

    @property
    def label(self) -> str:
        """What it is called where something fails."""
        task = self.stream.tasks[0].name
        how = {"expert": f", alone on {task}", "retrained": f", alone on {task} as shifted"}
        return f"{agent_name(self.agent)}, seed {self.seed}{how.get(self.role, '')}"

    def is_over(self) -> bool:
        """Whether nothing is left to do.

        Raises:
            ResultsError: the folder is damaged, or the learner was changed since.
        """
        progress = self.progress()
        return progress is not None and bool(progress["over"])

    def progress(self) -> dict[str, Any] | None:
        """What ``progress.json`` says; None before the first segment is done.

        Raises:
            ResultsError: it is damaged, or tells of a learner that was changed since.
        """
        path = self.folder / PROGRESS_NAME
        if not path.is_file():
            return None
        found = loads(path.read_bytes(), what=str(path), error=ResultsError)
        expected = {"schema", "version", "segments", "lines", "state", "over"}
        if not isinstance(found, dict) or found.keys() != expected or found["schema"] != SCHEMA:
            raise ResultsError(f"{path}: expected an object of schema {SCHEMA!r}")
        if found["version"] != learner_version(self.stream, self.agent):
            raise ResultsError(
                f"{path}: {agent_name(self.agent)} was changed since; expected it as it was, or "
                "another folder"
            )
        return found


def live(life: Life, tasks: Sequence[EvaluatedTask], listener: Listener = lambda _: None) -> None:
    """Live a life to its end, from where it was left.

    Args:
        life: The life.
        tasks: The tasks of its stream, ready to be evaluated.
        listener: Told how far it is.

    Raises:
        AgentError: the learner fails.
        ResultsError, RunError: the folder is damaged.
    """
    _Living(life, tasks, listener).run()


class _Living:
    def __init__(self, life: Life, tasks: Sequence[EvaluatedTask], listener: Listener) -> None:
        self.life, self.tasks, self.listener = life, tasks, listener
        self.common: dict[str, Any] = {
            "learner": agent_name(life.agent),
            "seed": life.seed,
            "role": life.role,
        }
        self.segments = life.stream.segments()
        self.lines = 0
        self.marks = Marks(life.stream, self.common)

    def run(self) -> None:
        self.life.folder.mkdir(parents=True, exist_ok=True)
        learner = make_learner(self.life.stream, self.life.agent, self.life.seed)
        if learner is None:
            self._drop_lines(0)
            agent = load_agent(self.life.agent)
            grounds = Grounds(self.life.stream, self.life.seed)
            self._write(self._evaluations(lambda _world: agent, grounds, 0))
            self._note(0, "", over=True)
            return
        try:
            for segment in self.segments[self._begin(learner) :]:
                self._live(learner, segment)
        finally:
            learner.close()
        self._clean("")

    def _begin(self, learner: Learner) -> int:
        """Take up what was left, or begin; how many segments are done."""
        progress = self.life.progress()
        self._clean(progress["state"] if progress else "")
        if progress and progress["state"]:
            self._drop_lines(progress["lines"])
            self.marks.go_on(read_record(self.life.folder).shifts)
            done = int(progress["segments"])
            learner.load(self.life.folder / progress["state"], self.segments[done - 1])
            return done
        self._drop_lines(0)
        learner.start()
        self._write(self._evaluations(learner.player, learner.grounds, 0))
        return 0

    def _live(self, learner: Learner, segment: Segment) -> None:
        total = self.life.stream.steps
        self.listener(f"{self.life.label}: step {segment.begin:,} of {total:,}")
        learnt = self._learnt(segment, learner.learn(segment))
        scores = [line.score for line in learnt if isinstance(line, Training)]
        learner.grounds.follow(segment.task, scores)
        evaluations = self._evaluations(learner.player, learner.grounds, segment.end)
        self._write([*learnt, *evaluations])
        done = self.segments.index(segment) + 1
        self._save(learner, done)

    def _learnt(self, segment: Segment, episodes: Sequence[Episode]) -> list[Line]:
        """The lines on what was learnt."""
        task, lines = self.tasks[segment.task], list[Line]()
        if episodes:
            lines.append(
                Training(
                    **self.common,
                    task=task.name,
                    step=segment.end,
                    score=task.score(float(np.mean([one[0] for one in episodes]))),
                    episodes=len(episodes),
                )
            )
        if segment.last:
            begin = segment.end - self.life.stream.blocks[segment.block][1]
            lines.append(
                Block(
                    **self.common,
                    task=task.name,
                    number=segment.block,
                    begin=begin,
                    end=segment.end,
                )
            )
        return lines

    def _evaluations(self, player: Player, grounds: Grounds, step: int) -> list[Line]:
        """The lines on an evaluation of all tasks, and on shifts that came or went since."""
        lines: list[Line] = []
        for place, task in enumerate(self.tasks):
            clock = grounds.clock(place)
            played = task.evaluate(player(task.task.world), clock)
            lines.append(task.line(played, **self.common, step=step))
            lines += self.marks.at(place, clock, step)
        return lines

    # ---- what is on the disk ----

    def _write(self, lines: Sequence[Line]) -> None:
        append_record(self.life.folder, lines)
        self.lines += len(lines)

    def _drop_lines(self, kept: int) -> None:
        """Remove what a kill left beyond the progress."""
        path = self.life.folder / RECORD_NAME
        lines = whole_lines(path)[:kept]
        if len(lines) < kept:
            raise ResultsError(f"{path} has {len(lines)} lines; expected {kept}, as was noted")
        write_atomically(path, b"".join(line + b"\n" for line in lines))
        self.lines = kept

    def _save(self, learner: Learner, done: int) -> None:
        """Note that so many segments are done, with the state that belongs to them."""
        over = done == len(self.segments)
        name = "" if over else f"state-{done}"
        if name:
            folder = self.life.folder / name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            if not learner.save(folder):
                folder.rmdir()
                return
        self._note(done, name, over)
        self._clean(name)

    def _note(self, done: int, state: str, over: bool) -> None:
        version = learner_version(self.life.stream, self.life.agent)
        progress = {
            "schema": SCHEMA,
            "version": version,
            "segments": done,
            "lines": self.lines,
            "state": state,
            "over": over,
        }
        write_atomically(self.life.folder / PROGRESS_NAME, dumps(progress) + "\n")

    def _clean(self, kept: str) -> None:
        """Remove states that no progress belongs to."""
        for path in self.life.folder.glob("state-*"):
            if path.name != kept:
                shutil.rmtree(path)
        for path in self.life.folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)
