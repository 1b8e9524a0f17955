"""Level files: JSON Lines with a header, then one readable level a line.

:func:`read_levels` is the door for both forms of a level file: one whose name ends in ``.npz`` is a
bank (:mod:`adaptarium.generators.core.banks`), any other is JSON Lines.

A file is written beside its name and renamed when it is whole; a run that was killed goes on from
the last whole line. Reading trusts nothing: sizes are checked before anything is allocated, and the
content hash of every level is computed anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adaptarium.envs.core import strictjson
from adaptarium.envs.core.banks import read_records
from adaptarium.envs.core.errors import AdaptariumError, LevelError, unknown_name
from adaptarium.envs.core.factors import explain
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import SPLITS, Split, World, load_world

SCHEMA: Final = "adaptarium-levels/1"
MAX_FILE_BYTES = 2**30
MAX_LINE_BYTES = 2**20
MAX_LEVELS = 1_000_000
MAX_INTEGER = 2**62
"""Largest count in a file: every form can hold it."""
BANK_SUFFIX = ".npz"

Place = Callable[[int], str]
"""Names record ``k`` in messages, for example ``"line 3"``."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Header(_Part):
    """The first line of a level file."""

    schema_name: Literal["adaptarium-levels/1"] = Field(SCHEMA, alias="schema")
    world: str = Field(max_length=100)
    overrides: dict[str, Any] = {}
    family: str = Field(max_length=100)
    generator: str = Field(max_length=100)
    generator_version: int = Field(ge=0)
    knobs: dict[str, Any] = {}
    seed: int = Field(ge=0, le=MAX_INTEGER)
    split: Split = "all"
    count: int = Field(ge=1, le=MAX_LEVELS)
    version: str = Field(max_length=40)
    # The whole world, where its id and the overrides do not make it.
    definition: dict[str, Any] | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class ReferenceField(_Part):
    """What a level is worth under full information."""

    return_: float = Field(alias="return")
    method: Literal["exact", "search", "policy"]
    length: int = Field(ge=0, le=MAX_INTEGER)
    n: int = Field(1, ge=1, le=MAX_INTEGER)
    low: float | None = None
    high: float | None = None


class RandomField(_Part):
    """What uniformly random play gets on a level."""

    mean: float
    stderr: float = Field(ge=0)
    n: int = Field(ge=1, le=MAX_INTEGER)


class LevelRecord(_Part):
    """One level of a file."""

    index: int = Field(ge=0, le=MAX_LEVELS)
    name: str = Field(pattern=r"^[0-9a-f]{16}$")
    hash: str = Field(pattern=r"^[0-9a-f]{16}$")
    split: Literal["train", "validation", "test"]
    difficulty: float = Field(ge=0)
    reference: ReferenceField | None = None
    random: RandomField | None = None
    level: dict[str, Any]


@dataclass(frozen=True)
class LevelFile:
    """A level file that has been read and checked.

    Attributes:
        header: Its first line.
        records: Its levels, in order.
        world: The world it was made for, with these levels as its explicit records.
        bank: The levels as a workspace: row ``k`` is record ``k``.
    """

    header: Header
    records: tuple[LevelRecord, ...]
    world: World
    bank: Workspace


def line_of(part: BaseModel) -> str:
    """One part of a file as its line."""
    data = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return strictjson.dumps(data) + "\n"


