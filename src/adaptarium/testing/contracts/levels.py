"""Levels: readable, canonical, named by their seed, in one split each."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.identity import identify_levels
from adaptarium.envs.core.layout import Workspace, allocate_workspace
from adaptarium.envs.core.world import World
from adaptarium.testing.arrays import differs, fill, leaves
from adaptarium.testing.play import corner
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome, kept, skipped


def level_round_trip(probe: Probe) -> Outcome:
    """A level read and written again is the same level: arrays, content hash and split."""
    world, count = probe.world, probe.scale(16, 200)
    bank = _levels(world, count)
    level = probe.module("level")
    own, roomy = world.sizes(), probe.room
    for sizes, contract in ((own, "split-leak"), (roomy, "level-not-canonical")):
        copy = _workspace(world, sizes, count)
        for array in leaves(copy.levels):
            fill(array, 1)  # garbage in what will be padding
        for k in range(count):
            level.write(copy, k, level.read(bank, k))
        identify_levels(world.family, copy, 0, count)
        _check_arrays(probe, bank, copy)
        for k in range(count):
            if level.read(copy, k) != level.read(bank, k):
                probe.fail("level-text-lies", f"level {SEED + k} reads differently when rewritten")
            if copy.info[k]["content"] != bank.info[k]["content"]:
                probe.fail(
                    contract,
                    f"level {SEED + k} has another content hash in a workspace of {sizes}",
                )
    return kept(levels=2 * count)


def _check_arrays(probe: Probe, bank: Workspace, copy: Workspace) -> None:
    """The meaningful part of every level array, as told by what the family's own reader uses."""
    if np.any(bank.info["max_steps"] != copy.info["max_steps"]):
        probe.fail("level-text-lies", "the time limit is lost when a level is written and read")
    for name, mine, theirs in zip(bank.levels._fields, bank.levels, copy.levels, strict=True):
        if mine.ndim == 1 and differs(mine, corner(theirs, mine.shape)).any():
            probe.fail("level-text-lies", f"levels.{name} is lost when a level is written and read")


def level_names(probe: Probe) -> Outcome:
    """Level ``s`` of a bank is the first level of ``reset(seed=s)``, in any capacity."""
    count = 6
    fresh = probe.world.override(num_levels=0) if probe.world.levels.num_levels else probe.world
    if fresh.levels.records:
        return skipped("the levels are given")
    bank = generate_levels(fresh, SEED, count)
    for capacity in (None, probe.room):
        batch = Batch([fresh], count, capacity=capacity)
        batch.reset(seed=SEED)
        found = batch.w.info[batch.w.core["level"]]
        contract = "bank-mismatch" if capacity is None else "level-not-canonical"
        if np.any(found["content"] != bank.info["content"]):
            probe.fail(contract, f"levels of seeds {SEED}… differ with capacity = {capacity}")
    stored = fresh.override(num_levels=count, start_level=SEED)
    batch = Batch([stored], count)
    batch.reset(seed=0)
    found = batch.w.info[batch.w.core["level"]]
    if np.any(found["content"] != bank.info["content"]):
        probe.fail("bank-mismatch", "bank row s is not the first level of reset(seed=s)")
    return kept(levels=3 * count)


def split_leak(probe: Probe) -> Outcome:
    """A level lies in one split, and its content alone decides in which."""
    world = probe.world
    if world.levels.records or not world.is_split():
        return skipped("the level space is not split")
    count = probe.scale(150, 2000)
    home: dict[str, tuple[int, str]] = {}
    for split in ("train", "validation", "test"):
        chosen = world.override(split=split, num_levels=0)
        bank = generate_levels(chosen, SEED, count)
        for k in range(count):
            content = int(bank.info[k]["content"])
            key = _canonical(probe.module("level").read(bank, k))
            other, first = home.setdefault(key, (content, split))
            if first != split:
                probe.fail("split-leak", f"{key:.200} lies in {first} and in {split}")
            if other != content:
                probe.fail("split-leak", f"{key:.200} has two content hashes")
    return kept(levels=3 * count, distinct=len(home))


def _canonical(readable: dict[str, Any]) -> str:
    """The readable level as one string; its time limit is no part of its identity."""
    return json.dumps({k: v for k, v in readable.items() if k != "max_steps"}, sort_keys=True)


def _levels(world: World, count: int) -> Workspace:
    if not world.levels.records:
        return generate_levels(world, SEED, count)
    batch = Batch([world], count)
    batch.reset(seed=0)
    rows = batch.w.core["level"]
    copy = _workspace(world, batch.sizes, count)
    copy.info[:] = batch.w.info[rows]
    for mine, theirs in zip(copy.levels, batch.w.levels, strict=True):
        mine[:] = theirs[rows]
    return copy


def _workspace(world: World, sizes: dict[str, int], rows: int) -> Workspace:
    """A workspace of these sizes with ``rows`` level rows."""
    layout = world.family.module("layout").layout(sizes)
    rules = world.family.module("rules").RULES_DTYPE
    knobs = world.family.generator_module().KNOBS_DTYPE
    return allocate_workspace(layout, 1, rows, 1, rules, knobs)
