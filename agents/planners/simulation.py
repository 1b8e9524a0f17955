"""Where simulations play: a batch of their own beside the played one, which is only read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents import digests
from adaptarium.agents.planners.settings import MCTSSettings
from adaptarium.envs.core import host_draws
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.snapshot import copy_across, copy_slots
from adaptarium.envs.core.world import World

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_KEYS = ("key_dynamics", "key_observation", "key_partners")


class Simulator:
    """Copies of the states of ``n`` episodes, and slots in which each is continued.

    Slots 0 to ``n - 1`` hold the present states, those after them simulate; simulation ``j`` is
    slot ``n + j`` and belongs to episode ``j // side_by_side``. The copies draw their chance from
    keys of their own: what the played episode is going to draw is not seen.

    Args:
        world: The world.
        like: The batch that is played, of which room is taken.
        n: Episodes.
        settings: How is planned.
    """

    def __init__(self, world: World, like: Batch, n: int, settings: MCTSSettings) -> None:
        each = settings.side_by_side
        self.n, self.each, self.m = n, each, n * each
        self._merge = settings.transpositions
        self.batch = Batch([world], n + self.m, autoreset="disabled", capacity=like.sizes)
        self.batch.reset(seed=0)
        self._copies = np.arange(n, n + self.m)
        self._step = self.batch.stepper()
        w = self.batch.w
        self.reward, self.actions = w.reward[n:, 0], w.actions[n:, 0]
        self.over = w.core["ended"][n:]

    def place(self, played: Batch, slots: Rows, rows: Rows) -> None:
        """Copy the states of slots of the played batch to rows of this one."""
        copy_across(played, slots, self.batch, rows)
        self.batch.w.core["ended"][: self.n] = 1  # so that they stand still

    def begin(self, keys: Keys) -> None:
        """Put every simulation into its episode's state.

        Args:
            keys: (m,) what its chance is drawn by.
        """
        for k in range(self.each):
            copy_slots(self.batch, np.arange(self.n), self._copies[k :: self.each])
        core = self.batch.w.core
        core["ended"][self.n :] = 0
        for name in _KEYS:
            core[name][self.n :] = host_draws.named(keys, name)
        self.history = np.zeros(self.m, np.uint64)

    def masks(self) -> npt.NDArray[np.bool_]:
        """(m, actions) bool: what is valid in the simulations."""
        return self.batch.masks()[self.n :, 0]

    def step(self, actions: npt.NDArray[np.int64], names: Keys) -> None:
        """Advance the simulations.

        Args:
            actions: (m,) action numbers.
            names: (m,) digests of their states.
        """
        self.actions[:] = actions
        self._step()
        if not self._merge:
            self.history = host_draws.beside(names, actions)

    def digests(self) -> Keys:
        """(m,) names of the simulations' states; without transpositions, of their histories."""
        return host_draws.mix(digests.of_state(self.batch.w, slice(self.n, None)) ^ self.history)

    def present(self) -> Keys:
        """(n,) names of the episodes' present states."""
        return host_draws.mix(digests.of_state(self.batch.w, slice(0, self.n)))

    def close(self) -> None:
        """Stop the batch's threads."""
        self.batch.close()


def simulation_keys(seeds: Any, steps: Any, side_by_side: int, wave: int) -> Keys:
    """(n * side_by_side,) keys of one wave of simulations, by episode, step and number alone."""
    keys = host_draws.named(host_draws.at(host_draws.seed_keys(seeds), steps), "simulation")
    numbers = wave * side_by_side + np.arange(side_by_side)
    return host_draws.beside(keys[:, None], numbers).reshape(-1)
