"""Worlds of several families as one batch, in unified spaces: what a learner of our own plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core import snapshot
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.core.framing import framed, unframed
from adaptarium.envs.core.layout import OUT_DTYPE
from adaptarium.envs.core.world import World
from adaptarium.wrappers.unified.spaces import FAMILY, Member, UnifiedSpaces, by_family

_TOLD = ("reward", "terminated", "truncated", "final_returns", "out")


@dataclass(frozen=True)
class Block:
    """The slots of one family: a batch of their own, and where they are among all slots."""

    member: Member
    slots: npt.NDArray[np.int64]
    worlds: tuple[World, ...]


def blocks(worlds: Sequence[World], num_envs: int, unified: UnifiedSpaces) -> list[Block]:
    """The slots of each family, where slot ``i`` runs ``worlds[i % len(worlds)]``."""
    names = np.array([world.family.name for world in worlds])
    of = names[np.arange(num_envs) % len(worlds)]
    return [
        Block(unified.members[name], np.flatnonzero(of == name), tuple(group))
        for name, group in by_family(worlds).items()
        if (of == name).any()
    ]


class MixedBatch:
    """Slots of several families, stepped together; slot ``i`` runs ``worlds[i % len(worlds)]``.

    It gives what learners read of a :class:`~adaptarium.envs.core.batch.Batch`. Each slot is as it
    would be in a batch of its own family.

    Args:
        worlds: Worlds of one seat, of any families.
        num_envs: Number of slots.
        autoreset: As for ``Batch``.
        num_threads: CPU threads of each family's batch.
        levels: As for :class:`UnifiedSpaces`.

    Attributes:
        unified: The unified spaces.
        observation_space, action_space: Those of one agent.
        obs, final_obs: Observations by the names of their parts, (num_envs, 1, ...) each.
        w: ``actions`` (num_envs, 1) to be written before a step; ``reward``, ``terminated``,
            ``truncated``, ``alive``, ``final_returns`` (num_envs, 1), ``mask``
            (num_envs, 1, actions), ``out`` (num_envs,) and ``final_metrics["success"]``
            (num_envs,), as in a batch.

    Raises:
        AdaptariumError: no world, or one of several seats.
    """

    shifter = None  # plans of shifts are made for one family

    def __init__(
        self,
        worlds: Sequence[World],
        num_envs: int,
        *,
        autoreset: str = "next_step",
        num_threads: int = 1,
        levels: int = 3,
    ) -> None:
        for world in worlds:
            if world.seats > 1:
                raise AdaptariumError(
                    f"{world.id} has {world.seats} seats: expected worlds of one; those of several "
                    "are learnt with others of their family"
                )
        self.worlds, self.num_envs = tuple(worlds), num_envs
        self.unified = UnifiedSpaces.of(self.worlds, levels=levels)
        self.observation_space = self.unified.observation_space
        self.action_space = self.unified.action_space
        how: dict[str, Any] = {"autoreset": autoreset, "num_threads": num_threads}
        self._blocks = [
            (block, Batch(block.worlds, len(block.slots), **how))
            for block in blocks(self.worlds, num_envs, self.unified)
        ]
        self.obs, self.final_obs = self._seated(), self._seated()
        lead = (num_envs, 1)
        self.w = SimpleNamespace(
            actions=np.zeros(lead, np.int64),
            reward=np.zeros(lead),
            terminated=np.zeros(lead, np.bool_),
            truncated=np.zeros(lead, np.bool_),
            alive=np.zeros(lead, np.uint8),
            mask=np.zeros((*lead, int(self.action_space.n)), np.bool_),
            out=np.zeros(num_envs, OUT_DTYPE),
            final_returns=np.zeros(lead),
            final_metrics={"success": np.zeros(num_envs)},
        )

    def _seated(self) -> dict[str, npt.NDArray[Any]]:
        parts = {name: part[:, None] for name, part in self.unified.empty(self.num_envs).items()}
        for block, _ in self._blocks:
            parts[FAMILY][block.slots] = block.member.number
        return parts

    # ---- playing ----

    def reset(self, seed: int) -> None:
        """Begin the first episodes: slot ``i`` takes ``seed + i``."""
        for block, batch in self._blocks:
            batch.reset(seed=(seed + block.slots).tolist())
            self._show(block, batch)

    def step(self) -> None:
        """Play one step with ``w.actions``.

        Raises:
            ResetNeededError: the batch has not been reset.
        """
        for block, batch in self._blocks:
            own = block.member.own(self.w.actions[block.slots])
            batch.w.actions[:] = own.reshape(batch.w.actions.shape)
            batch.step()
            self._show(block, batch)

    def _show(self, block: Block, batch: Batch) -> None:
        """Bring over what a batch has written."""
        w, slots = self.w, block.slots
        for name in _TOLD:
            getattr(w, name)[slots] = getattr(batch.w, name)
        w.alive[slots] = batch.w.alive[:, :1]
        w.final_metrics["success"][slots] = batch.w.final_metrics["success"]
        for part, values in batch.obs.items():
            self.obs[block.member.unified(part)][slots] = values
        if batch.final_obs and batch.w.out["final"].any():
            for part, values in batch.final_obs.items():
                self.final_obs[block.member.unified(part)][slots] = values

    def masks(self) -> npt.NDArray[np.bool_]:
        """The (num_envs, 1, actions) mask, written now."""
        for block, batch in self._blocks:
            mask = np.zeros((len(block.slots), 1, self.w.mask.shape[-1]), np.bool_)
            block.member.write_mask(batch.masks(), mask)
            self.w.mask[block.slots] = mask
        return self.w.mask

    def close(self) -> None:
        """Stop the threads; may be called again."""
        for _, batch in self._blocks:
            batch.close()

    # ---- saving ----

    def save(self) -> bytes:
        """The state of every slot."""
        return framed(snapshot.save(batch) for _, batch in self._blocks)

    def restore(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of other worlds.
        """
        parts = unframed(state, len(self._blocks), "a batch of several families")
        for (block, batch), part in zip(self._blocks, parts, strict=True):
            snapshot.restore(batch, part)
            self._show(block, batch)
