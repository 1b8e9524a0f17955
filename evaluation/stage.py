"""What an agent sees of the episodes of a batch, and does in them; under shifts where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.evaluation.shifting import of_the_stage, pays, shows
from adaptarium.wrappers.apply import room_for, split_plan
from adaptarium.wrappers.faces.bare import BareBatch, ShiftedBatch
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
        pays: Whether shifts change the rewards that agents are told.
        told: (size, seats) float64, what each seat of each episode has been told so far.

    Raises:
        AdaptariumError: the plan does not fit the world.
    """

    def __init__(self, world: World, size: int, plan: ShiftPlan | None = None) -> None:
        kept = of_the_stage(plan)
        physics, interface = (None, None) if kept is None else split_plan(kept)
        program = None if physics is None else compile_plan([world], physics)
        room = None if program is None else room_for([world], program)
        self.batch = Batch([world], size, autoreset="disabled", capacity=room)
        if program is not None:
            self.batch.attach(program)
        self.single = self.batch.w.reward.shape[1] == 1
        self.tells = not shows(interface)
        self.pays = pays(interface)
        self.told = np.zeros(self.batch.w.reward.shape)
        self._reward = np.zeros(self.batch.w.reward.shape)
        self._shown: dict[str, Any] = {}
        self._actions = np.zeros_like(self.batch.w.actions)
        self._face: BareBatch | ShiftedBatch = (
            BareBatch(self.batch) if interface is None else ShiftedBatch(self.batch, interface)
        )

    def reset(self, seeds: Sequence[int]) -> None:
        """Begin the episode of a seed in every slot."""
        self._actions[...] = 0
        self._reward[...] = self.told[...] = 0.0
        self._shown, _ = self._face.reset(seed=list(seeds))

    def observation(self, rows: Rows) -> dict[str, Any]:
        """The parts of the observations of some slots, in memory of their own."""
        return {name: part[rows] for name, part in self._shown.items()}

    def reward(self, rows: Rows) -> npt.NDArray[np.float64]:
        """(m,) or (m, seats) what agents are told of the last step; 0 where there was none."""
        return self._reward[rows, 0] if self.single else self._reward[rows]

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
        self._shown, reward = self._face.step(given)[:2]
        self._reward[...] = np.reshape(reward, self._reward.shape)
        self.told[rows] += self._reward[rows]

    def close(self) -> None:
        """Stop the threads of the batch."""
        self.batch.close()
