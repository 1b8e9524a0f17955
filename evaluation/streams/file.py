"""Stream files: which tasks are learnt in which order, and how often all of them are evaluated.

::

    schema = "adaptarium-stream/1"
    name = "two-worlds"
    evaluate_every = 8192             # learning steps between two evaluations of all tasks

    [[task]]
    name = "keys"
    world = "DoorKey-v0"              # an id, a world or level file beside this one, or gym:ID
    set = { size = 5 }                # knobs and factors; of gym:ID the constructor's arguments

    [[task]]
    name = "maze"
    world = "Maze-v0"
    set = { size = 7 }

    shift = "fog.toml"                # optional: what changes while it is learnt

    [[block]]                         # learning blocks, in order; a task may come back
    learn = "keys"
    steps = 49152

    [[block]]
    learn = "maze"
    steps = 49152

    [learner.ppo-small-steps]         # optional: an algorithm under a name, with hyper-parameters
    algo = "ppo"
    hyper = { learning_rate = 0.0001 }

Instead of ``[[block]]`` a table ``[recurring]`` lets every task recur with gaps that follow a power
law (:mod:`adaptarium.evaluation.streams.order`). One policy plays all tasks: they have the same
observations, actions and seats. :mod:`adaptarium.evaluation.streams.shifts` says how tasks change.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from adaptarium.envs.core.errors import AdaptariumError, StreamError
from adaptarium.envs.core.factors import validated
from adaptarium.evaluation.streams.order import Recurring

SCHEMA: Final = "adaptarium-stream/1"
MAX_BYTES = 4 * 1024 * 1024
MAX_STEPS = 10**12

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TaskTable(_Table):
    """One task.

    Attributes:
        name: What blocks and results call it.
        world: A registered id, a world or level file, or ``gym:ID``.
        set: Knobs by name and factors by dotted name; of ``gym:ID`` the constructor's arguments.
        split: The levels that are learnt on.
        shift: A shift file beside this one, or its data: the task changes while it is learnt
            (:mod:`adaptarium.evaluation.streams.shifts`).
        reference_return: Of ``gym:ID``: what good play returns; without it scores are returns.
    """

    name: str = Field(min_length=1, max_length=60, pattern=_NAME)
    world: str = Field(min_length=1, max_length=500)
    set: dict[str, Any] = {}
    split: Literal["all", "train", "validation", "test"] = "train"
    shift: str | dict[str, Any] | None = None
    reference_return: float | None = None


class BlockTable(_Table):
    """A learning block: so many environment steps of one task."""

    learn: str
    steps: int = Field(ge=1, le=MAX_STEPS)


class LearnerTable(_Table):
    """An algorithm with hyper-parameters.

    Attributes:
        algo: The algorithm; by default the learner's own name.
        hyper: Changes to the algorithm's hyper-parameters.
        replay: ``"kept"`` or ``"cleared"`` at the beginning of every block, for algorithms that
            remember steps.
    """

    algo: str = ""
    hyper: dict[str, Any] = {}
    replay: Literal["kept", "cleared"] = "kept"


class StreamFile(_Table):
    """The schema of a stream file.

    Attributes:
        name: What reports call the stream.
        evaluate_every: Learning steps between two evaluations; 0: only where a block ends.
        episodes: Episodes of each task in an evaluation, each on a level of its own while there
            are enough.
        evaluation_split: The levels that are evaluated on.
        num_envs: Environments that learners play side by side.
        experts: Whether each learner also learns every task alone, from fresh weights, and every
            shifted task as it is under its shifts too (the reference of regret).
        task: The tasks.
        block: The learning blocks, in order.
        recurring: Instead of ``block``: tasks that come again after gaps of a power law.
        learner: Algorithms under names of their own.
    """

    schema_: Literal["adaptarium-stream/1"] = Field(alias="schema")
    name: str = Field(min_length=1, max_length=60, pattern=_NAME)
    description: str = Field("", max_length=2000)
    evaluate_every: int = Field(0, ge=0, le=MAX_STEPS)
    episodes: int = Field(50, ge=1, le=100_000)
    evaluation_split: Literal["all", "train", "validation", "test"] = "test"
    num_envs: int = Field(64, ge=1, le=65_536)
    experts: bool = False
    task: tuple[TaskTable, ...] = Field(min_length=1, max_length=1000)
    block: tuple[BlockTable, ...] = Field((), max_length=100_000)
    recurring: Recurring | None = None
    learner: dict[str, LearnerTable] = {}

    def to_data(self) -> dict[str, Any]:
        """Plain data that :func:`stream_file` reads again."""
        return self.model_dump(mode="json", by_alias=True)


def stream_file(data: Any, what: str = "stream") -> StreamFile:
    """A stream from plain data, its shape checked; what it names may not exist yet.

    Raises:
        StreamError: a field is missing, unknown, or has a wrong value.
    """
    try:
        found: StreamFile = validated(StreamFile, data, "stream field")
    except AdaptariumError as problem:
        raise StreamError(f"{what}: {problem}") from None
    return found


def read_stream_file(path: str | Path) -> StreamFile:
    """A stream file, its shape checked.

    Raises:
        StreamError: the file cannot be read, is no TOML, or does not describe a stream.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StreamError(f"{path}: expected at most {MAX_BYTES} bytes")
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as problem:
        raise StreamError(f"{path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError as problem:
        raise StreamError(f"{path}: not UTF-8 text at byte {problem.start}") from None
    except RecursionError:
        raise StreamError(f"{path}: nested too deeply") from None
    except ValueError as problem:  # also integers of thousands of digits
        raise StreamError(f"{path}: not valid TOML: {problem}") from None
    return stream_file(data, str(path))
