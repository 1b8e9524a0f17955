"""Structural factors: refused without room, accepted with it, and then as if made so."""

from __future__ import annotations

from typing import Any

import numpy as np

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import StructuralShiftError
from adaptarium.envs.core.room import merged_sizes
from adaptarium.envs.core.world import World
from adaptarium.testing.arrays import snapshot
from adaptarium.testing.effects import Trial, trials
from adaptarium.testing.play import difference, play
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome


def structural_factors(probe: Probe) -> Outcome:
    """Take every structural factor to its test values, in a running batch without and with room."""
    tried = trials(probe.short, "structural")
    refused = sum(_without_room(probe, trial) for trial in tried)
    acted = frozenset(trial.factor for trial in tried if shift_with_room(probe, trial))
    return Outcome("kept", "", {"values": len(tried), "refused": refused}, acted)


def _without_room(probe: Probe, trial: Trial) -> bool:
    """A shift that outgrows the batch is refused and leaves it as it was."""
    batch = Batch([probe.short], 2)
    batch.reset(seed=SEED)
    before = snapshot(batch, "rules")
    try:
        batch.set_rules(**{trial.factor: trial.value})
        refused = False
    except StructuralShiftError:
        refused = True
    needed = merged_sizes([_shifted(probe.short, trial)], None)
    grows = any(size > batch.sizes[name] for name, size in needed.items())
    if grows and not refused:
        probe.fail(
            "structural-not-refused",
            f"{trial.factor} = {trial.value!r} needs {needed}; a batch of {batch.sizes} took it",
        )
    if refused and snapshot(batch, "rules") != before:
        probe.fail("structural-not-refused", f"the refused {trial.factor} changed the rules")
    return refused


def shift_with_room(probe: Probe, trial: Trial) -> bool:
    """With room, the shifted batch plays as one that was made with the new value.

    Returns:
        Whether the shift is seen at all in this world.
    """
    other = _shifted(probe.short, trial)
    room = merged_sizes([probe.short, other], None)
    batch = Batch([probe.short], 2, capacity=room)
    try:
        batch.set_rules(**{trial.factor: trial.value})
    except StructuralShiftError as error:
        probe.fail("structural-not-refused", f"refused although there is room: {error}")
    expected = play(Batch([other], 2), SEED, probe.steps)
    found = play(batch, SEED, probe.steps)
    for i, (one, two) in enumerate(zip(expected, found, strict=True)):
        if problem := difference(one, two):
            probe.fail(
                "padding-leak",
                f"{trial.factor} = {trial.value!r} with room {room}, seed {SEED + i}: {problem}",
            )
    return _acts(expected, play(Batch([probe.short], 2), SEED, probe.steps))


def _shifted(world: World, trial: Trial) -> World:
    return world.override(**{trial.factor: trial.value})


def _acts(one: Any, other: Any) -> bool:
    """Whether two records differ in shape or in value anywhere."""
    for mine, theirs in zip(one, other, strict=True):
        for a, b in zip(mine, theirs, strict=False):
            if a.fields.keys() != b.fields.keys():
                return True
            if any(not np.array_equal(a.fields[name], b.fields[name]) for name in a.fields):
                return True
    return False
