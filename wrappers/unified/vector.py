"""Worlds of several families as one Gymnasium vector environment, in unified spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from adaptarium.envs.core import face
from adaptarium.envs.core.arguments import positive
from adaptarium.envs.core.batch_face import AnyWorld, StepResult, resolve_worlds
from adaptarium.envs.core.seeds import slot_seeds
from adaptarium.envs.core.vector import VectorEnv
from adaptarium.wrappers.unified.batch import blocks
from adaptarium.wrappers.unified.spaces import FAMILY, Member, UnifiedSpaces


class UnifiedVectorEnv(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """Worlds of any families side by side, for agents that are to play them all.

    Slot ``i`` runs ``worlds[i % len(worlds)]``, and after ``reset(seed=s)`` is the single
    environment of that world after ``reset(seed=s + i)``. The slots of a family are one native
    batch. Infos are those of the families' own vector environments, put together.

    Args:
        worlds: Worlds in any form that :class:`~adaptarium.envs.core.single.SingleEnv` takes, of
            any families; one of several seats is played from its first, as ``World.alone`` says.
        num_envs: Number of slots.
        autoreset_mode: ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``.
        num_threads: CPU threads of each family's batch; 0 takes one a core.
        levels: Values that each component of a continuous action may take.
        **overrides: As for :meth:`World.override`; they must hold for every world.

    Attributes:
        unified: The unified spaces.
        worlds: The worlds.

    Raises:
        AdaptariumError: there is no world, or a family has no players for the other seats.
        UnknownNameError: there is no such world, mode, factor or knob.
        FactorError: a number is outside its bounds.
    """

    def __init__(
        self,
        worlds: AnyWorld | Sequence[AnyWorld],
        num_envs: int,
        *,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        levels: int = 3,
        **overrides: Any,
    ) -> None:
        self.worlds = [one.alone() for one in resolve_worlds(worlds, **overrides)]
        self.num_envs = positive("num_envs", num_envs)
        self.unified = UnifiedSpaces.of(self.worlds, levels=levels)
        how: dict[str, Any] = {"autoreset_mode": autoreset_mode, "num_threads": num_threads}
        self._blocks = [
            (block, VectorEnv(len(block.slots), world=block.worlds, copy=False, **how))
            for block in blocks(self.worlds, self.num_envs, self.unified)
        ]
        self.metadata = dict(self._blocks[0][1].metadata)
        self.single_observation_space = self.unified.observation_space
        self.single_action_space = self.unified.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._infos = face.Infos(self.num_envs)
        self._obs = self.unified.empty(self.num_envs)
        for block, _ in self._blocks:
            self._obs[FAMILY][block.slots] = block.member.number

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; the arguments and errors are those of :meth:`VectorEnv.reset`."""
        face.check_options(options, ("reset_mask",))
        slot_seeds(seed, self.num_envs)  # refuses bad ones before any family has begun
        chosen = (options or {}).get("reset_mask")
        infos: dict[str, Any] = {}
        for block, env in self._blocks:
            slots, own = block.slots, None
            if chosen is not None:
                own = {"reset_mask": np.asarray(chosen)[slots]}
                if not own["reset_mask"].any():
                    continue
            observation, told = env.reset(seed=_seeds(seed, slots), options=own)
            self._take(block.member.named(observation), slots)
            _merge(infos, told, slots, self.num_envs)
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
        return self._copy(), infos

    def step(self, actions: Any) -> StepResult:
        """Play one step in every slot.

        Args:
            actions: (num_envs,) unified actions. One of another family, which the mask forbids,
                counts as its remainder by the number of actions of the slot's own.

        Returns:
            Observations, (num_envs,) float64 rewards, (num_envs,) bool terminated and truncated,
            and infos.

        Raises:
            ResetNeededError: a slot has never been reset, or is over in mode ``Disabled``.
            ActionError: an action is not in the action space. Nothing has changed then.
        """
        given = np.empty(self.num_envs, np.int64)
        face.ActionCheck(self.single_action_space, given).write(actions)
        reward = np.zeros(self.num_envs)
        ends = np.zeros((2, self.num_envs), np.bool_)
        infos: dict[str, Any] = {}
        for block, env in self._blocks:
            slots = block.slots
            own = block.member.own(given[slots])
            observation, reward[slots], ends[0, slots], ends[1, slots], told = env.step(own)
            self._take(block.member.named(observation), slots)
            self._lift_final(block.member, told)
            _merge(infos, told, slots, self.num_envs)
        return self._copy(), reward, ends[0], ends[1], infos

    def _take(self, parts: Mapping[str, npt.NDArray[Any]], slots: npt.NDArray[np.int64]) -> None:
        for name, part in parts.items():
            self._obs[name][slots] = part

    def _lift_final(self, member: Member, told: dict[str, Any]) -> None:
        """Bring last observations of episodes into the unified space."""
        for i in np.flatnonzero(told.get("_final_obs", ())).tolist():
            told["final_obs"][i] = self.unified.lift(member, told["final_obs"][i])

    def _copy(self) -> dict[str, npt.NDArray[Any]]:
        return {name: part.copy() for name, part in self._obs.items()}

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(num_envs, actions) bool: which actions are valid now."""
        masks = np.zeros((self.num_envs, int(self.unified.action_space.n)), np.bool_)
        for block, env in self._blocks:
            mine = np.zeros((len(block.slots), masks.shape[1]), np.bool_)
            block.member.write_mask(env.action_masks(), mine)
            masks[block.slots] = mine
        return masks

    def close_extras(self, **_options: Any) -> None:
        """Stop the threads."""
        for _, env in self._blocks:
            env.close()


def make_unified(
    worlds: AnyWorld | Sequence[AnyWorld], num_envs: int, **options: Any
) -> UnifiedVectorEnv:
    """Worlds of any families in one vector environment; as :class:`UnifiedVectorEnv`."""
    return UnifiedVectorEnv(worlds, num_envs, **options)


def _seeds(
    seed: int | Sequence[int | None] | None, slots: npt.NDArray[np.int64]
) -> list[int | None] | None:
    if seed is None:
        return None
    if isinstance(seed, int | np.integer):
        return [int(seed) + i for i in slots.tolist()]
    return [seed[i] for i in slots.tolist()]


def _merge(
    infos: dict[str, Any], told: Mapping[str, Any], slots: npt.NDArray[np.int64], n: int
) -> None:
    """Add what one family tells of its slots, in the form of Gymnasium's vector infos."""
    for key, value in told.items():
        if isinstance(value, Mapping):
            _merge(infos.setdefault(key, {}), value, slots, n)
            continue
        if key not in infos:
            empty = None if value.dtype == object else 0
            infos[key] = np.full((n, *value.shape[1:]), empty, value.dtype)
        infos[key][slots] = value
