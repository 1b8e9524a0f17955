"""Slots are independent: of their number, threads, the autoreset mode, padding and each other."""

from __future__ import annotations

from collections.abc import Sequence

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.testing.play import Moment, difference, padding, play
from adaptarium.testing.probe import MODES, SEED, Probe
from adaptarium.testing.report import Outcome, kept


def shared_randomness(probe: Probe) -> Outcome:
    """Slot ``i`` of a batch with seed ``s`` plays as the single slot with seed ``s + i``."""
    events = 0
    for world, singles in ((probe.short, probe.singles), (probe.world, probe.long_singles)):
        for n in (2, 7):
            found = play(Batch([world], n), SEED, probe.steps)
            events += _compare(probe, "shared-randomness", singles, found, f"num_envs = {n}")
    return kept(events=events)


def order_independence(probe: Probe) -> Outcome:
    """Neither threads, nor the autoreset mode, nor the place in the batch move an episode."""
    events = 0
    for mode in MODES:
        for threads in (1, 2):
            batch = Batch([probe.short], 3, autoreset=mode, num_threads=threads)
            try:
                found = play(batch, SEED, probe.steps)
            finally:
                batch.close()
            where = f"autoreset = {mode!r}, num_threads = {threads}"
            events += _compare(probe, "order-independence", probe.singles, found, where)
    turned = play(Batch([probe.short], 3), [SEED + 2, SEED + 1, SEED], probe.steps)[::-1]
    events += _compare(probe, "order-independence", probe.singles, turned, "slots in another order")
    return kept(events=events)


def padding_leak(probe: Probe) -> Outcome:
    """A batch with spare capacity gives the same results, and zeros in its padding."""
    events = 0
    for mode in MODES[:2]:
        batch = Batch([probe.short], 3, autoreset=mode, capacity=probe.room)
        found = play(batch, SEED, probe.steps)
        where = f"capacity = {probe.room}, autoreset = {mode!r}"
        events += _compare(probe, "padding-leak", probe.singles, found, where)
        for expected, one in zip(probe.singles, found, strict=False):
            if leak := padding(expected, one):
                probe.fail("padding-leak", f"with {where}: {leak}")
    return kept(events=events)


def mixed_worlds(probe: Probe) -> Outcome:
    """Other worlds in the same batch leave the episodes of this one alone."""
    others = companions(probe.short)
    worlds = [probe.short, *others]
    batch = Batch(worlds, 2 * len(worlds))
    count = len(worlds)
    seeds = [SEED + i // count if i % count == 0 else i for i in range(batch.num_envs)]
    found = play(batch, seeds, probe.steps)[::count]
    where = f"beside {', '.join(world.id for world in others)}"
    events = _compare(probe, "order-independence", probe.singles, found, where)
    return kept(events=events, worlds=count)


def companions(world: World) -> list[World]:
    """Other worlds of the family: the world with other time limits, and one that is registered."""
    from adaptarium.envs.core import registry

    others = [world.override(**{"episode.max_steps": 3, "episode.inner_episodes": 2})]
    for spec in registry.world_specs():
        if spec.family == world.family.name and spec.id != world.id:
            data = {"id": spec.id, "family": spec.family, **spec.data}
            others.append(World.from_data(data))
            break
    return others


def _compare(
    probe: Probe,
    contract: str,
    expected: Sequence[list[Moment]],
    found: Sequence[list[Moment]],
    where: str,
) -> int:
    """Compare slot by slot; returns the number of events compared."""
    for i, (one, other) in enumerate(zip(expected, found, strict=False)):
        if problem := difference(one, other):
            probe.fail(contract, f"with {where}, the slot of seed {SEED + i}: {problem}")
    return sum(min(len(a), len(b)) for a, b in zip(expected, found, strict=False))
