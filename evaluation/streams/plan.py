"""A stream whose tasks were found and fit together: what is learnt and evaluated, step by step."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adaptarium.envs.core.errors import (
    AdaptariumError,
    FactorError,
    ShiftError,
    StreamError,
    nearest,
    unknown_name,
)
from adaptarium.envs.core.registry import level_file_reader
from adaptarium.envs.core.world import World, resolve_world
from adaptarium.evaluation.foreign import ForeignWorld, foreign_world, is_foreign
from adaptarium.evaluation.protocol import held_out_levels
from adaptarium.evaluation.streams.envs import spaces_of, vector_env
from adaptarium.evaluation.streams.file import (
    BlockTable,
    StreamFile,
    TaskTable,
    read_stream_file,
    stream_file,
)
from adaptarium.evaluation.streams.order import recurring_order
from adaptarium.evaluation.streams.shifts import Positions, TaskShift, read_plan, shifted_world
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
        shift: What changes while it is learnt.
        held: Where its shifts stand all the time; None: where their schedules have them.
    """

    name: str
    world: World | ForeignWorld
    split: str
    shift: TaskShift | None = None
    held: Positions | None = None

    @property
    def learnt(self) -> World | ForeignWorld:
        """The world as it is learnt."""
        if isinstance(self.world, ForeignWorld):
            return self.world
        world = self.world.override(split=self.split)
        if self.shift is None or self.held is None:
            return world
        return shifted_world(world, self.shift.plan, self.held)

    @property
    def plan(self) -> ShiftPlan | None:
        """The shifts that its environments follow."""
        return None if self.shift is None or self.held is not None else self.shift.plan

    def positions(self, step: int) -> Positions:
        """Where its shifts stand after ``step`` steps of the stream."""
        if self.shift is None:
            return {}
        return self.shift.positions(step) if self.held is None else self.held


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
    """

    file: StreamFile
    tasks: tuple[StreamTask, ...]
    blocks: tuple[tuple[int, int], ...]

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

    def alone(self, task: int) -> Stream:
        """The stream of a single-task expert: as many steps of one task as there are in this."""
        steps = sum(steps for one, steps in self.blocks if one == task)
        found = replace(self.tasks[task], shift=None)
        return replace(self, tasks=(found,), blocks=((0, steps),))

    def retrained(self, task: int) -> Stream | None:
        """The stream of one who learns a shifted task as it is under its shifts, from scratch.

        They stand where they stood at the last evaluation of the task's block that any was in force
        at, from beginning to end. None where none ever was.
        """
        shift = self.tasks[task].shift
        steps = [segment.end for segment in self.segments() if segment.task == task]
        held = None if shift is None else shift.last_in_force(steps)
        if held is None:
            return None
        alone = self.alone(task)
        return replace(alone, tasks=(replace(self.tasks[task], held=held),))

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
    _check_spaces(tasks)
    _check_multiples(file, blocks, spaces_of(tasks[0].world)[2])
    for task in tasks:
        _check_levels(task, file.evaluation_split)
    return _with_shifts(Stream(file, tasks, blocks), folder)


def _with_shifts(stream: Stream, folder: Path) -> Stream:
    """The stream with the shifts of its tasks, each tried on its world."""
    steps = [0, *(segment.end for segment in stream.segments())]
    found = []
    for place, (task, table) in enumerate(zip(stream.tasks, stream.file.task, strict=True)):
        if table.shift is None:
            found.append(task)
            continue
        try:
            shift = _shift(stream, place, read_plan(table.shift, folder))
            shift.check(steps)
            vector_env(task.learnt, 1, shift.plan).close()
        except AdaptariumError as problem:
            raise StreamError(f"task {task.name!r}: {problem}") from None
        found.append(replace(task, shift=shift))
    return replace(stream, tasks=tuple(found))


def _shift(stream: Stream, place: int, plan: ShiftPlan) -> TaskShift:
    own = [number for number, (task, _) in enumerate(stream.blocks) if task == place]
    if len(own) != 1:
        raise ShiftError(f"a shifted task is learnt in {len(own)} blocks; expected a single one")
    begin = sum(steps for _, steps in stream.blocks[: own[0]])
    rows = stream.file.num_envs
    return TaskShift(plan, begin, begin + stream.blocks[own[0]][1], rows)


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
        return StreamTask(table.name, _world(table, folder), table.split)
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


def _check_spaces(tasks: tuple[StreamTask, ...]) -> None:
    """Refuse tasks that one policy cannot play all of."""
    first = tasks[0]
    expected = spaces_of(first.world)
    for task in tasks[1:]:
        for kind, found, wanted in zip(
            ("observations", "actions", "seats"), spaces_of(task.world), expected, strict=True
        ):
            if found != wanted:
                raise StreamError(
                    f"task {task.name!r}: {kind} {_difference(found, wanted)[0]}; expected those "
                    f"of task {first.name!r}: {_difference(found, wanted)[1]}"
                )


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
    if isinstance(task.world, ForeignWorld):
        return
    try:
        for split in (task.split, evaluation_split):
            held_out_levels(task.world, split, 1)
    except AdaptariumError as problem:
        raise StreamError(f"task {task.name!r}: {problem}") from None
