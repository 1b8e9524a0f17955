"""The vector faces: Gymnasium's ``VectorEnv`` over a batch, and its sibling for several seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from adaptarium.envs.core import face
from adaptarium.envs.core.batch_face import AnyWorld, BatchFace, Mask, StepResult, resolve_worlds
from adaptarium.envs.core.room import merged_sizes


class VectorEnv(BatchFace, gymnasium.vector.VectorEnv[Any, Any, Any]):
    """Worlds for one player as a Gymnasium vector environment, stepped as one native batch.

    A world of several seats is played from its first one, see :meth:`World.alone`.
    Slot ``i`` after ``reset(seed=s)`` is the single environment after ``reset(seed=s + i)``, in
    every autoreset mode; infos are those of ``gymnasium.vector.SyncVectorEnv``.

    Args:
        num_envs: Number of slots.
        world: A world in any form that :class:`~adaptarium.envs.core.single.SingleEnv` takes, or
            a sequence of worlds of one family, which the slots run in turn.
        autoreset_mode: ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``.
        num_threads: CPU threads; 0 takes one a core.
        copy: Hand out fresh arrays; False hands out the buffers that the next step overwrites.
        capacity: Spare structural sizes, so that shifts may grow within them.
        render_mode: ``"rgb_array"``, ``"ansi"`` or None.
        **overrides: As for :meth:`World.override`.

    Raises:
        AdaptariumError: A world has several seats and its family no built-in players, or the
            worlds are of several families.
        UnknownNameError: There is no such world, mode, factor or knob.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        world: AnyWorld | Sequence[AnyWorld],
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        copy: bool = True,
        capacity: Mapping[str, int] | None = None,
        render_mode: str | None = None,
        **overrides: Any,
    ) -> None:
        self._make(
            [one.alone() for one in resolve_worlds(world, **overrides)],
            num_envs,
            autoreset_mode=autoreset_mode,
            num_threads=num_threads,
            copy=copy,
            capacity=capacity,
            render_mode=render_mode,
            overrides={},
        )
        face.check_alone(self.batch)
        self.single_observation_space = self.batch.observation_space
        self.single_action_space = self.batch.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._bind((slice(None), 0))

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes.

        Args:
            seed: Slot ``i`` takes ``seed + i``, or ``seed[i]``. None keeps a slot's seed and goes
                on to its next episode, or draws a seed where there is none yet.
            options: ``reset_mask``, (num_envs,) bool: only these slots begin anew.

        Returns:
            Observations with an axis of slots, and infos.

        Raises:
            FactorError: a seed is out of range, or there are not ``num_envs``.
            UnknownNameError: an option does not exist.
        """
        result = self._reset(seed, options)
        if isinstance(seed, int | np.integer):
            gymnasium.vector.VectorEnv.reset(self, seed=int(seed))
        return result

    def step(self, actions: Any) -> StepResult:
        """Play one step in every slot.

        Args:
            actions: (num_envs, …) actions. In mode ``NextStep`` that of a slot whose episode is
                over is ignored: the slot begins its next episode, with reward 0.

        Returns:
            Observations, (num_envs,) float64 rewards, (num_envs,) bool terminated and truncated,
            and infos.

        Raises:
            ResetNeededError: a slot has never been reset, or is over in mode ``Disabled``.
            ActionError: an action is not in the action space. Nothing has changed then.
        """
        return self._step(actions)

    def close_extras(self, **_options: Any) -> None:
        """Stop the threads."""
        self.batch.close()


class MultiAgentVector(BatchFace):
    """Worlds of several seats as one batch: a sibling of :class:`VectorEnv` with an axis of agents.

    Arrays are (num_envs, num_agents, …). An agent that is out keeps its row: its reward is 0 and
    its action without effect; :attr:`alive` says who plays.

    Args:
        num_envs: Number of slots.
        world: As for :class:`VectorEnv`.
        autoreset_mode: A slot is over when all its agents are.
        num_threads: As for :class:`VectorEnv`, like all that follow.
        copy: Hand out fresh arrays.
        capacity: Spare structural sizes.
        render_mode: ``"rgb_array"``, ``"ansi"`` or None.
        **overrides: As for :meth:`World.override`.

    Attributes:
        num_agents: Seats, the same in every slot; smaller worlds leave some empty.
        single_observation_space, single_action_space: Those of one agent.
        observation_space, action_space: Those of the batch.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        world: AnyWorld | Sequence[AnyWorld],
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        copy: bool = True,
        capacity: Mapping[str, int] | None = None,
        render_mode: str | None = None,
        **overrides: Any,
    ) -> None:
        self._make(
            world,
            num_envs,
            autoreset_mode=autoreset_mode,
            num_threads=num_threads,
            copy=copy,
            capacity=capacity,
            render_mode=render_mode,
            overrides=overrides,
        )
        self.num_agents = int(self.batch.w.reward.shape[1])
        self.single_observation_space = self.batch.observation_space
        self.single_action_space = self.batch.action_space
        team = batch_space(self.single_observation_space, self.num_agents)
        moves = batch_space(self.single_action_space, self.num_agents)
        self.observation_space = batch_space(team, self.num_envs)
        self.action_space = batch_space(moves, self.num_envs)
        self._bind((slice(None),))

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; as :meth:`VectorEnv.reset`."""
        return self._reset(seed, options)

    def step(self, actions: Any) -> StepResult:
        """Play one step in every slot; as :meth:`VectorEnv.step`, with an axis of agents."""
        return self._step(actions)

    @property
    def alive(self) -> Mask:
        """(num_envs, num_agents) bool: which agents play."""
        return self.batch.w.alive[:, : self.num_agents] != 0

    @property
    def ended(self) -> Mask:
        """(num_envs,) bool: whose episode ended with the last step."""
        return np.asarray(self.batch.w.out["final"] != 0)

    def close(self) -> None:
        """Stop the threads; may be called again."""
        self.batch.close()


def make_vector(
    worlds: AnyWorld | Sequence[AnyWorld], num_envs: int, **options: Any
) -> VectorEnv | MultiAgentVector:
    """A batch of worlds of one family, stepped together.

    Args:
        worlds: One world or several, which the slots run in turn: worlds, ids, files or data.
        num_envs: Number of slots.
        **options: As for :class:`VectorEnv`: ``autoreset_mode``, ``num_threads``, ``copy``,
            ``capacity``, ``render_mode``, and overrides that hold for every world.

    Returns:
        A Gymnasium vector environment; for worlds of several seats its sibling with an axis of
        agents.
    """
    known = {"autoreset_mode", "num_threads", "copy", "capacity", "render_mode"}
    overrides = {name: value for name, value in options.items() if name not in known}
    found = resolve_worlds(worlds, **overrides)
    chosen = {name: value for name, value in options.items() if name in known}
    sizes = merged_sizes(found, chosen.get("capacity"))
    agents = found[0].family.module("layout").layout(sizes).num_agents
    face_class = VectorEnv if agents == 1 else MultiAgentVector
    return face_class(num_envs, world=found, **chosen)
