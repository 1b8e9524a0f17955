"""Saving, restoring and cloning the state of a batch: plain arrays in a format of our own.

A snapshot is ``MAGIC``, the length of the header as 8 little-endian bytes, the header as JSON, the
bytes of the arrays one after another, and the SHA-256 of all that. It holds what a slot needs to go
on exactly: its state, keys, rules, generator knobs, outputs and the level it plays, so that it can
be restored in another process and into an environment made with another seed or another bank.
Observations are not held: they are a function of the state and are written anew.

The digest tells damage, not intent: as with weights, restore states that you or someone you trust
has saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.driver import NEVER, SOURCE_BANK
from adaptarium.envs.core.errors import AdaptariumError, SnapshotError
from adaptarium.envs.core.factors import RulesBase, validated
from adaptarium.envs.core.strictjson import dumps, loads

MAGIC = b"ADAPTARIUM STATE"
SCHEMA = 3
_DIGEST = hashlib.sha256().digest_size

# Of the workspace, per slot: all but the script of solvers, masks, observations and scratch.
_SLOT_FIELDS = (
    "core",
    "source",
    "rules",
    "knobs",
    "actions",
    "reward",
    "terminated",
    "truncated",
    "returns",
    "final_returns",
    "inner_from",
    "inner_returns",
    "out",
)


def slot_arrays(batch: Batch) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """The arrays that hold the slots' own state, with a name each; one row a slot."""
    w = batch.w
    for name in _SLOT_FIELDS:
        yield name, getattr(w, name)
    for j, words in enumerate((*w.measures, *w.rows)):
        yield f"words.{j}", words
    for name in ("now", "played", "base"):
        yield f"shift.{name}", getattr(w.shift, name)


def level_arrays(batch: Batch) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """The arrays of levels; the first ``num_envs`` rows are the slots' own."""
    yield "info", batch.w.info
    for name, array in zip(batch.w.levels._fields, batch.w.levels, strict=True):
        yield f"levels.{name}", array


# ---- cloning ----


def copy_slots(batch: Batch, src: Any, dst: Any) -> None:
    """Make slots ``dst`` exact copies of slots ``src``: state, level, rules, keys and outputs.

    Args:
        batch: The batch.
        src: Index or (m,) indices of slots.
        dst: As many indices; each at most once, and none that is also in ``src``.

    Raises:
        AdaptariumError: an index is out of range, or the two do not pair up.
    """
    sources, targets = _pairs(batch, src, dst)
    rows = batch.w.core["level"][sources]
    own = rows == sources  # fresh levels lie in the slot's own row, bank rows are shared
    for _, array in slot_arrays(batch):
        array[targets] = array[sources]
    for _, array in level_arrays(batch):
        array[targets[own]] = array[rows[own]]
    batch.w.core["level"][targets[own]] = targets[own]
    for view in batch.obs.values():
        view[targets] = view[sources]
    batch.world_of[targets] = batch.world_of[sources]
    batch.seeded[targets] = batch.seeded[sources]
    if batch.shifter is not None:
        batch.shifter.copy(sources, targets)
        return
    for source, target in zip(sources, targets, strict=True):
        batch.rules[target] = batch.rules[source]


def copy_across(source: Batch, src: Any, target: Batch, dst: Any) -> None:
    """Put slots ``dst`` of one batch into the states of slots ``src`` of another.

    They go on by the same factors, on the same level, until their episode is over; schedules of
    shifts stay behind. What a copied slot plays afterwards is the affair of its own batch.

    Args:
        source: A batch; it is only read.
        src: Index or (m,) indices of its slots.
        target: A batch of the same family and structure (``capacity=source.sizes``), which follows
            no plan of shifts.
        dst: As many indices of its slots, each at most once.

    Raises:
        AdaptariumError: the batches do not fit, an index is out of range, or they do not pair up.
    """
    if (source.family, source.sizes) != (target.family, target.sizes) or target.shifter is not None:
        raise AdaptariumError(
            f"cannot copy slots of {source.family.name} with sizes {source.sizes} into "
            f"{target.family.name} with sizes {target.sizes}: expected the same structure, and no "
            "plan of shifts"
        )
    sources = _slots("src", src, source.num_envs)
    targets = _slots("dst", dst, target.num_envs)
    _check_paired(sources, targets)
    given = dict(slot_arrays(source))
    for name, array in slot_arrays(target):
        if not name.startswith(("shift.", "source", "knobs")):
            array[targets] = given[name][sources]
    core = target.w.core
    rows = source.w.core["level"][sources]
    for (_, array), (_, levels) in zip(level_arrays(target), level_arrays(source), strict=True):
        array[targets] = levels[rows]
    core["level"][targets] = targets
    core["until"][targets] = NEVER
    core["coming"][targets] = core["renewed"][targets] = 0
    for name, view in target.obs.items():
        view[targets] = source.obs[name][sources]
    target.seeded[targets] = source.seeded[sources]
    rules = source.rules
    for i, j in zip(sources.tolist(), targets.tolist(), strict=True):
        target.rules[j] = rules[i]


