"""Interface shifts on any environment: the one door to the wrappers of each face."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.vector import VectorEnv
from pettingzoo import AECEnv, ParallelEnv

from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.text import TextEnv
from adaptarium.envs.core.vector import MultiAgentVector


def wrap(env: Any, shifts: Any) -> Any:
    """An environment under interface shifts.

    Args:
        env: A Gymnasium environment or vector environment, a PettingZoo parallel or AEC
            environment, a batch of worlds of several seats, or a text environment; ours or
            anybody's.
        shifts: A :class:`~adaptarium.wrappers.spec.ShiftPlan`, a shift, a sequence of shifts, the
            plain data of a shift file or its path. The first lies next to the environment.

    Returns:
        A wrapper of the same face.

    Raises:
        ShiftError: the shifts describe no plan, do not fit the environment's spaces, or one of
            them is no change of the interface; or ``env`` is no environment of these kinds.
    """
    if isinstance(env, VectorEnv):
        from adaptarium.wrappers.faces.batch import ShiftedVector

        return ShiftedVector(env, shifts)
    if isinstance(env, gymnasium.Env):
        from adaptarium.wrappers.faces.single import ShiftedEnv

        return ShiftedEnv(env, shifts)
    if isinstance(env, ParallelEnv):
        from adaptarium.wrappers.faces.parallel import ShiftedParallel

        return ShiftedParallel(env, shifts)
    if isinstance(env, AECEnv):
        from adaptarium.wrappers.faces.aec import shifted_aec

        return shifted_aec(env, shifts)
    if isinstance(getattr(env, "unwrapped", env), MultiAgentVector):
        from adaptarium.wrappers.faces.batch import ShiftedMultiAgentVector

        return ShiftedMultiAgentVector(env, shifts)
    if isinstance(env, TextEnv):
        from adaptarium.wrappers.faces.text import ShiftedText

        return ShiftedText(env, shifts)
    raise ShiftError(
        f"an object of type {type(env).__name__} cannot be shifted; expected a Gymnasium "
        "environment or vector environment, a PettingZoo parallel or AEC environment, "
        "World.vec() or World.text()"
    )
