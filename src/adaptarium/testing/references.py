"""References of levels: their plans let the contracts see more than random play does."""

from __future__ import annotations

import time
from collections.abc import Iterator

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.reference import Reference, TooLargeError
from adaptarium.envs.core.world import World


def references(
    world: World, count: int, seed: int, seconds: float
) -> Iterator[tuple[int, Reference]]:
    """The references of the first levels of seeds ``seed`` to ``seed + count - 1``.

    A level that is too large for the family's solver gives none; after ``seconds`` no further
    level is begun.

    Raises:
        LevelError: a level has no reference, as it cannot be solved.
    """
    solve = world.family.module("reference").solve
    batch = Batch([world], count)
    batch.reset(seed=seed)
    start = time.perf_counter()
    for i, row in enumerate(batch.w.core["level"].tolist()):
        if time.perf_counter() - start > seconds:
            return
        try:
            yield i, solve(world, (batch.w, row))
        except TooLargeError:
            continue
