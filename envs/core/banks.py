"""Banks: levels stacked in the level arrays of a workspace."""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.envs.core.errors import SplitError
from adaptarium.envs.core.identity import identify_levels
from adaptarium.envs.core.layout import Workspace, allocate_workspace
from adaptarium.envs.core.world import SPLITS, World

# Generation fills banks in chunks, so that a bank of a million levels needs no million slots.
CHUNK = 4096


def copy_levels(source: Workspace, target: Workspace, rows: Any, into: slice) -> None:
    """Copy level rows from one workspace to another of at least the same capacity.

    Cells are stored at each level's own width, so a larger capacity only adds padding.
    """
    target.info[into] = source.info[rows]
    for mine, theirs in zip(target.levels, source.levels, strict=True):
        window = tuple(slice(0, size) for size in theirs.shape[1:])
        mine[(into, *window)] = theirs[rows]


def bank_of(world: World) -> Workspace | None:
    """The fixed set of a world's levels as a workspace whose level rows are the bank."""
    if world.levels.records:
        bank = read_records(world)
        return bank if world.levels.split == "all" else _of_split(world, bank)
    if world.levels.num_levels == 0:
        return None
    return generate_levels(world, world.levels.start_level, world.levels.num_levels)


def _of_split(world: World, bank: Workspace) -> Workspace:
    """The levels of a bank that are in the world's split; few levels are not split."""
    wanted = SPLITS.index(world.levels.split)
    rows = np.flatnonzero(bank.info["split"] == wanted)
    if not world.is_split() or len(rows) == len(bank.info):
        return bank
    if not len(rows):
        raise SplitError(f"{world.id}: none of its levels is of split {world.levels.split!r}")
    chosen = level_workspace(world, len(rows))
    copy_levels(bank, chosen, rows, slice(None))
    return chosen


def level_workspace(world: World, rows: int) -> Workspace:
    """A workspace with ``rows`` level rows and one slot, to hold levels outside a batch."""
    sizes = world.sizes()
    layout = world.family.module("layout").layout(sizes)
    rules = world.family.module("rules").RULES_DTYPE
    knobs = world.family.generator_module().KNOBS_DTYPE
    return allocate_workspace(layout, 1, rows, 1, rules, knobs)


def generate_levels(world: World, start: int, count: int) -> Workspace:
    """Levels ``start`` to ``start + count - 1`` of a world: each the first of ``reset(seed=s)``.

    Raises:
        SplitError: the world's split holds no level.
    """
    from adaptarium.envs.core.batch import Batch  # a batch holds banks

    fresh = world.override(num_levels=0) if world.levels.num_levels else world
    bank = level_workspace(fresh, count)
    batch = Batch([fresh], min(count, CHUNK))
    for done in range(0, count, batch.num_envs):
        take = min(batch.num_envs, count - done)
        batch.generate(start + done + np.arange(batch.num_envs, dtype=np.int64))
        copy_levels(batch.w, bank, slice(0, take), slice(done, done + take))
    return bank


def read_records(world: World) -> Workspace:
    """The explicit levels of a world as a bank, with content hash and split."""
    level = world.family.module("level")
    bank = level_workspace(world, len(world.levels.records))
    for k, record in enumerate(world.levels.records):
        level.write(bank, k, record)
    identify_levels(world.family, bank, 0, len(world.levels.records))
    return bank
