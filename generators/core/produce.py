"""Making level files: distinct levels of a world, with what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adaptarium._version import __version__
from adaptarium.envs.core.banks import CHUNK, generate_levels, read_records
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AdaptariumError, FactorError, LevelError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import random_returns
from adaptarium.envs.core.world import World, load_world
from adaptarium.generators.core.banks import level_writer
from adaptarium.generators.core.files import (
    MAX_LEVELS,
    Header,
    LevelRecord,
    RandomField,
    ReferenceField,
    check_target,
)

RANDOM_EPISODES = 32
"""Random episodes behind a level's random return; more where the two are close."""
RANDOM_SEED = 1
PORTION = 32
"""Levels that are solved and written together."""

Listener = Callable[[int, str], None]


def produce(
    world: World,
    overrides: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    listener: Listener = lambda _done, _note: None,
) -> Path:
    """Write ``count`` distinct levels of a world, each with its reference and random return.

    Of a world with explicit levels they are the first ones.

    Args:
        world: The world, with its overrides.
        overrides: The overrides, for the header.
        count: How many levels.
        seed: The same seed gives the same file, also after an interruption.
        out: The file: a bank where its name ends in ``.npz``, else JSON Lines.
        listener: Told how many levels are written.

    Raises:
        LevelError: the generator has fewer distinct levels, a level cannot be solved, nothing can
            be written under the name.
        SplitError: the split holds no level.
    """
    if not isinstance(count, int) or not 1 <= count <= MAX_LEVELS:
        raise FactorError(f"count = {count!r}: expected 1 to {MAX_LEVELS} levels")
    _check_enough(world, count)
    check_target(out)
    if world.levels.generator:
        header = _header(world, overrides, count, seed)
        bank = distinct_levels(world, count, seed)
    else:
        header = _header_of_given(world, count)
        bank = read_records(world)
    writer = level_writer(out, header)
    try:
        for first in range(len(writer.done), count, PORTION):
            rows = range(first, min(first + PORTION, count))
            for record in _records(world, bank, rows):
                writer.write(record)
            writer.flush()
            listener(rows.stop, f"{rows.stop} of {count} levels")
        return writer.finish()
    finally:
        writer.close()


def _header(world: World, overrides: dict[str, Any], count: int, seed: int) -> Header:
    _, generator = world.family.generator(world.levels.generator)
    data = {
        "schema": "adaptarium-levels/1",
        "world": world.id,
        "overrides": overrides,
        "family": world.family.name,
        "generator": generator.name,
        "generator_version": generator.version,
        "knobs": world.knobs().model_dump(mode="json"),
        "seed": seed,
        "split": world.levels.split,
        "count": count,
        "version": __version__,
        "definition": _definition(world, overrides),
    }
    return Header.model_validate(data)


def _header_of_given(world: World, count: int) -> Header:
    """The header for explicit levels: the world is told with those that need the most room."""
    needs = world.family.module("level").needs
    sizes = [needs(level) for level in world.levels.records]
    largest = {max(range(len(sizes)), key=lambda k: sizes[k][name]) for name in sizes[0]}
    records = tuple(world.levels.records[k] for k in sorted(largest))
    data = {
        "schema": "adaptarium-levels/1",
        "world": world.id,
        "family": world.family.name,
        "generator": "",
        "generator_version": 0,
        "seed": 0,
        "split": world.levels.split,
        "count": count,
        "version": __version__,
        "definition": world.override(records=records).to_data(),
    }
    return Header.model_validate(data)


def _definition(world: World, overrides: dict[str, Any]) -> dict[str, Any] | None:
    """The world as data, where a reader would not make it from its id and the overrides."""
    try:
        named = load_world(world.id, **overrides)
    except AdaptariumError:  # nobody's world but the caller's
        return world.to_data()
    return None if (named.rules, named.levels) == (world.rules, world.levels) else world.to_data()


def _check_enough(world: World, count: int) -> None:
    distinct = world.distinct_levels()
    if distinct is not None and distinct < count:
        raise LevelError(
            f"{world.id}{_knobs_text(world)} has {distinct} distinct levels, "
            f"{count} were asked for; ask for at most {distinct}, or take other knobs"
        )


def _knobs_text(world: World) -> str:
    return f" with knobs {world.levels.knobs}" if world.levels.generator else ""


def distinct_levels(world: World, count: int, seed: int) -> Workspace:
    """A bank of ``count`` distinct levels of the world's split, in the order they were drawn.

    Raises:
        LevelError: far more draws than levels found no further one.
    """
    kept: dict[int, tuple[int, int]] = {}
    banks: list[Workspace] = []
    first, barren = run_seed(seed), 0
    while len(kept) < count and barren < 20:
        bank = generate_levels(world, first, min(CHUNK, max(256, 2 * count)))
        before = len(kept)
        for row, content in enumerate(bank.info["content"].tolist()):
            if len(kept) < count:
                kept.setdefault(content, (len(banks), row))
        banks.append(bank)
        first += len(bank.info)
        barren = barren + 1 if len(kept) == before else 0
    if len(kept) < count:
        raise LevelError(
            f"{world.id}: found {len(kept)} distinct levels of split {world.levels.split!r}, "
            f"{count} were asked for; ask for at most {len(kept)}, or take other knobs"
        )
    return _gathered(world, banks, list(kept.values()))


def _gathered(world: World, banks: list[Workspace], places: list[tuple[int, int]]) -> Workspace:
    from adaptarium.envs.core.banks import copy_levels, level_workspace

    bank = level_workspace(world, len(places))
    for k, (which, row) in enumerate(places):
        copy_levels(banks[which], bank, slice(row, row + 1), slice(k, k + 1))
    return bank


def _records(world: World, bank: Workspace, rows: range) -> Iterator[LevelRecord]:
    """The lines of some level rows, solved together."""
    read = world.family.module("level").read
    references = world.family.module("reference").solve_many(world, bank, rows)
    means, errors, n = random_returns(world, bank, np.array(rows), RANDOM_EPISODES, RANDOM_SEED)
    for place, k in enumerate(rows):
        info, best = bank.info[k], references[place]
        exact = best.method == "exact"
        reference = {
            "return": best.return_,
            "method": best.method,
            "length": best.length,
            "n": best.n,
            "low": None if exact else best.low,
            "high": None if exact else best.high,
        }
        yield LevelRecord(
            index=k,
            name=f"{int(info['name']):016x}",
            hash=f"{int(info['content']):016x}",
            split=("train", "validation", "test")[int(info["split"]) - 1],
            difficulty=measured_difficulty(best.length, int(info["max_steps"])),
            reference=ReferenceField.model_validate(reference),
            random=RandomField(mean=float(means[place]), stderr=float(errors[place]), n=n),
            level=read(bank, k),
        )


def measured_difficulty(length: int, limit: int) -> float:
    """How much of the time limit the reference needs: 0 is none of it, 1 all."""
    return round(length / max(limit, 1), 6)
