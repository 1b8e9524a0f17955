"""What an agent sees of the episodes of a batch, and does in them; under shifts where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.shift_infos import ShiftInfos
from adaptarium.envs.core.world import World
from adaptarium.evaluation.shifting import shows, without_levels
from adaptarium.wrappers.apply import room_for, split_plan
from adaptarium.wrappers.faces.batch import ShiftedMultiAgentVector
from adaptarium.wrappers.physics import compile_plan
from adaptarium.wrappers.spec import ShiftPlan

Rows = npt.NDArray[np.int64]


class Stage:
    """Episodes side by side in a batch of one world, none of which begins again by itself.

    Args:
        world: The world.
        size: How many.
        plan: Shifts that they follow; those of the levels are the affair of ``world``.

    Attributes:
        batch: The batch.
        single: Whether there is one seat, whose axis arrays then leave out.
        tells: Whether the text face shows what agents observe.

    Raises:
        AdaptariumError: the plan does not fit the world.
    """

    def __init__(self, world: World, size: int, plan: ShiftPlan | None = None) -> None:
        kept = without_levels(plan)
        physics, interface = (None, None) if kept is None else split_plan(kept)
        program = None if physics is None else compile_plan([world], physics)
        room = None if program is None else room_for([world], program)
        self.batch = Batch([world], size, autoreset="disabled", capacity=room)
        if program is not None:
            self.batch.attach(program)
        self.single = self.batch.w.reward.shape[1] == 1
        self.tells = not shows(interface)
        self._shown: dict[str, Any] = {}
        self._actions = np.zeros_like(self.batch.w.actions)
        bare = _Bare(self.batch, self.single)
        self._face: Any = bare if interface is None else ShiftedMultiAgentVector(bare, interface)  # type: ignore[arg-type]

    def reset(self, seeds: Sequence[int]) -> None:
        """Begin the episode of a seed in every slot."""
        self._actions[...] = 0
        self._shown, _ = self._face.reset(seed=list(seeds))

    def observation(self, rows: Rows) -> dict[str, Any]:
        """The parts of the observations of some slots, in memory of their own."""
        return {name: part[rows] for name, part in self._shown.items()}

    def mask(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which actions are valid in some slots."""
        found: npt.NDArray[np.bool_] = self._face.action_masks()[rows]
        return found

    def step(self, rows: Rows, actions: npt.NDArray[Any]) -> None:
        """Play one step of the slots whose episodes are not over.

        Args:
            rows: (m,) those slots.
            actions: (m, seats, …).
        """
        self._actions[rows] = actions
        given = self._actions[:, 0] if self.single else self._actions
        self._shown = self._face.step(given)[0]

    def close(self) -> None:
        """Stop the threads of the batch."""
        self.batch.close()


class _Bare:
    """A batch as the shifted face takes it: slots whose episodes are over stay as they are."""

    def __init__(self, batch: Batch, single: bool) -> None:
        self.batch = batch
        self.unwrapped = self
        self.num_envs, self.num_agents = batch.num_envs, int(batch.w.reward.shape[1])
        self.metadata = {"autoreset_mode": AutoresetMode.DISABLED}
        self._lead: Any = (slice(None), 0) if single else slice(None)
        space = batch.observation_space
        self.single_observation_space = (
            space
            if isinstance(space, spaces.Dict)
            else spaces.Dict(dict.fromkeys(batch.obs, space))
        )
        self.single_action_space = batch.action_space
        shifter = batch.shifter
        self._infos = None if shifter is None else ShiftInfos(batch, shifter)
        self._parts = {name: view[self._lead] for name, view in batch.obs.items()}

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[dict[str, Any], Any]:
        """Begin an episode in every slot."""
        self.batch.reset(seed=seed)
        return self._parts, self._told()

    def step(self, actions: Any) -> tuple[Any, ...]:
        """Play one step."""
        w = self.batch.w
        w.actions[self._lead] = actions
        self.batch.step()
        out = (w.reward, w.terminated, w.truncated)
        return (self._parts, *(part[self._lead] for part in out), self._told())

    def _told(self) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        if self._infos is not None:
            self._infos.put(infos)
        return infos

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """(n, seats) bool: who plays."""
        return np.asarray(self.batch.w.alive[:, : self.num_agents] != 0)

    @property
    def ended(self) -> npt.NDArray[np.bool_]:
        """(n,) bool: whose episode ended with the last step."""
        return np.asarray(self.batch.w.out["final"] != 0)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """Which actions are valid now."""
        found: npt.NDArray[np.bool_] = self.batch.masks()[self._lead]
        return found
