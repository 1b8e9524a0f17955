"""The PettingZoo face in which agents act one after another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from adaptarium.envs.core.errors import ActionError, ResetNeededError
from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.shifting import ShiftProgram
from adaptarium.envs.core.world import World


class _Turns(parallel_to_aec_wrapper[str, Any, Any]):
    """PettingZoo's conversion, with every action checked in its own agent's turn.

    The conversion collects the actions of a cycle unseen. One that is wrong would be refused only
    when the last agent has acted, and then at every further step.
    """

    env: ParallelFace

    def step(self, action: Any) -> None:
        agent = self.agent_selection
        if not (self.terminations[agent] or self.truncations[agent]):
            self.env.check_action(agent, action)
        elif action is not None:
            raise ActionError(f"{agent}: action {action!r:.60}: expected None, its episode is over")
        super().step(action)


class AECFace(OrderEnforcingWrapper[str, Any, Any]):
    """A world of several seats whose agents act in turn; made by :func:`aec`.

    An action is checked when it is given: one that is not in its agent's space is refused at once,
    with nothing changed, and the same agent may act again. An agent that is out steps with
    ``None``, as PettingZoo has it.

    Args:
        env: The parallel environment behind it.
    """

    _has_reset: bool

    def __init__(self, env: ParallelFace) -> None:
        super().__init__(_Turns(env))
        self._parallel = env

    def step(self, action: Any) -> None:
        """Take the selected agent's action; the last of a cycle plays the step of all.

        Args:
            action: An element of the agent's action space; None where the agent is out.

        Raises:
            ResetNeededError: before the first ``reset``.
            ActionError: the action is not in the agent's space, or no None where the agent is out.
                Nothing has changed then.
        """
        self._check_reset("step")
        super().step(action)

    def observe(self, agent: str) -> Any:
        """The observation of ``agent``.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        self._check_reset("observe")
        return super().observe(agent)

    def state(self) -> Any:
        """The global state, as for the parallel face.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        self._check_reset("state")
        return super().state()

    def render(self) -> Any:
        """The present picture, as for the parallel face.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        self._check_reset("render")
        return super().render()

    def attach(self, plan: ShiftProgram) -> None:
        """Follow a plan of shifts, as the parallel face; :meth:`reset` must come before a step.

        Raises:
            ShiftError, StructuralShiftError, SplitError: the plan does not fit. Nothing has been
                changed then.
        """
        self._parallel.attach(plan)
        self._has_reset = False

    def set_progress(self, name: str, position: float) -> None:
        """Move a shift that follows the learner's progress; as the parallel face.

        Raises:
            ShiftError, UnknownNameError, FactorError: as the parallel face.
        """
        self._parallel.set_progress(name, position)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin an episode; as for the parallel face.

        Raises:
            FactorError: the seed is negative, or 2**63 or more.
        """
        before = self._has_reset
        try:
            super().reset(seed=seed, options=options)
        except BaseException:
            self._has_reset = before  # a refused reset has begun nothing
            raise

    def _check_reset(self, name: str) -> None:
        if not self._has_reset:
            raise ResetNeededError(f"{name} was called before reset; call reset() first")

    def __str__(self) -> str:
        return str(self.env)


def aec(world: World | str | os.PathLike[str] | Mapping[str, Any], **options: Any) -> AECFace:
    """A world of several seats as a PettingZoo AEC environment.

    The agents act at once, so each cycle of the AEC environment collects their actions and plays
    one step. An action that is not in its agent's space is refused in that agent's turn
    (``ActionError``), and a step before ``reset`` likewise (``ResetNeededError``); nothing has
    changed then.

    Args:
        world: A world of at least two seats, the id of a registered one, a world file or the plain
            data of one.
        **options: As for :class:`~adaptarium.envs.core.parallel.ParallelFace`.

    Raises:
        AdaptariumError: As for the parallel face, in its several kinds.
    """
    return AECFace(ParallelFace(world, **options))
