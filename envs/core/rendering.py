"""Pictures of levels, for reports and listings."""

from __future__ import annotations

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.drawing import png
from adaptarium.envs.core.world import World


def level_picture(world: World, number: int = 0) -> bytes:
    """A PNG of a world at the start of the episode with seed ``number``.

    A world of explicit levels begins seed ``k`` on its level ``k``.

    Raises:
        MissingExtraError: pygame is not installed.
    """
    batch = Batch([world], 1, autoreset="disabled")
    batch.reset(seed=number)
    return png(world.family.module("render").frame(batch, 0))
