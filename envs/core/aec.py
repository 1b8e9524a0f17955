"""The PettingZoo face in which agents act one after another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils import parallel_to_aec

from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.world import World


def aec(
    world: World | str | os.PathLike[str] | Mapping[str, Any], **options: Any
) -> AECEnv[str, Any, Any]:
    """A world of several seats as a PettingZoo AEC environment.

    The agents act at once, so each cycle of the AEC environment collects their actions and plays
    one step.

    Args:
        world: A world of at least two seats, the id of a registered one, a world file or the plain
            data of one.
        **options: As for :class:`~adaptarium.envs.core.parallel.ParallelFace`.

    Raises:
        AdaptariumError: As for the parallel face, in its several kinds.
    """
    return parallel_to_aec(ParallelFace(world, **options))
