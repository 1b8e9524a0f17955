"""The record of a learner's life: what it learnt when, how well it did, and when the world changed.

A record is a file of JSON lines, ``record.jsonl`` in a results folder. Each line is an object whose
``kind`` says which of these it is:

==============  ==================================================================================
``block``       :class:`Block`: steps during which one task was learnt
``evaluation``  :class:`Evaluation`: how well a task was played at one moment, without learning
``training``    :class:`Training`: what the learner earned while it learnt
``shift``       :class:`ShiftMark`: a change of the world, from one step to another
==============  ==================================================================================

Steps are environment steps that a learner has learnt from, in all its life and over all its
sub-environments together; evaluations cost none. Scores are the same quantity for a task wherever
they occur, for example 0 for random play and 1 for the reference.

The order of lines has no meaning, but that a later line replaces an earlier one of the same key: a
learner that goes on from a checkpoint may repeat what it wrote after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.strictjson import dumps
from adaptarium.evaluation.json_lines import append_lines, typed, whole_lines

RECORD_NAME = "record.jsonl"

Role = Literal["learner", "expert", "retrained"]
"""Whose line it is: the learner's that is judged; a single-task expert's, trained from scratch on
that task alone; or a reference's, trained from scratch on the task as it is under the shift. Steps
of the latter two count from their own beginning."""

_Count = Annotated[int, Field(ge=0)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What every line says.

    Attributes:
        learner: The name of what learns, for example ``"ppo"`` or ``"ppo, replay"``.
        seed: The seed of its life.
        task: The task's name.
        role: Whose line it is.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    learner: _Name
    seed: _Count
    task: _Name
    role: Role = "learner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(_Line):
    """A learning block: ``task`` was learnt from step ``begin`` up to step ``end``.

    Attributes:
        number: Its place among the learner's blocks, from 0.
        begin: Steps learnt before the block.
        end: Steps learnt when it was over.
    """

    number: _Count
    begin: _Count
    end: _Count
    kind: Literal["block"] = "block"

    @property
    def key(self) -> tuple[Any, ...]:
        """What a later line replaces."""
        return (self.kind, self.role, self.learner, self.seed, self.task, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(_Line):
    """How well a task, as it was at that moment, was played after ``step`` steps of learning.

    Attributes:
        step: Steps learnt before; 0 is before any learning. The task is played as it is for the
            next step, so at the step where a shift begins it is shifted.
        score: The mean score of the episodes.
        episodes: How many were played.
        mean_return: Their mean undiscounted return, where the score is another quantity.
        success_rate: The share that met the world's own criterion, where it has one.
    """

    step: _Count
    score: _Finite
    episodes: Annotated[int, Field(ge=1)] = 1
    mean_return: _Finite | None = None
    success_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    kind: Literal["evaluation"] = "evaluation"

    @property
    def key(self) -> tuple[Any, ...]:
        """What a later line replaces."""
        return (self.kind, self.role, self.learner, self.seed, self.task, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(_Line):
    """What the learner earned while it learnt: one learning experience.

    Attributes:
        step: Steps learnt when it was over.
        score: The mean score of the episodes that ended in it.
        episodes: How many ended in it: 1, or all that ended at that step or within one update.
    """

    step: _Count
    score: _Finite
    episodes: Annotated[int, Field(ge=1)] = 1
    kind: Literal["training"] = "training"

    @property
    def key(self) -> tuple[Any, ...]:
        """What a later line replaces."""
        return (self.kind, self.role, self.learner, self.seed, self.task, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftMark(_Line):
    """``task`` was shifted from step ``begin`` on.

    Attributes:
        name: The shift's name.
        begin: The first step it was in force for, or began to come into force.
        end: The first step it was no longer in force for; ``None``: it stayed.
        success: What counts as success, as the shift declares it: ``fraction`` and ``within``.
        times: Of a shift that follows the learner's progress the counts at which it moved, and
            where to: as ``when = { kind = "times", times = ... }`` they play the same again.
    """

    name: _Name
    begin: _Count
    end: _Count | None = None
    success: dict[str, Any] | None = None
    times: list[tuple[int, float]] | None = None
    kind: Literal["shift"] = "shift"

    @property
    def key(self) -> tuple[Any, ...]:
        """What a later line replaces."""
        return (self.kind, self.role, self.learner, self.seed, self.task, self.name, self.begin)


Line = Block | Evaluation | Training | ShiftMark
AnyLine = Annotated[Line, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Record:
    """The lines of a record, by kind, each in the order of its steps.

    Attributes:
        blocks: The learning blocks.
        evaluations: The evaluations.
        trainings: The learning experiences.
        shifts: The shifts.
    """

    blocks: tuple[Block, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    trainings: tuple[Training, ...] = ()
    shifts: tuple[ShiftMark, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Record:
        """The record of some lines; of those with the same key the last counts.

        Raises:
            ResultsError: a block is empty, or a shift ends before it begins.
        """
        latest = {line.key: line for line in lines}
        for line in latest.values():
            if isinstance(line, Block | ShiftMark):
                _check_span(line)
        found: dict[type[Any], list[Any]] = {Block: [], Evaluation: [], Training: [], ShiftMark: []}
        for line in latest.values():
            found[type(line)].append(line)
        return cls(
            tuple(sorted(found[Block], key=lambda block: (block.begin, block.number))),
            tuple(sorted(found[Evaluation], key=lambda evaluation: evaluation.step)),
            tuple(sorted(found[Training], key=lambda training: training.step)),
            tuple(sorted(found[ShiftMark], key=lambda mark: mark.begin)),
        )


def _check_span(line: Block | ShiftMark) -> None:
    least = line.begin + (line.kind == "block")  # a block in which nothing is learnt is none
    if line.end is not None and line.end < least:
        raise ResultsError(
            f"{line.kind} of task {line.task!r} begins at step {line.begin} and ends at step "
            f"{line.end}; expected {least} or later"
        )


def read_record(folder: str | Path) -> Record:
    """The record of a results folder; an empty one where there is no such file.

    A last line that was torn by a kill is left out.

    Raises:
        ResultsError: another line is damaged.
    """
    path = Path(folder) / RECORD_NAME
    return Record.of(
        typed(AnyLine, line, f"{path}, line {number}")
        for number, line in enumerate(whole_lines(path), start=1)
    )


def append_record(folder: str | Path, lines: Iterable[Line]) -> None:
    """Add lines to the record of a results folder and wait until they are on the disk.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = "".join(dumps({"kind": line.kind, **asdict(line)}) + "\n" for line in lines)
    append_lines(Path(folder) / RECORD_NAME, text.encode("utf-8"))