def _pairs(batch: Batch, src: Any, dst: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    sources, targets = _slots("src", src, batch.num_envs), _slots("dst", dst, batch.num_envs)
    _check_paired(sources, targets)
    if set(sources.tolist()) & set(targets.tolist()):
        raise AdaptariumError("a slot is both copied from and copied to; copy in two calls")
    return sources, targets


def _slots(name: str, given: Any, count: int) -> npt.NDArray[Any]:
    slots = np.atleast_1d(np.asarray(given))
    if slots.dtype.kind not in "iu" or slots.ndim != 1:
        raise AdaptariumError(f"{name} = {slots.tolist()!r}: expected indices of slots")
    if len(slots) and not (slots.min() >= 0 and slots.max() < count):
        raise AdaptariumError(f"{name} = {slots.tolist()!r}: expected slots from 0 to {count - 1}")
    return slots


def _check_paired(sources: npt.NDArray[Any], targets: npt.NDArray[Any]) -> None:
    if len(sources) != len(targets) or len(set(targets.tolist())) < len(targets):
        raise AdaptariumError(
            f"cannot copy slots {sources.tolist()} to {targets.tolist()}: expected one target for "
            "each source, each target once"
        )


# ---- saving ----


def save(batch: Batch, extra: Mapping[str, Any] | None = None) -> bytes:
    """The state of a batch.

    Args:
        batch: The batch, at any step.
        extra: Plain data of a face, given back by :func:`restore`.
    """
    arrays = list(_saved_arrays(batch))
    rules, rule_of = _distinct_rules(batch.rules)
    header = {
        "schema_version": SCHEMA,
        **_shape(batch),
        "worlds": [world.id for world in batch.worlds],
        "sources": _source_digests(batch),
        "world_of": batch.world_of,
        "bank_rows": _bank_rows(batch),
        "seeded": batch.seeded,
        "rules": rules,
        "rule_of": rule_of,
        "shifts": batch.shifter.to_data() if batch.shifter is not None else {},
        "extra": dict(extra or {}),
        "arrays": [_entry(name, array) for name, array in arrays],
    }
    text = dumps(header).encode()
    head = MAGIC + len(text).to_bytes(8, "little") + text
    body = head + b"".join(array.tobytes() for _, array in arrays)
    return body + hashlib.sha256(body).digest()


def _shape(batch: Batch) -> dict[str, Any]:
    """What must be equal for a state to fit a batch."""
    return {
        "family": batch.family.name,
        "num_envs": batch.num_envs,
        "sizes": batch.sizes,
    }


def _saved_arrays(batch: Batch) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Slot arrays, and the level row that each slot plays."""
    yield from slot_arrays(batch)
    rows = batch.w.core["level"]
    for name, array in level_arrays(batch):
        # As raw bytes: plain indexing leaves the bytes between aligned fields to chance.
        yield name, array.view(f"V{array.itemsize}")[rows].view(array.dtype)


def _entry(name: str, array: npt.NDArray[Any]) -> dict[str, Any]:
    return {"name": name, "dtype": repr(array.dtype.descr), "shape": list(array.shape)}


def _source_digests(batch: Batch) -> list[str]:
    """A digest of where each world's levels come from, in the order of the worlds."""
    data = [(w.family.name, w.levels.model_dump(mode="json")) for w in batch.worlds]
    return [hashlib.sha256(dumps(one, sort_keys=True).encode()).hexdigest()[:32] for one in data]


def _bank_rows(batch: Batch) -> npt.NDArray[np.int64]:
    """(n,) place of the current level in the slot's bank; -1 for a level of the slot's own."""
    level, first = batch.w.core["level"], batch.w.source["first"]
    inside = (level >= first) & (level < first + batch.w.source["count"])
    return np.where((batch.w.source["kind"] == SOURCE_BANK) & inside, level - first, -1)


def _distinct_rules(rules: Sequence[RulesBase]) -> tuple[list[Any], list[int]]:
    numbers: dict[int, int] = {}
    distinct: list[Any] = []
    for one in rules:
        if id(one) not in numbers:
            numbers[id(one)] = len(distinct)
            distinct.append(one.model_dump(mode="json"))
    return distinct, [numbers[id(one)] for one in rules]


# ---- restoring ----


def restore(batch: Batch, data: bytes) -> dict[str, Any]:
    """Put a batch into a saved state; it goes on exactly as the saved one did.

    A slot that plays from a bank other than the saved one ends its episode on the saved level and
    then takes levels of its own bank.

    Args:
        batch: A batch of the same family, structure and number of slots.
        data: What :func:`save` gave.

    Returns:
        The ``extra`` data of the face that saved.

    Raises:
        SnapshotError: the bytes are damaged, foreign, or of another structure. Nothing has been
            changed then.
    """
    header, body = _read_header(data)
    _check_shape(batch, header)
    arrays = _read_arrays(batch, header, body)
    rules = _read_rules(batch, header)
    places = _read_places(batch, header)
    _check_shifts(batch, header)
    if batch.shifter is None:
        batch.rules[:] = [rules[number] for number in header["rule_of"]]
    else:
        batch.shifter.restore(header["shifts"], arrays["core"])
    _write(batch, arrays, places)
    batch.equip()
    batch.seeded[:] = header["seeded"]
    batch.observe()
    extra: dict[str, Any] = header["extra"]
    return extra


def _read_header(data: bytes) -> tuple[dict[str, Any], memoryview]:
    """The header and the bytes of the arrays, with the digest proved."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise SnapshotError(f"expected the bytes of a saved state, got {type(data).__name__}")
    data = bytes(data)
    start = len(MAGIC) + 8
    if not data.startswith(MAGIC):
        raise SnapshotError(
            f"these {len(data)} bytes are no saved state: they do not begin with {MAGIC!r}"
        )
    if len(data) < start + _DIGEST:
        raise SnapshotError(f"the saved state is cut off after {len(data)} bytes")
    if hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
        raise SnapshotError("the saved state is damaged: its digest does not match")
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    if end > len(data) - _DIGEST:
        raise SnapshotError("the saved state is damaged: its header is longer than the bytes")
    header = loads(data[start:end], what="header of the saved state", error=SnapshotError)
    return _checked_header(header), memoryview(data)[end:-_DIGEST]


_HEADER_TYPES: Mapping[str, type] = {
    "schema_version": int,
    "family": str,
    "num_envs": int,
    "sizes": dict,
    "worlds": list,
    "sources": list,
    "world_of": list,
    "bank_rows": list,
    "seeded": list,
    "rules": list,
    "rule_of": list,
    "shifts": dict,
    "extra": dict,
    "arrays": list,
}


def _checked_header(header: Any) -> dict[str, Any]:
    if not isinstance(header, dict) or not isinstance(header.get("schema_version"), int):
        raise SnapshotError("the saved state has no header of ours")
    if header["schema_version"] != SCHEMA:
        raise SnapshotError(
            f"the saved state has schema version {header['schema_version']}, expected {SCHEMA}"
        )
    for name, kind in _HEADER_TYPES.items():
        if not isinstance(header.get(name), kind):
            raise SnapshotError(f"the saved state's header has no valid {name!r}")
    return header


def _check_shape(batch: Batch, header: Mapping[str, Any]) -> None:
    for name, wanted in _shape(batch).items():
        if header[name] == wanted:
            continue
        found = header[name]
        if isinstance(wanted, dict):
            keys = [key for key in wanted if wanted[key] != found.get(key)]
            found, wanted = ({key: one.get(key) for key in keys} for one in (found, wanted))
        raise SnapshotError(
            f"the saved state has {name} = {found!r}, this environment {wanted!r}: "
            "restore it into one of the same structure"
        )


def _check_shifts(batch: Batch, header: Mapping[str, Any]) -> None:
    mine = None if batch.shifter is None else batch.shifter.program.digest
    saved = header["shifts"].get("digest")
    if saved == mine:
        return
    state, here = (
        "no plan of shifts" if one is None else f"the plan of shifts {str(one)[:12]!r}"
        for one in (saved, mine)
    )
    raise SnapshotError(f"the saved state follows {state}, this environment {here}: use the same")


def _read_arrays(
    batch: Batch, header: Mapping[str, Any], body: memoryview
) -> dict[str, npt.NDArray[Any]]:
    """The saved arrays by name; the table in the header must be this batch's own, exactly."""
    expected = dict(_saved_arrays(batch))
    table = [_entry(name, array) for name, array in expected.items()]
    if header["arrays"] != table:
        raise SnapshotError(
            "the saved state has other arrays than this environment: it comes from another version"
        )
    sizes = [array.nbytes for array in expected.values()]
    if len(body) != sum(sizes):
        raise SnapshotError(f"the saved state holds {len(body)} bytes, expected {sum(sizes)}")
    arrays, start = {}, 0
    for (name, array), size in zip(expected.items(), sizes, strict=True):
        flat = np.frombuffer(body[start : start + size], np.uint8)
        arrays[name] = flat.view(array.dtype).reshape(array.shape)
        start += size
    return arrays


def _read_rules(batch: Batch, header: Mapping[str, Any]) -> list[RulesBase]:
    model = batch.family.module("rules").Rules
    try:
        rules = [validated(model, data, "factor") for data in header["rules"]]
    except AdaptariumError as problem:
        raise SnapshotError(f"the saved state holds invalid rules: {problem}") from None
    _check_indices("rule_of", header["rule_of"], batch.num_envs, len(rules))
    return rules


def _check_indices(name: str, values: Sequence[Any], count: int, below: int) -> None:
    if len(values) != count or not all(type(v) is int and -1 <= v < below for v in values):
        raise SnapshotError(f"the saved state's header has no valid {name!r}")


class _Place(NamedTuple):
    """Where a slot's levels come from after a restore."""

    world: int  # index of this batch's world with the saved level source; -1 for none
    row: int  # row of the current level


def _read_places(batch: Batch, header: Mapping[str, Any]) -> list[_Place]:
    n = batch.num_envs
    _check_indices("world_of", header["world_of"], n, len(header["sources"]))
    _check_indices("bank_rows", header["bank_rows"], n, 2**62)
    if len(header["seeded"]) != n or not all(type(flag) is bool for flag in header["seeded"]):
        raise SnapshotError("the saved state's header has no valid 'seeded'")
    mine = _source_digests(batch)
    places = []
    for i, (number, bank_row) in enumerate(
        zip(header["world_of"], header["bank_rows"], strict=True)
    ):
        digest = header["sources"][number]
        own = int(batch.world_of[i])
        world = own if mine[own] == digest else mine.index(digest) if digest in mine else -1
        first, count = batch.banks[world] if world >= 0 else (0, 0)
        row = first + bank_row if 0 <= bank_row < count else i
        places.append(_Place(world, row))
    return places


def _write(batch: Batch, arrays: Mapping[str, npt.NDArray[Any]], places: Sequence[_Place]) -> None:
    """Overwrite every slot; level rows of banks stay as they are."""
    own_source, own_knobs = batch.w.source.copy(), batch.w.knobs.copy()
    for name, array in slot_arrays(batch):
        array[:] = arrays[name]
    rows = np.array([place.row for place in places])
    own = np.flatnonzero(rows == np.arange(batch.num_envs))
    for name, array in level_arrays(batch):
        array[own] = arrays[name][own]
    batch.w.core["level"] = rows
    for i, place in enumerate(places):
        source = batch.w.source[i]
        if place.world >= 0:
            batch.world_of[i] = place.world
            source["first"], source["count"] = batch.banks[place.world]
        elif source["kind"] == SOURCE_BANK:  # a bank that this batch does not have
            batch.w.source[i], batch.w.knobs[i] = own_source[i], own_knobs[i]
