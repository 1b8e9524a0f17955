"""Many variants of the same states side by side, so that one step compares them all.

Slot ``v * states + i`` is variant ``v`` of state ``i``; variant 0 is the base that plays on, and
:meth:`Fan.spread` copies it onto the others before each comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.testing.arrays import leaves
from adaptarium.testing.play import Draws, actions_from, draw_streams

# What a variant keeps of its own: its rules, and what is written anew before it is read.
_OWN = {
    "source", "rules", "knobs", "live", "shift", "info", "levels", "scratch", "obs", "mask",
    "actions", "units",
}  # fmt: skip


class Fan:
    """A batch of ``variants`` copies of ``states`` base slots.

    Args:
        world: The world of every slot.
        states: Base slots.
        variants: Copies, the base included.
        capacity: As in :class:`Batch`.
    """

    def __init__(
        self,
        world: World,
        states: int,
        variants: int,
        capacity: Mapping[str, int] | None = None,
    ) -> None:
        self.states, self.variants = states, variants
        n = states * variants
        self.batch = Batch([world], n, autoreset="disabled", capacity=capacity)
        w = self.batch.w
        fields = [getattr(w, name) for name in w._fields if name not in _OWN]
        self._moving = [array for field in fields for array in leaves(field)]
        self._kept: list[npt.NDArray[Any]] = []

    def slots(self, variant: int) -> npt.NDArray[np.bool_]:
        """The mask of one variant's slots."""
        chosen = np.zeros(self.batch.num_envs, np.bool_)
        chosen[variant * self.states : (variant + 1) * self.states] = True
        return chosen

    def set_rules(self, variant: int, factors: Mapping[str, Any]) -> None:
        """Give one variant other factors."""
        self.batch.set_rules(self.slots(variant), **factors)

    def reset(self, seed: int) -> None:
        """Every variant begins the same episodes."""
        self.batch.reset(seed=[seed + i for i in range(self.states)] * self.variants)

    def spread(self) -> None:
        """Copy the state, level and clocks of the base onto every variant, but not its rules."""
        w, n = self.batch.w, self.batch.num_envs
        self._kept = [self.split(array)[0].copy() for array in self._moving]
        for array in self._moving:
            self.split(array)[1:] = self.split(array)[:1]
        for array in leaves((w.info, w.levels)):
            self.split(array[:n])[1:] = self.split(array[:n])[:1]
        self._own_levels()

    def restore(self) -> None:
        """Put every variant, the base included, back to where :meth:`spread` left them."""
        for array, kept in zip(self._moving, self._kept, strict=True):
            self.split(array)[:] = kept
        self._own_levels()

    def _own_levels(self) -> None:
        """Let every slot use its own copy of a fresh level; banks are shared."""
        level, n = self.batch.w.core["level"], self.batch.num_envs
        fresh = level < n
        level[fresh] = np.arange(n)[fresh]

    def split(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A view (variants, states, …) of an array with a row a slot."""
        return array.reshape(self.variants, self.states, *array.shape[1:])

    def play(self, seed: int, steps: int, plans: Mapping[int, Any]) -> Iterator[int]:
        """Play the base; every turn yields with all variants in the base's state, before the step.

        The caller sets ``batch.w.actions`` of the variants if they should differ, and steps.

        Args:
            seed: Of base slot 0.
            steps: Turns.
            plans: Base slot -> its actions in the first episode, as a reference would play; other
                slots play at random.
        """
        batch, base = self.batch, slice(0, self.states)
        self.reset(seed)
        draws = draw_streams(batch, [seed + i for i in range(self.states)] * self.variants, steps)
        first = np.ones(self.states, np.bool_)
        for turn in range(steps):
            over = batch.w.core["ended"][base].astype(bool)
            if over.any():
                first &= ~over
                chosen = np.zeros(batch.num_envs, np.bool_)
                chosen[base] = over
                batch.reset(mask=chosen)
            self.spread()
            self._choose(draws[:, turn], turn, plans, first)
            yield turn

    def _choose(
        self, draws: Draws, turn: int, plans: Mapping[int, Any], first: npt.NDArray[np.bool_]
    ) -> None:
        actions = self.split(self.batch.w.actions)
        chosen = self.split(np.asarray(actions_from(self.batch, draws)))[0].copy()
        if isinstance(self.batch.action_space, spaces.Discrete):
            # Half of the slots take invalid actions too: a factor may make them valid.
            anything = draws[: self.states, ..., 0] % int(self.batch.action_space.n)
            chosen[1::2] = anything[1::2]
        actions[:] = chosen
        for slot, plan in plans.items():
            if first[slot] and turn < len(plan):
                actions[:, slot] = plan[turn]
