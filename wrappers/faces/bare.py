"""A native batch itself under interface shifts: for evaluators and learners, who copy nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from typing_extensions import override

from adaptarium.envs.core.batch import MODES, Batch
from adaptarium.envs.core.shift_infos import ShiftInfos
from adaptarium.envs.core.snapshot import restore, save
from adaptarium.wrappers.effects import Bools, Floats
from adaptarium.wrappers.faces.batch import ShiftedMultiAgentVector
from adaptarium.wrappers.leaves import Leaves
from adaptarium.wrappers.side import NO_LEAVES

_MODES = {
    MODES["disabled"]: AutoresetMode.DISABLED,
    MODES["same_step"]: AutoresetMode.SAME_STEP,
}


class BareBatch:
    """A batch in the form that shifted faces take; its arrays are the batch's own buffers.

    Args:
        batch: A batch that begins no episode by itself, or every one in the step in which the one
            before ends (autoreset ``"disabled"`` or ``"same_step"``).

    Attributes:
        single: Whether there is one seat, whose axis arrays then leave out.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.unwrapped = self
        self.num_envs, self.num_agents = batch.num_envs, int(batch.w.reward.shape[1])
        self.single = self.num_agents == 1
        self.metadata = {"autoreset_mode": _MODES[batch.mode]}
        self._lead: Any = (slice(None), 0) if self.single else slice(None)
        self.single_observation_space = named_space(batch.observation_space, batch.obs)
        self.single_action_space = batch.action_space
        shifter = batch.shifter
        self._infos = None if shifter is None else ShiftInfos(batch, shifter)
        self._parts = {name: view[self._lead] for name, view in batch.obs.items()}

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[dict[str, Any], Any]:
        """Begin an episode in every slot."""
        self.batch.reset(seed=seed)
        return self.look()

    def look(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The present observations, and what is told beside them."""
        infos: dict[str, Any] = {}
        if self._infos is not None:
            self._infos.put(infos)
        return self._parts, infos

    def step(self, actions: Any) -> tuple[Any, ...]:
        """Play one step."""
        w = self.batch.w
        w.actions[self._lead] = actions
        self.batch.step()
        parts, infos = self.look()
        out = (w.reward, w.terminated, w.truncated)
        return (parts, *(part[self._lead] for part in out), infos)

    def final(self, slots: npt.NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The last observations of the episodes that ended in ``slots``, and their infos."""
        parts = {name: view[slots] for name, view in self.batch.final_obs.items()}
        if self.single:
            parts = {name: part[:, 0] for name, part in parts.items()}
        if self._infos is None:
            return parts, {}
        return parts, self._infos.of(np.arange(self.num_envs), played=True)

    @property
    def alive(self) -> Bools:
        """(n, seats) bool: who plays."""
        return np.asarray(self.batch.w.alive[:, : self.num_agents] != 0)

    @property
    def ended(self) -> Bools:
        """(n,) bool: whose episode ended with the last step."""
        return np.asarray(self.batch.w.out["final"] != 0)

    def action_masks(self) -> Bools:
        """Which actions are valid now."""
        found: Bools = self.batch.masks()[self._lead]
        return found

    def set_progress(self, name: str, position: float) -> None:
        """Move a physics shift that follows the learner; as :meth:`Batch.reach`."""
        self.batch.reach(name, position)

    def save_state(self) -> bytes:
        """The batch's snapshot."""
        return save(self.batch)

    def restore_state(self, state: bytes) -> None:
        """Put the batch into a saved state."""
        restore(self.batch, state)


class ShiftedBatch(ShiftedMultiAgentVector):
    """Interface shifts over a batch itself.

    Args:
        batch: As for :class:`BareBatch`.
        shifts: A plan of interface shifts in any form.

    Attributes:
        final_obs: By name (n, …), or (n, seats, …) for several seats: in the slots whose episodes
            ended with the last step, what was seen last in them.

    Raises:
        ShiftError: the shifts do not fit the spaces, or are none of the interface.
    """

    env: BareBatch

    def __init__(self, batch: Batch, shifts: Any) -> None:
        super().__init__(BareBatch(batch), shifts)  # type: ignore[arg-type]
        self.final_obs: dict[str, npt.NDArray[Any]] = {}

    def look(self) -> dict[str, Any]:
        """The observations that were handed out last, made once more: after a restore."""
        observation, infos = self.env.look()
        if not self.side.observes:
            return observation
        leaves = self.side.leaves(observation, len(self._lead))
        after = self._observe(slice(None), self._seen, leaves, infos, None, fresh=False)
        found: dict[str, Any] = self.side.handed(observation, leaves, after, self._shaped)
        return found

    @override
    def _final(self, over: Bools, infos: dict[str, Any]) -> tuple[Any, Leaves] | None:
        if self._mode != AutoresetMode.SAME_STEP or not over.any():
            return None
        slots = np.flatnonzero(over)
        if not self._needs_leaves:
            return slots, NO_LEAVES
        return slots, self.side.leaves(self.env.final(slots)[0], len(self._lead))

    @override
    def _put_final(
        self, final: tuple[Any, Leaves], positions: Floats, infos: dict[str, Any]
    ) -> None:
        slots, leaves = final
        parts, told = self.env.final(slots)
        if self.side.observes:
            after = self._observe(slots, positions, leaves, told, None)
            lead = (len(slots), *self._lead[1:])
            parts = self.side.handed(
                parts, leaves, after, lambda _name, array: array.reshape(*lead, *array.shape[1:])
            )
        for name, part in parts.items():
            if name not in self.final_obs:
                shape = (self._n, *part.shape[1:])
                self.final_obs[name] = np.zeros(shape, part.dtype)
            self.final_obs[name][slots] = part


def named_space(space: spaces.Space[Any], names: Iterable[str]) -> spaces.Dict:
    """One agent's observation space by the names of its parts, as arrays of a batch have them."""
    return space if isinstance(space, spaces.Dict) else spaces.Dict(dict.fromkeys(names, space))
