"""A stream whose tasks were found and fit together: what is learnt and evaluated, step by step."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from adaptarium.envs.core.errors import (
    AdaptariumError,
    FactorError,
    StreamError,
    nearest,
    unknown_name,
)
from adaptarium.envs.core.registry import level_file_reader
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.evaluation.foreign import ForeignWorld, foreign_world, is_foreign
from adaptarium.evaluation.protocol import held_out_levels
from adaptarium.evaluation.streams.envs import Spaces, spaces_of
from adaptarium.evaluation.streams.file import (
    BlockTable,
    StreamFile,
    TaskTable,
    read_stream_file,
    stream_file,
)
from adaptarium.evaluation.streams.order import recurring_order
from adaptarium.evaluation.streams.shifts import check_switches, held, last_in_force, read_plan
from adaptarium.evaluation.versions import world_version
from adaptarium.wrappers.spec import ShiftPlan

GYM = "gym:"


@dataclass(frozen=True)
class StreamTask:
    """One task.

    Attributes:
        name: Its name.
        world: Its world with all changes but the split.
        split: The levels that are learnt on.
        plan: What changes while it is learnt.
        is_held: Whether the plan stands still: the task is learnt as its shifts leave it.
    """

    name: str
    world: World | ForeignWorld
    split: str
    plan: ShiftPlan | None = None
    is_held: bool = False

    @property
    def learnt(self) -> World | ForeignWorld:
        """The world as it is learnt, but for its shifts."""
        if isinstance(self.world, ForeignWorld):
            return self.world
        return self.world.override(split=self.split)


@dataclass(frozen=True)
class Segment:
    """Learning between two evaluations.

    Attributes:
        block: The block's place in the stream.
        task: The task's place among the tasks.
        begin: Steps learnt before it.
        end: Steps learnt after it.
        last: Whether the block ends with it.
    """

    block: int
    task: int
    begin: int
    end: int
    last: bool


@dataclass(frozen=True)
class Stream:
    """A stream that can be run.

    Attributes:
        file: What it was made from.
        tasks: The tasks.
        blocks: The learning blocks, in order: a task's place and steps.
        spaces: What agents observe and do, the same in all tasks.
    """

    file: StreamFile
    tasks: tuple[StreamTask, ...]
    blocks: tuple[tuple[int, int], ...]
    spaces: Spaces

    @property
    def rows(self) -> int:
        """Rows of the environments: slots times seats."""
        return self.file.num_envs * self.spaces.seats

    @property
    def steps(self) -> int:
        """Learning steps of all blocks."""
        return sum(steps for _, steps in self.blocks)

    @property
    def grid(self) -> int:
        """The greatest number of steps that every segment is a multiple of."""
        return math.gcd(self.file.evaluate_every, *(steps for _, steps in self.blocks))

    def segments(self) -> list[Segment]:
        """The pieces of learning after each of which all tasks are evaluated.

        Evaluations fall on multiples of ``evaluate_every`` of the whole life, and on the ends of
        blocks.
        """
        every = self.file.evaluate_every or self.steps
        found, begin = [], 0
        for block, (task, steps) in enumerate(self.blocks):
            stop = begin + steps
            while begin < stop:
                end = min(stop, (begin // every + 1) * every)
                found.append(Segment(block, task, begin, end, end == stop))
                begin = end
        return found

    def counts(self, task: int) -> list[int]:
        """Steps of each environment of a task at the evaluations of its blocks, from 0 on."""
        own = [segment for segment in self.segments() if segment.task == task]
        learnt = accumulate((segment.end - segment.begin for segment in own), initial=0)
        return [steps // self.rows for steps in learnt]

    def alone(self, task: int) -> Stream:
        """The stream of a single-task expert: as many steps of one task as there are in this."""
        steps = sum(steps for one, steps in self.blocks if one == task)
        found = replace(self.tasks[task], plan=None)
        return replace(self, tasks=(found,), blocks=((0, steps),))

    def retrained(self, task: int) -> Stream | None:
        """The stream of one who learns a shifted task as it is under its shifts, from scratch.

        They stand where they stood at the last evaluation of the task's blocks that any was in
        force at (:func:`last_in_force`), from beginning to end. None where none ever was.
        """
        plan = self.tasks[task].plan
        positions = None if plan is None else last_in_force(plan, self.counts(task))
        if plan is None or positions is None:
            return None
        found = replace(self.tasks[task], plan=held(plan, positions), is_held=True)
        return replace(self.alone(task), tasks=(found,))

    def to_data(self) -> dict[str, Any]:
        """What decides the results, as plain data: the file, with its worlds as they are now."""
        data = self.file.to_data()
        for table, task in zip(data["task"], self.tasks, strict=True):
            table["version"] = world_version(task.world, {})
            table["shift"] = None if task.plan is None else task.plan.to_data()
        return data


def load_stream(stream: str | Path | Mapping[str, Any] | StreamFile | Stream) -> Stream:
    """A stream, checked completely: after this it can be run.

    Args:
        stream: A file, or the plain data of one (files that it names are then looked for in the
            working directory).

    Raises:
        StreamError: a field, world, file, split or task does not exist or fit the others.
    """
    if isinstance(stream, Stream):
        return stream
    what, folder = "stream", Path()
    if isinstance(stream, StreamFile):
        file = stream
    elif isinstance(stream, Mapping):
        file = stream_file(dict(stream))
    elif isinstance(stream, str | os.PathLike):
        what, folder = os.fspath(stream), Path(stream).parent
        file = read_stream_file(stream)
    else:
        raise StreamError(f"stream = {stream!r:.100}: expected a TOML file or its data")
    try:
        return _resolved(file, folder)
    except AdaptariumError as problem:
        raise StreamError(f"{what}: {problem}") from None


def _resolved(file: StreamFile, folder: Path) -> Stream:
    names = [table.name for table in file.task]
    for name in names:
        if names.count(name) > 1:
            raise FactorError(f"two tasks are called {name!r}; expected a name each")
    blocks = _blocks(file, names)
    tasks = tuple(_named(table, folder) for table in file.task)
    spaces = _common_spaces(tasks)
    _check_multiples(file, blocks, spaces.seats)
    stream = Stream(file, tasks, blocks, spaces)
    for place, task in enumerate(tasks):
        try:
            _check_levels(task, file.evaluation_split)
            if task.plan is not None:
                check_switches(task.plan, stream.counts(place))
        except AdaptariumError as problem:
            raise StreamError(f"task {task.name!r}: {problem}") from None
    return stream


def _blocks(file: StreamFile, names: list[str]) -> tuple[tuple[int, int], ...]:
    if bool(file.block) == (file.recurring is not None):
        given = "both" if file.block else "neither"
        raise FactorError(f"expected either [[block]] tables or [recurring], got {given}")
    if file.recurring is not None:
        order = recurring_order(len(names), file.recurring)
        return tuple((task, file.recurring.steps) for task in order)
    return tuple(_block(number, table, names) for number, table in enumerate(file.block, start=1))


def _block(number: int, table: BlockTable, names: list[str]) -> tuple[int, int]:
    if table.learn not in names:
        problem = unknown_name("task", table.learn, names)
        raise StreamError(f"block {number}: learn: {problem}")
    return names.index(table.learn), table.steps


def _named(table: TaskTable, folder: Path) -> StreamTask:
    """The task of a table; its errors name it."""
    try:
        plan = None if table.shift is None else read_plan(table.shift, folder)
        return StreamTask(table.name, _world(table, folder), table.split, plan)
    except AdaptariumError as problem:
        raise StreamError(f"task {table.name!r}: {problem}") from None


def _world(table: TaskTable, folder: Path) -> World | ForeignWorld:
    if is_foreign(table.world):
        return _foreign(table)
    if table.reference_return is not None:
        raise FactorError("reference_return: our own worlds have references; expected none")
    name = table.world
    if level_file_reader(name) or name.endswith((".toml", ".json")):
        name = str(_existing(folder / name))
    return resolve_world(name).override(**table.set)


def _foreign(table: TaskTable) -> ForeignWorld:
    if not table.world.startswith(GYM):
        raise FactorError(f"world = {table.world!r}: expected gym:ID, or a world of our own")
    world = foreign_world(table.world).override(**table.set)
    if table.reference_return is not None:
        world = world.with_reference(table.reference_return)
    world.game().close()
    return world


def _existing(path: Path) -> Path:
    if path.is_file():
        return path
    beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    close = nearest(path.name, beside)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
    raise StreamError(f"world = {str(path)!r}: there is no such file{hint}")


def _common_spaces(tasks: tuple[StreamTask, ...]) -> Spaces:
    """What agents observe and do in all tasks; each task's shifts are tried on its world."""
    expected: Spaces | None = None
    for task in tasks:
        try:
            found = spaces_of(task.learnt, task.plan)
        except AdaptariumError as problem:
            raise StreamError(f"task {task.name!r}: {problem}") from None
        expected = expected or found
        for kind, mine, wanted in zip(Spaces._fields, found, expected, strict=True):
            if mine != wanted:
                raise StreamError(
                    f"task {task.name!r}: {kind} {_difference(mine, wanted)[0]}; expected those "
                    f"of task {tasks[0].name!r}: {_difference(mine, wanted)[1]}. One policy plays "
                    "all tasks of a stream: let their factors or arguments give them the same"
                )
    if expected is None:
        raise StreamError("expected at least one task")
    return expected


