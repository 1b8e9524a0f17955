"""Banks: level files as ``.npz``, for many levels.

A bank says what the JSON Lines form says, in arrays that ``numpy.load`` reads without pickle:

==============================================  ================================================
array, one row a level                          holds
==============================================  ================================================
``header`` () S                                 the header, as the strict JSON of the other form
``name``, ``hash`` (k,) uint64                  of the level
``split`` (k,) uint8                            its place in ``all train validation test``
``difficulty`` (k,) float64                     measured
``reference_method`` (k,) uint8                 its place in :data:`METHODS`; 0 is no reference
``reference_return`` (k,) float64               0 without a reference, like all that follow
``reference_length``, ``reference_n`` (k,)      int64
``reference_low``, ``reference_high`` (k,)      float64; 0 where there is no such end
``reference_has_low``, ``…_high`` (k,) uint8    whether the interval has that end
``random_mean``, ``random_stderr`` (k,)         float64
``random_n`` (k,) int64                         0 is no random return
``max_steps`` (k,) int32                        time limit
``level_…`` (k, …)                              the family's level arrays, each at the capacity of
                                                the header's world
==============================================  ================================================

Equal levels give equal bytes (with one version of zlib). Reading builds every level anew from its
readable form, as the other form does, and what the file holds must equal what writing those levels
gives: so no array can hold a value that no level has.

While a bank is made, its levels are lines of ``<name>.partial``, as in the other form, and a run
that was killed goes on from the last whole line. The bank itself is written under a temporary name
and renamed: it is there as a whole or not at all. A run killed in that last moment leaves the whole
``.partial``, from which the next one packs the bank, and at worst a hidden temporary file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.banks import copy_levels, level_workspace
from adaptarium.envs.core.errors import AdaptariumError, LevelError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.layout import INFO_DTYPE, Workspace
from adaptarium.envs.core.world import SPLITS, World
from adaptarium.generators.core.archive import Archive, Specs, pack_arrays, total_bytes
from adaptarium.generators.core.files import (
    BANK_SUFFIX,
    MAX_FILE_BYTES,
    MAX_LINE_BYTES,
    Header,
    LevelFile,
    LevelRecord,
    LevelWriter,
    assemble,
    line_of,
    modelled,
    open_bounded,
    parse_header,
    world_of,
)

METHODS: Final = ("none", "exact", "search", "policy")
COLUMNS: Final = np.dtype(
    [
        ("name", np.uint64),
        ("hash", np.uint64),
        ("split", np.uint8),
        ("difficulty", np.float64),
        ("reference_method", np.uint8),
        ("reference_return", np.float64),
        ("reference_length", np.int64),
        ("reference_n", np.int64),
        ("reference_has_low", np.uint8),
        ("reference_low", np.float64),
        ("reference_has_high", np.uint8),
        ("reference_high", np.float64),
        ("random_mean", np.float64),
        ("random_stderr", np.float64),
        ("random_n", np.int64),
    ]
)
_HEADER = "header"
_LEVEL = "level_"


def level_writer(path: str | Path, header: Header) -> LevelWriter:
    """The writer of the form that a file's suffix chooses.

    Raises:
        LevelError: the levels would not fit into a bank, or a partial file is damaged.
    """
    return (BankWriter if Path(path).suffix == BANK_SUFFIX else LevelWriter)(path, header)


class BankWriter(LevelWriter):
    """Gathers the levels of a bank in lines, as its base does, and packs them when it is whole.

    Args:
        path: The bank.
        header: Its header.

    Raises:
        LevelError: the levels would not fit into a bank.
    """

    def __init__(self, path: str | Path, header: Header) -> None:
        _specs(world_of(header, Path(path).name), header.count, Path(path).name)
        super().__init__(path, header)
        self._header = header
        self._records = list(self.done)

    def write(self, record: LevelRecord) -> None:
        """Append one level."""
        super().write(record)
        self._records.append(record)

    def finish(self) -> Path:
        """The levels are all there: pack them, and drop their lines."""
        self.flush()
        self.close()
        write_bank(self.path, self._header, self._records)
        self.partial.unlink()
        return self.path


def write_bank(path: str | Path, header: Header, records: Sequence[LevelRecord]) -> None:
    """Write a bank; the file appears whole or not at all.

    Args:
        path: The file; its folder exists.
        header: Its header, which counts ``records``.
        records: The levels.

    Raises:
        LevelError: the records are not those of a valid level file, or do not fit into a bank.
    """
    path = Path(path)
    world = world_of(header, f"{path.name}, header")
    _specs(world, header.count, path.name)
    file = assemble(header, world, tuple(records), path.name, _place)
    text = np.array(line_of(header).rstrip("\n").encode())
    write_atomically(path, pack_arrays({_HEADER: text, **_arrays(world, file, path.name)}))


def read_bank(path: Path) -> LevelFile:
    """Read a bank and check all of it.

    Raises:
        LevelError: the file is missing, too large (packed or unpacked), truncated or malformed,
            holds an array that is unknown or of another dtype or shape than its header asks for, or
            anything that :func:`adaptarium.generators.core.files.read_levels` refuses.
    """
    what = path.name
    with open_bounded(path) as opened:
        archive = Archive(opened, what, MAX_FILE_BYTES)
        text = archive.text(_HEADER, MAX_LINE_BYTES)
        header = parse_header(text, f"{what}, header")
        world = world_of(header, f"{what}, header")
        own = {_HEADER: (np.dtype(("S", len(text))), ())}
        arrays = archive.arrays({**_specs(world, header.count, what), **own})
    records = _records(world, header.count, arrays, what)
    file = assemble(header, world, records, what, _place)
    _check_equal(arrays, _arrays(world, file, what), what)
    return file


def _place(k: int) -> str:
    return f"level {k}"


def _specs(world: World, count: int, what: str) -> Specs:
    """What every array but the header is, for ``count`` levels of a world.

    Raises:
        LevelError: they would be too large, or the world's own levels are malformed.
    """
    try:
        _, levels = world.family.module("layout").layout(world.sizes()).levels
    except AdaptariumError as problem:
        raise LevelError(f"{what}, header: {problem}") from None
    specs = {name: (COLUMNS[name], (count,)) for name in COLUMNS.names or ()}
    specs["max_steps"] = (INFO_DTYPE["max_steps"], (count,))
    for name, (dtype, shape) in levels.items():
        specs[_LEVEL + name] = (np.dtype(dtype), (count, *shape))
    size = total_bytes(specs)
    if size > MAX_FILE_BYTES:
        most = MAX_FILE_BYTES * count // size
        raise LevelError(
            f"{what}: {count} levels of {world.id} take {size} bytes; expected at most "
            f"{MAX_FILE_BYTES}, that is {most} levels"
        )
    return specs


# ---- records to arrays ----


def _arrays(world: World, file: LevelFile, what: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a level file, at the capacity of its header's world."""
    columns = np.array([_row(record) for record in file.records], COLUMNS)
    wide = _widened(world, file.bank, what)
    return {
        **{name: columns[name] for name in COLUMNS.names or ()},
        "max_steps": wide.info["max_steps"],
        **{_LEVEL + name: array for name, array in wide.levels._asdict().items()},
    }


