"""Playing levels: what plans pay on the kernel, and what players get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.policies import Policy
from adaptarium.envs.core.reference import Reference
from adaptarium.envs.core.world import World


def batch_of(world: World, bank: Workspace, rows: Sequence[int]) -> Batch:
    """A batch with one slot on each of some level rows, at the start of its first episode."""
    read = world.family.module("level").read
    alone = world.override(records=tuple(read(bank, row) for row in rows))
    batch = Batch([alone], len(rows), autoreset="disabled")
    batch.reset(seed=0)  # seed k of a fixed set is its level k
    return batch


def replay(
    world: World, bank: Workspace, plans: Mapping[int, Sequence[int]]
) -> dict[int, tuple[float, bool]]:
    """Return and success of a plan on each level row, over all inner episodes.

    Args:
        world: The world whose rules hold.
        bank: A workspace with the levels.
        plans: Level row -> the actions of one inner episode.
    """
    rows = list(plans)
    batch = batch_of(world, bank, rows)
    core, w = batch.w.core, batch.w
    while not core["ended"].all():
        over = True
        for i, row in enumerate(rows):
            step = int(core["elapsed"][i])
            over &= bool(core["ended"][i]) or step >= len(plans[row])
            w.actions[i] = plans[row][step] if step < len(plans[row]) else -1
        if over:
            break  # a plan that ran out without success
        batch.step()
    success = w.final_metrics["success"].astype(bool) & core["ended"].astype(bool)
    return {row: (float(w.returns[i].sum()), bool(success[i])) for i, row in enumerate(rows)}


def play(
    world: World, bank: Workspace, row: int, player: Policy, n: int
) -> tuple[npt.NDArray[np.float64], int]:
    """(n,) returns of ``player`` on one level, and the mean length."""
    batch = batch_of(world, bank, [row] * n)
    core = batch.w.core
    while not core["ended"].all():
        for i in np.flatnonzero(core["ended"] == 0).tolist():
            batch.w.actions[i] = player.act(batch.w, i)
        batch.step()
    return batch.w.final_returns.sum(axis=1), round(float(core["clock"].mean()))


def by_policy(returns: npt.NDArray[np.float64], length: int) -> Reference:
    """The reference that a player's (n,) returns make: their mean, two standard errors about it."""
    n = len(returns)
    error = float(returns.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    mean = float(returns.mean())
    return Reference(mean, "policy", None, length, n, mean - 2 * error, mean + 2 * error)


def repeated(plan: Sequence[int], rounds: int) -> list[Any]:
    """A plan for all inner episodes of a trial."""
    return list(plan) * rounds
