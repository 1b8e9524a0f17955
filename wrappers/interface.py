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


def seated(env: Any, shift: Any, pool: Any) -> Any:
    """An environment of several agents in which a pool of agents plays some seats by a schedule.

    Args:
        env: A PettingZoo parallel environment, ours or anybody's, or a batch of worlds of several
            seats.
        shift: A plan of one shift of kind ``"partners"``, in any form.
        pool: Agents by name: objects with ``act(observation, info)``; for a batch, ones that play
            many sub-environments at once.

    Returns:
        A Gymnasium environment (of a batch, a vector environment) where one seat is left, a
        smaller parallel environment where several are.

    Raises:
        ShiftError: the shift is no such, or does not fit the environment or the pool.
    """
    from adaptarium.wrappers.partners_batch import SeatedVector
    from adaptarium.wrappers.partners_faces import SeatedEnv, SeatedParallel

    if isinstance(getattr(env, "unwrapped", env), MultiAgentVector):
        return SeatedVector(env, shift, pool)
    if isinstance(env, ParallelEnv):
        smaller = SeatedParallel(env, shift, pool)
        return SeatedEnv(env, shift, pool) if len(smaller.possible_agents) == 1 else smaller
    raise ShiftError(
        f"an object of type {type(env).__name__} has no seats to fill; expected a PettingZoo "
        "parallel environment or World.vec() of several seats"
    )
