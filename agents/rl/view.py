"""What a learner sees of a batch: as it is, or through shifts of the interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Space

from adaptarium.agents.rl.settings import TrainingPlan
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.room import merged_sizes
from adaptarium.envs.core.shifting import Track
from adaptarium.envs.core.snapshot import restore, save
from adaptarium.envs.core.world import World
from adaptarium.wrappers.apply import room_for, split_plan
from adaptarium.wrappers.faces.bare import ShiftedBatch, named_space
from adaptarium.wrappers.faces.shared import interface_plan
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.physics import compile_plan
from adaptarium.wrappers.side import spaces_under
from adaptarium.wrappers.spec import ShiftPlan
from adaptarium.wrappers.unified.spaces import UnifiedSpaces

Parts = Mapping[str, npt.NDArray[Any]]


class View:
    """A batch as a learner sees it and acts on it; ends and measures are those of the batch itself.

    Args:
        batch: A batch with autoreset ``"same_step"``.
        interface: Shifts between the batch and the learner.

    Attributes:
        batch: The batch.
        observation_space: One agent's, as it is seen.
        obs: Observations by the names of their parts, (num_envs, seats, …) each.
        final_obs: The same of the last step of the episodes that ended.
        reward: (num_envs, seats) float64, as the learner is told.

    Raises:
        ShiftError: the shifts do not fit the spaces.
    """

    def __init__(self, batch: Batch, interface: ShiftPlan | None = None) -> None:
        self.batch = batch
        self._face = None if interface is None else ShiftedBatch(batch, interface)
        self.observation_space: Space[Any] = batch.observation_space
        self.obs: Parts = batch.obs
        self.final_obs: Parts = batch.final_obs
        self.reward: npt.NDArray[np.float64] = batch.w.reward
        self._single = self.reward.shape[1] == 1
        if self._face is not None:
            self.observation_space = self._face.single_observation_space

    def reset(self, seed: int) -> None:
        """Begin the first episodes: slot ``i`` takes ``seed + i``."""
        if self._face is None:
            self.batch.reset(seed=seed)
        else:
            self.obs = self._seated(self._face.reset(seed=seed)[0])

    def step(self, actions: npt.NDArray[Any]) -> None:
        """Play one step with the actions of all rows."""
        w = self.batch.w
        array = np.asarray(actions).reshape(w.actions.shape)
        if self._face is None:
            w.actions[:] = array
            self.batch.step()
            return
        observation, reward, *_ = self._face.step(array[:, 0] if self._single else array)
        self.obs, self.final_obs = self._seated(observation), self._seated(self._face.final_obs)
        self.reward = np.asarray(reward).reshape(w.reward.shape)

    def _seated(self, parts: Parts) -> Parts:
        return {name: part[:, None] for name, part in parts.items()} if self._single else parts

    @property
    def masked(self) -> bool:
        """Whether actions can be invalid."""
        layout = self.batch.family.module("layout")
        return any(layout.masked(world.rules, self.batch.sizes) for world in self.batch.worlds)

    def masks(self) -> npt.NDArray[np.bool_]:
        """(num_envs, seats, actions) bool: which actions are valid now."""
        if self._face is None:
            return self.batch.masks()
        found: npt.NDArray[np.bool_] = self._face.action_masks()
        return found[:, None] if self._single else found

    # ---- shifts that follow the learner ----

    def tracks(self) -> dict[str, Track]:
        """Where the schedule of each shift stands, by name."""
        found: dict[str, Track] = {}
        shifter = self.batch.shifter
        if shifter is not None:
            names = (channel.name for channel in shifter.program.channels)
            found.update(zip(names, shifter.tracks, strict=True))
        if self._face is not None:
            found.update(zip(self._face.clock.names, self._face.clock.tracks, strict=True))
        return found

    def set_progress(self, name: str, position: float) -> None:
        """Move a shift that follows the learner, from the next count on."""
        if self._face is None:
            self.batch.reach(name, position)
        else:
            self._face.set_progress(name, position)

    # ---- saving ----

    def save(self) -> bytes:
        """The state of the batch, of the schedules and of what the shifts remember."""
        return save(self.batch) if self._face is None else self._face.save_state()

    def restore(self, state: bytes) -> None:
        """Go on from a saved state; ``obs`` are then what was seen last.

        Raises:
            SnapshotError: the bytes are damaged, or of another batch or other shifts.
        """
        if self._face is None:
            restore(self.batch, state)
            return
        self._face.reset(seed=0)  # what shifts remember takes its shape from a first look
        self._face.restore_state(state)
        self.obs = self._seated(self._face.look())


def make_view(plan: TrainingPlan, num_envs: int, num_threads: int = 1) -> View:
    """A batch of a run's worlds under the run's shifts, with the room that they need.

    Raises:
        ShiftError: a shift is none that a learner can be trained under, or does not fit.
        AdaptariumError: the shifts do not fit the world, in its several kinds; or worlds of
            several families have several seats.
    """
    if several_families(plan.worlds):
        from adaptarium.agents.rl.mixed import MixedView  # a view of another kind of batch

        if plan.shift is not None:
            raise ShiftError(
                "shifts while worlds of several families are learnt: expected worlds of one family"
            )
        return MixedView(plan.worlds, num_envs, num_threads, plan.settings.gamma)
    physics, interface = learnable(plan.shift)
    return View(_batch(plan, physics, num_envs, num_threads, "same_step"), interface)


def make_bare_view(plan: TrainingPlan, num_envs: int, num_threads: int = 1) -> View:
    """The same for learners that begin episodes themselves: autoreset is ``"disabled"``.

    Raises:
        ShiftError: a shift is none of the world itself, or does not fit.
        AdaptariumError: the shifts do not fit the world, in its several kinds.
    """
    physics, interface = learnable(plan.shift)
    if interface is not None:
        names = ", ".join(repr(shift.name) for shift in interface)
        raise ShiftError(
            f"shifts {names} are between world and agent; {plan.algo} follows those of the world "
            "itself: expected factors, levels or population"
        )
    return View(_batch(plan, physics, num_envs, num_threads, "disabled"))


def _batch(
    plan: TrainingPlan, physics: ShiftPlan | None, num_envs: int, num_threads: int, autoreset: str
) -> Batch:
    program = None if physics is None else compile_plan(list(plan.worlds), physics)
    room = None if program is None else room_for(plan.worlds, program)
    batch = Batch(
        plan.worlds, num_envs, autoreset=autoreset, num_threads=num_threads, capacity=room
    )
    if program is not None:
        batch.attach(program)
    return batch


def learnable(shift: ShiftPlan | None) -> tuple[ShiftPlan | None, ShiftPlan | None]:
    """The physics and the interface shifts of a run.

    Raises:
        ShiftError: one of them swaps partners.
    """
    physics, interface = (None, None) if shift is None else split_plan(shift)
    for one in interface or ():
        if isinstance(one.what, PartnersChange):
            raise ShiftError(
                f"shift {one.name!r} swaps partners; training has none, as one policy learns at "
                "all seats: expected evaluate, or wrappers.interface.seated for a learner of yours"
            )
    return physics, None if interface is None else interface_plan(interface)


def several_families(worlds: Sequence[World]) -> bool:
    """Whether worlds are of several families, and are learnt in unified spaces."""
    return len({world.family.name for world in worlds}) > 1


def seen_spaces(worlds: Sequence[World], shift: ShiftPlan | None) -> tuple[Space[Any], Space[Any]]:
    """One agent's observation and action space in a batch of worlds under shifts.

    They are as :class:`View` has them.
    """
    if several_families(worlds):
        unified = UnifiedSpaces.of(worlds)
        return unified.observation_space, unified.action_space
    layout, sizes = worlds[0].family.module("layout"), merged_sizes(worlds, None)
    space: Space[Any] = layout.observation_space(sizes)
    actions: Space[Any] = layout.action_space(sizes)
    interface = learnable(shift)[1]
    if interface is None:
        return space, actions
    return spaces_under(interface, named_space(space, ("",)), actions)[0], actions