def modelled(model: type[Any], data: Any, what: str) -> Any:
    """Plain data as one part of a file.

    Raises:
        LevelError: it is not one.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise LevelError(f"{what}: {explain(problem, 'field', model)}") from None


def _parsed(model: type[Any], text: bytes, what: str) -> Any:
    return modelled(model, strictjson.loads(text, what=what, error=LevelError), what)


def parse_header(text: bytes, what: str) -> Header:
    """The header of a level file.

    Raises:
        LevelError: it is not one.
    """
    header: Header = _parsed(Header, text, what)
    return header


def parse_record(text: bytes, what: str) -> LevelRecord:
    """A level's line.

    Raises:
        LevelError: it is not one.
    """
    record: LevelRecord = _parsed(LevelRecord, text, what)
    return record


def read_levels(path: str | Path) -> LevelFile:
    """Read a level file of either form, chosen by its suffix, and check all of it.

    Raises:
        LevelError: the file is missing, too large, truncated or malformed, holds a level that is
            not valid, a level twice, or a hash that is not its level's.
    """
    path = Path(path)
    if path.suffix == BANK_SUFFIX:
        from adaptarium.generators.core.banks import read_bank

        return read_bank(path)
    return _read_lines(path)


def world_of_levels(path: str | Path) -> World:
    """The world whose only levels are those of a level file, with an id of its own.

    Raises:
        LevelError: as for :func:`read_levels`.
    """
    world = read_levels(path).world
    name, version = world.id.rsplit("-", 1)
    stem = re.sub(r"[^A-Za-z0-9_]", "_", Path(path).stem)
    return replace(world, id=f"{name[:40]}.{stem[:40]}-{version}")


def _read_lines(path: Path) -> LevelFile:
    lines = list(_lines(path))
    if not lines:
        raise LevelError(f"{path.name}: empty; expected a header line and levels")
    header = parse_header(lines[0], f"{path.name}, line 1")
    records = tuple(
        parse_record(text, f"{path.name}, line {number}")
        for number, text in enumerate(lines[1:], start=2)
    )
    world = world_of(header, f"{path.name}, line 1")
    return assemble(header, world, records, path.name, lambda k: f"line {k + 2}")


def open_bounded(path: Path) -> BinaryIO:
    """A level file, opened for reading and of at most ``MAX_FILE_BYTES``.

    Raises:
        LevelError: it cannot be opened, or is larger.
    """
    try:
        file = path.open("rb")
    except OSError as problem:
        raise LevelError(f"{path}: {problem.strerror or problem}") from None
    size = os.fstat(file.fileno()).st_size
    if size > MAX_FILE_BYTES:
        file.close()
        raise LevelError(f"{path.name}: {size} bytes; expected at most {MAX_FILE_BYTES}")
    return file


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, bounded in number and length."""
    with open_bounded(path) as file:
        for number in range(MAX_LEVELS + 2):
            line = file.readline(MAX_LINE_BYTES + 1)
            if not line:
                return
            if len(line) > MAX_LINE_BYTES:
                raise LevelError(
                    f"{path.name}, line {number + 1}: longer than {MAX_LINE_BYTES} bytes"
                )
            if not line.endswith(b"\n"):
                raise LevelError(f"{path.name}, line {number + 1}: truncated")
            yield line
    raise LevelError(f"{path.name}: more than {MAX_LEVELS} levels")


def world_of(header: Header, what: str) -> World:
    """The world that a header defines, or names with its overrides.

    Raises:
        LevelError: there is no such world, it is of another family, it does not take an override,
            or it has another id, generator, split or knob than the header says.
    """
    try:
        if header.definition is None:
            world = load_world(header.world, **header.overrides)
        else:
            world = World.from_data(header.definition)
    except AdaptariumError as problem:
        raise LevelError(f"{what}: {problem}") from None
    if header.world != world.id:
        raise LevelError(f"{what}: world = {header.world!r}; expected {world.id!r}, as defined")
    if header.family != world.family.name:
        raise LevelError(
            f"{what}: family = {header.family!r}; expected {world.family.name!r}, "
            f"that of {header.world}"
        )
    _check_source(header, world, what)
    return world


def _check_source(header: Header, world: World, what: str) -> None:
    """The header's generator, split and knobs are those of its world; a knob may be left out."""
    known: dict[str, Any] = {}
    if world.levels.generator:
        known = world.knobs().model_dump(mode="json")
    for name in header.knobs:
        if name not in known:
            raise LevelError(f"{what}: {unknown_name('knob', name, known)}")
    told = {"generator": header.generator, "split": header.split, **_prefixed(header.knobs)}
    true = {
        "generator": world.levels.generator,
        "split": world.levels.split,
        **_prefixed(known),
    }
    for name, value in told.items():
        if value != true[name]:
            given = repr(value)
            given = given if len(given) <= 100 else f"{given[:90]}…"
            raise LevelError(
                f"{what}: {name} = {given}; expected {true[name]!r}, that of {header.world} with "
                f"the header's overrides"
            )


def _prefixed(knobs: dict[str, Any]) -> dict[str, Any]:
    return {f"knobs.{name}": value for name, value in knobs.items()}


