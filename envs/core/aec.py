"""The PettingZoo face in which agents act one after another."""

from __future__ import annotations

from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils import parallel_to_aec

from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.world import World


def aec(world: World | str, **options: Any) -> AECEnv[str, Any, Any]:
    """A world of several seats as a PettingZoo AEC environment.

    The agents act at once, so each cycle of the AEC environment collects their actions and plays
    one step.

    Args:
        world: A world of at least two seats, or the id of a registered one.
        **options: As for :class:`~adaptarium.envs.core.parallel.ParallelFace`.

    Raises:
        AdaptariumError: As for the parallel face.
    """
    return parallel_to_aec(ParallelFace(world, **options))