def _row(record: LevelRecord) -> tuple[Any, ...]:
    """One record in the order of ``COLUMNS``."""
    best, chance = record.reference, record.random
    row: list[Any] = [int(record.name, 16), int(record.hash, 16)]
    row += [SPLITS.index(record.split), record.difficulty]
    if best is None:
        row += [0] * 8
    else:
        row += [METHODS.index(best.method), best.return_, best.length, best.n]
        for end in (best.low, best.high):
            row += [end is not None, 0.0 if end is None else end]
    row += [0] * 3 if chance is None else [chance.mean, chance.stderr, chance.n]
    return tuple(row)


def _widened(world: World, bank: Workspace, what: str) -> Workspace:
    """Levels, copied to the capacity of their world: zero beyond each level's own size."""
    wide = level_workspace(world, len(bank.info))
    for name, room, level in zip(wide.levels._fields, wide.levels, bank.levels, strict=True):
        if any(size > most for size, most in zip(level.shape, room.shape, strict=True)):
            raise LevelError(
                f"{what}: levels need {name} of {level.shape[1:]}, those of {world.id} with the "
                f"header's overrides have {room.shape[1:]}; JSON Lines (.jsonl) can hold them"
            )
    copy_levels(bank, wide, slice(None), slice(None))
    return wide


# ---- arrays to records ----


def _records(
    world: World, count: int, arrays: dict[str, npt.NDArray[Any]], what: str
) -> tuple[LevelRecord, ...]:
    """The records that arrays of the right dtypes and shapes hold."""
    stored = level_workspace(world, count)
    stored.info["max_steps"] = arrays["max_steps"]
    for name, target in stored.levels._asdict().items():
        target[...] = arrays[_LEVEL + name]
    columns = [arrays[name].tolist() for name in COLUMNS.names or ()]
    records = []
    for k, row in enumerate(zip(*columns, strict=True)):
        data = _data(dict(zip(COLUMNS.names or (), row, strict=True)))
        data.update(index=k, level=_readable(world, stored, k, what))
        records.append(modelled(LevelRecord, data, f"{what}, {_place(k)}"))
    return tuple(records)


def _data(row: dict[str, Any]) -> dict[str, Any]:
    """The plain data of a record, but for its index and level."""
    data: dict[str, Any] = {
        "name": f"{row['name']:016x}",
        "hash": f"{row['hash']:016x}",
        "split": _named(row["split"], SPLITS),
        "difficulty": row["difficulty"],
    }
    if row["reference_method"]:
        data["reference"] = {
            "return": row["reference_return"],
            "method": _named(row["reference_method"], METHODS),
            "length": row["reference_length"],
            "n": row["reference_n"],
            "low": row["reference_low"] if row["reference_has_low"] else None,
            "high": row["reference_high"] if row["reference_has_high"] else None,
        }
    if row["random_n"]:
        data["random"] = {part: row[f"random_{part}"] for part in ("mean", "stderr", "n")}
    return data


def _named(code: int, names: Sequence[str]) -> str | int:
    """The name of a code; one that has none stays a number, which the model refuses."""
    return names[code] if code < len(names) else code


def _readable(world: World, stored: Workspace, k: int, what: str) -> dict[str, Any]:
    try:
        readable: dict[str, Any] = world.family.module("level").read(stored, k)
    except (LookupError, ValueError) as problem:
        # `read` is made for what the family's own kernels write: on other numbers it may look
        # beyond its tables.
        raise LevelError(
            f"{what}, {_place(k)}: no level of family {world.family.name!r}: {problem}"
        ) from None
    return readable


def _check_equal(
    found: dict[str, npt.NDArray[Any]], expected: dict[str, npt.NDArray[Any]], what: str
) -> None:
    """The file holds what writing its records gives, and nothing that they do not say."""
    for name, want in expected.items():
        wrong = found[name] != want
        if wrong.any():
            at = tuple(int(i) for i in np.unravel_index(np.argmax(wrong), wrong.shape))
            raise LevelError(
                f"{what}, {_place(at[0])}: {name}{list(at[1:]) or ''} = {found[name][at]}, "
                f"expected {want[at]}"
            )