def assemble(
    header: Header, world: World, records: tuple[LevelRecord, ...], what: str, place: Place
) -> LevelFile:
    """The level file of a header and its records, once all of it is checked.

    Args:
        header: The header.
        world: The header's world, see :func:`world_of`.
        records: The levels.
        what: Names the file in messages.
        place: Names a record in messages.

    Raises:
        LevelError: a level is not valid or comes twice, there are more or fewer than the header
            says, an index is out of order, or a hash or split is not the level's.
    """
    if header.count != len(records):
        raise LevelError(
            f"{what}: the header says {header.count} levels, the file holds {len(records)}; "
            "it is truncated, or levels were added"
        )
    _check_order(records, what, place)
    try:
        holding = world.override(records=tuple(record.level for record in records))
        bank = read_records(holding)
    except AdaptariumError as problem:
        raise _named_level(world, records, what, place, problem) from None
    _check_hashes(records, bank, what, place)
    return LevelFile(header, records, holding, bank)


def _check_order(records: tuple[LevelRecord, ...], what: str, place: Place) -> None:
    """Indices in order, and no level twice."""
    seen: dict[str, int] = {}
    for k, record in enumerate(records):
        if record.index != k:
            raise LevelError(f"{what}, {place(k)}: index {record.index}, expected {k}")
        if record.hash in seen:
            raise LevelError(f"{what}, {place(k)}: the level of {place(seen[record.hash])} again")
        seen[record.hash] = k


def _named_level(
    world: World,
    records: tuple[LevelRecord, ...],
    what: str,
    place: Place,
    problem: AdaptariumError,
) -> LevelError:
    """What is wrong, with the first level that is malformed by itself."""
    needs = world.family.module("level").needs
    for k, record in enumerate(records):
        try:
            needs(record.level)
        except AdaptariumError as own:
            return LevelError(f"{what}, {place(k)}: {own}")
    return LevelError(f"{what}: {problem}")


def _check_hashes(
    records: tuple[LevelRecord, ...], bank: Workspace, what: str, place: Place
) -> None:
    for k, record in enumerate(records):
        found = f"{int(bank.info['content'][k]):016x}"
        if found != record.hash:
            raise LevelError(f"{what}, {place(k)}: hash {record.hash}, but the level's is {found}")
        split = SPLITS[int(bank.info["split"][k])]
        if split != record.split:
            raise LevelError(
                f"{what}, {place(k)}: split {record.split!r}, but the level's is {split!r}"
            )


def check_target(path: str | Path) -> Path:
    """A path under which a level file can be written.

    Raises:
        LevelError: it has no file name, is a folder, or lies under a file.
    """
    target = Path(path)
    if target.is_dir() or not target.name:
        raise LevelError(
            f"{str(path)!r} is a folder; expected the name of a file, for example "
            f"{str(target / 'levels.jsonl')!r}"
        )
    for above in target.parents:
        if above.exists() and not above.is_dir():
            raise LevelError(f"{str(path)!r}: {above} is a file; expected a folder")
    return target


class LevelWriter:
    """Writes a level file line by line and renames it when it is whole.

    A file left by a killed run (``<name>.partial``) with the same header is continued: ``done``
    holds its whole lines, and a torn last line is dropped.

    Args:
        path: The file.
        header: Its first line.

    Raises:
        LevelError: nothing can be written under that name, or the partial file is damaged.
    """

    def __init__(self, path: str | Path, header: Header) -> None:
        self.path = check_target(path)
        self.partial = self.path.with_name(self.path.name + ".partial")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.done = self._resume(header)
        self._file = self.partial.open("ab")

    def _resume(self, header: Header) -> tuple[LevelRecord, ...]:
        first = line_of(header).encode()
        whole: list[bytes] = []
        if self.partial.exists():
            text = self.partial.read_bytes()
            whole = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
        if not whole or whole[0] != first:
            self.partial.write_bytes(first)
            return ()
        with self.partial.open("r+b") as file:
            file.truncate(sum(len(line) for line in whole))
        name = self.partial.name
        return tuple(
            parse_record(line, f"{name}, line {number}")
            for number, line in enumerate(whole[1:], start=2)
        )

    def write(self, record: LevelRecord) -> None:
        """Append one level."""
        self._file.write(line_of(record).encode())

    def flush(self) -> None:
        """Hand what is written to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> Path:
        """The file is whole: give it its name."""
        self.flush()
        self._file.close()
        self.partial.replace(self.path)
        return self.path

    def close(self) -> None:
        """Leave the partial file to a later run."""
        if not self._file.closed:
            self._file.close()