def _check_multiples(file: StreamFile, blocks: tuple[tuple[int, int], ...], seats: int) -> None:
    """Refuse steps that do not come out even with all environments side by side."""
    rows = file.num_envs * seats
    counts = [("evaluate_every", file.evaluate_every)]
    counts += [(f"block {number}: steps", steps) for number, (_, steps) in enumerate(blocks, 1)]
    for name, steps in counts:
        if steps % rows:
            near = max(round(steps / rows), 1) * rows
            raise FactorError(
                f"{name} = {steps}: expected a multiple of {rows} (num_envs = {file.num_envs}"
                f"{f' of {seats} seats' if seats > 1 else ''}); the nearest valid is {near}"
            )


def _difference(found: Any, wanted: Any) -> tuple[Any, Any]:
    """The parts of two spaces that differ."""
    parts, others = getattr(found, "spaces", None), getattr(wanted, "spaces", None)
    if not isinstance(parts, Mapping) or not isinstance(others, Mapping):
        return found, wanted
    names = [
        name for name in {**parts, **others} if parts.get(name, None) != others.get(name, None)
    ]
    return tuple({name: space.get(name) for name in names} for space in (parts, others))  # type: ignore[return-value]


def _check_levels(task: StreamTask, evaluation_split: str) -> None:
    """Refuse splits that hold no level."""
    if isinstance(task.world, World):
        for split in (task.split, evaluation_split):
            held_out_levels(task.world, split, 1)
