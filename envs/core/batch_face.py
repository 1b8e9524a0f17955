"""What the vector faces share: a batch whose arrays are handed out with an axis of slots."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from adaptarium.envs.core import face, snapshot
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.driver import MODE_DISABLED, MODE_SAME_STEP
from adaptarium.envs.core.errors import AdaptariumError, ResetNeededError, unknown_name
from adaptarium.envs.core.shift_infos import ShiftInfos
from adaptarium.envs.core.shiftable import Shiftable
from adaptarium.envs.core.world import World, resolve_world

AnyWorld = World | str | os.PathLike[str] | Mapping[str, Any]
Mask = npt.NDArray[np.bool_]
StepResult = tuple[Any, npt.NDArray[np.float64], Mask, Mask, dict[str, Any]]

_MODE_NAMES = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


class BatchFace(Shiftable):
    """What both vector faces share: a batch whose arrays are handed out with an axis of slots.

    Attributes:
        worlds: The worlds; slot ``i`` began with ``worlds[i % len(worlds)]``.
        batch: The batch behind it.
        num_envs: Number of slots.
    """

    spec: Any = None

    def _make(
        self,
        world: AnyWorld | Sequence[AnyWorld],
        num_envs: int,
        *,
        autoreset_mode: str | AutoresetMode,
        num_threads: int,
        copy: bool,
        capacity: Mapping[str, int] | None,
        render_mode: str | None,
        overrides: Mapping[str, Any],
    ) -> None:
        self.render_mode = face.checked_render_mode(render_mode)
        if render_mode == "human":
            raise AdaptariumError(
                "a batch has no window: expected render_mode 'rgb_array' or 'ansi'"
            )
        mode = _mode(autoreset_mode)
        self.worlds = resolve_worlds(world, **overrides)
        self.batch = Batch(
            self.worlds,
            num_envs,
            autoreset=_MODE_NAMES[mode],
            num_threads=num_threads,
            capacity=capacity,
        )
        self.num_envs = self.batch.num_envs
        self.metadata: dict[str, Any] = {
            "autoreset_mode": mode,
            "render_modes": list(face.RENDER_MODES),
            "render_fps": face.RENDER_FPS,
        }
        self._copies = copy
        self._infos = face.Infos(self.num_envs)
        self._shifts: ShiftInfos | None = None

    def _bind(self, lead: tuple[Any, ...]) -> None:
        """Make the views that are handed out: ``lead`` takes or drops the axis of agents."""
        batch, w = self.batch, self.batch.w
        dropped = {name: view[lead] for name, view in batch.obs.items()}
        self._observe = face.reader(dropped, batch.observation_space, copy=self._copies)
        self._final = {name: view[lead] for name, view in batch.final_obs.items()}
        self._check = face.ActionCheck(batch.action_space, w.actions[lead])
        self._outputs = (w.reward[lead], w.terminated[lead], w.truncated[lead])
        self._mask = w.mask[lead]

    # ---- playing ----

    def _reset(
        self, seed: int | Sequence[int | None] | None, options: dict[str, Any] | None
    ) -> tuple[Any, dict[str, Any]]:
        face.check_options(options, ("reset_mask",))
        mask = self._reset_mask((options or {}).get("reset_mask"))
        self.batch.reset(seed=seed, mask=mask)
        infos: dict[str, Any] = {}
        slots = np.arange(self.num_envs) if mask is None else np.flatnonzero(mask)
        self._put_begun(infos, slots)
        if self._shifts is not None:
            self._infos.put(infos, slots, self._shifts.of(slots))
        return self._observe(), infos

    def _reset_mask(self, mask: Any) -> Mask | None:
        if mask is None:
            return None
        array = np.asarray(mask)
        if array.dtype != np.bool_ or array.shape != (self.num_envs,) or not array.any():
            raise AdaptariumError(
                f"options['reset_mask'] of type {array.dtype}, shape {array.shape}, "
                f"{int(np.count_nonzero(array))} set: expected ({self.num_envs},) bool with at "
                "least one slot set"
            )
        return array

    def _step(self, actions: Any) -> StepResult:
        self._check.write(actions)
        before = self._over()
        self.batch.step()
        infos: dict[str, Any] = {}
        if len(before):  # NEXT_STEP: this step has begun their next episodes
            self._put_begun(infos, before)
        if self.batch.w.out["inner_end"].any():
            self._put_ended(infos)
        if self._shifts is not None:
            self._shifts.put(infos)
        reward, terminated, truncated = self._outputs
        if self._copies:
            return self._observe(), reward.copy(), terminated.copy(), truncated.copy(), infos
        return self._observe(), reward, terminated, truncated, infos

    def _over(self) -> npt.NDArray[np.int64]:
        """The slots whose episodes are over before a step."""
        if self.batch.mode == MODE_SAME_STEP:
            return _NONE
        over = np.flatnonzero(self.batch.w.core["ended"])
        if len(over) and self.batch.mode == MODE_DISABLED:
            raise ResetNeededError(
                f"the episodes of slots {over.tolist()[:8]} are over; call "
                "reset(options={'reset_mask': mask}) for them before the next step"
            )
        return over

    # ---- infos ----

    def _put_begun(self, infos: dict[str, Any], slots: npt.NDArray[np.int64]) -> None:
        self._infos.put(infos, slots, face.begun(self.batch, slots))
        texts = face.missions(self.batch, slots.tolist())
        if any(texts):
            told = np.array([bool(text) for text in texts])
            known = {"text": np.array(texts, dtype=object)[told]}
            self._infos.put(infos, slots[told], known)

    def _put_ended(self, infos: dict[str, Any]) -> None:
        out, batch = self.batch.w.out, self.batch
        final = out["final"] != 0
        going = np.flatnonzero((out["inner_end"] != 0) & ~final)
        if len(going):
            alone = self._outputs[0].ndim == 1
            known = {**face.ended(batch, going), **face.inner(batch, going, alone)}
            self._infos.put(infos, going, known)
        over = np.flatnonzero(final)
        if not len(over):
            return
        if batch.mode != MODE_SAME_STEP:
            self._infos.put(infos, over, face.ended(batch, over))
            return
        told = face.ended(batch, over)
        if self._shifts is not None:
            told |= self._shifts.of(over, played=True)
        known = {"final_obs": self._final_observations(over), "final_info": told}
        self._infos.put(infos, over, known)
        self._put_begun(infos, over)

    def _final_observations(self, slots: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """(m,) objects: the last observation of each of ``slots``, in memory of its own."""
        found = np.empty(len(slots), dtype=object)
        for j, i in enumerate(slots.tolist()):
            views = {name: view[i, ...] for name, view in self._final.items()}
            found[j] = face.reader(views, self.batch.observation_space, copy=True)()
        return found

    # ---- the rest ----

    def action_masks(self) -> Mask:
        """Which actions are valid now: bool with one entry an action at the end of its shape."""
        self.batch.masks()
        return self._mask.copy()

    def set_factors(self, mask: Mask | None = None, **factors: Any) -> None:
        """Shift factors of some slots while the batch runs; the next step follows them.

        Args:
            mask: (num_envs,) bool of the slots; None for all.
            **factors: Values by dotted factor name.

        Raises:
            UnknownNameError, FactorError: a factor does not exist, or its value is invalid.
            StructuralShiftError: a structural factor would outgrow ``capacity``.
        """
        self.batch.set_rules(mask, **factors)

    def _attached(self) -> None:
        if self.batch.shifter is not None:
            self._shifts = ShiftInfos(self.batch, self.batch.shifter)

    def copy(self, src: Any, dst: Any) -> None:
        """Make slots ``dst`` exact copies of slots ``src``, to plan or to branch from a state.

        Args:
            src: Index or indices of slots.
            dst: As many indices; none that is also in ``src``.

        Raises:
            AdaptariumError: the indices do not pair up.
        """
        snapshot.copy_slots(self.batch, src, dst)

    def save_state(self) -> bytes:
        """The state of every slot, at any step."""
        return snapshot.save(self.batch)

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state, exactly as the batch that saved it.

        Args:
            state: What :meth:`save_state` gave, in any process and after any seed, by a batch of
                the same structure and number of slots.

        Raises:
            SnapshotError: the bytes are damaged, foreign, or of another structure. Nothing has
                been changed then.
        """
        snapshot.restore(self.batch, state)

    def render(self) -> tuple[Any, ...] | None:
        """A picture of every slot: (H, W, 3) uint8 each, or strings in mode ``ansi``."""
        if self.render_mode is None:
            return None
        return tuple(face.draw(self.batch, i, self.render_mode) for i in range(self.num_envs))

    def __getstate__(self) -> dict[str, Any]:
        return {
            "worlds": [world.to_data() for world in self.worlds],
            "options": {
                "num_envs": self.num_envs,
                "autoreset_mode": self.metadata["autoreset_mode"].value,
                "num_threads": self.batch.num_threads,
                "copy": self._copies,
                "capacity": self.batch.sizes,
                "render_mode": self.render_mode,
            },
            "spec": self.spec,
            "shifts": None if self.batch.shifter is None else self.batch.shifter.program,
            "state": self.save_state(),
        }

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__init__(world=saved["worlds"], **saved["options"])  # type: ignore[misc]
        self.spec = saved["spec"]
        if saved["shifts"] is not None:
            self.attach(saved["shifts"])
        self.restore_state(saved["state"])


_NONE = np.zeros(0, np.int64)


def _mode(mode: str | AutoresetMode) -> AutoresetMode:
    """Gymnasium's mode for its own spelling or ours (``"next_step"``)."""
    spellings: dict[Any, AutoresetMode] = {}
    for one, name in _MODE_NAMES.items():
        spellings.update({one: one, one.value: one, name: one})
    if mode not in spellings:
        raise unknown_name("autoreset mode", str(mode), [one.value for one in _MODE_NAMES])
    return spellings[mode]


def resolve_worlds(world: AnyWorld | Sequence[AnyWorld], **overrides: Any) -> tuple[World, ...]:
    """One world or several, each in any form that the faces accept.

    Raises:
        AdaptariumError: there is none.
    """
    several = isinstance(world, Sequence) and not isinstance(world, str)
    each: Sequence[Any] = world if several else [world]  # type: ignore[assignment]
    if not each:
        raise AdaptariumError("a batch needs at least one world, got none")
    return tuple(resolve_world(one, **overrides) for one in each)
