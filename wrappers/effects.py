"""Interface changes at work: arrays in, arrays out, with a leading axis of rows.

A *row* is one seat of one sub-environment: a single environment has one, a batch one a slot and
seat. Draws are addressed by the sub-environment's seed, the shift's name, the seat and a count of
its own (*tick*), so a row's numbers do not depend on the rows beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.envs.core.host_draws import Keys, beside
from adaptarium.wrappers.leaves import Leaves

Rows = Any
"""(m,) int64 indices, or ``slice(None)`` for all."""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

PURPOSE_ACT, PURPOSE_REWARD, PURPOSE_OBSERVE = 1, 2, 16
"""Places of draws; those of an observation's entries follow each other from the last on."""


@dataclass(frozen=True)
class Place:
    """Where an effect works.

    Attributes:
        name: Name of its shift.
        rows: Number of rows.
        observation_space: One seat's observations as they come from within.
        action_space: One seat's actions as they are taken within.
    """

    name: str
    rows: int
    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]


@dataclass(frozen=True)
class Frame:
    """The rows that an effect is asked about, and when.

    Attributes:
        rows: Which rows.
        p: (m,) positions of the shift's schedule.
        lanes: (m,) keys of the rows.
        ticks: (m,) the rows' own counts: of steps played, or of observations seen.
        begun: (m,) bool: rows whose observation begins an episode; None where there are none.
        fresh: Whether the observations are new, or the last ones looked at once more.
        told: Positions of every shift by name, (m,) each, those of inner layers too.
    """

    rows: Rows
    p: Floats
    lanes: Keys
    ticks: npt.NDArray[np.int64]
    begun: Bools | None = None
    fresh: bool = True
    told: Mapping[str, Floats] = field(default_factory=dict)

    @cached_property
    def keys(self) -> Keys:
        """(m,) keys of this tick."""
        from adaptarium.wrappers import kernels

        return kernels.keys_at(self.lanes, self.ticks)

    def draws(self, purpose: int) -> Keys:
        """(m,) keys of this tick for one purpose."""
        return beside(self.keys, purpose)


@dataclass(frozen=True)
class Outcome:
    """What a step led to, as far as rewards depend on it.

    Attributes:
        leaves: Entries of the observations as the environment gave them; of rows whose episode
            ended, the last one of that episode. Empty where no effect asks for them.
        actions: (m, …) the actions as the agent gave them.
        terminated: (m,) bool.
        ended: (m,) bool: terminated or truncated.
    """

    leaves: Leaves
    actions: Any
    terminated: Bools
    ended: Bools


class Effect:
    """An interface change at work; each method leaves alone what a subclass does not change.

    Attributes:
        observation_space: One seat's observations as they go out.
        action_space: One seat's actions as they come in.
        acts, rewards, observes: Whether it changes actions, rewards, observations.
        looks: Whether it asks for the observations to reward by.
        state: Arrays with what goes on from step to step; they are saved and restored.
        rings: Names of those that have a ring of steps before their axis of rows.
    """

    acts = False
    rewards = False
    observes = False
    looks = False
    rings: tuple[str, ...] = ()

    def __init__(self, place: Place) -> None:
        self.place = place
        self.observation_space = place.observation_space
        self.action_space = place.action_space
        self.state: dict[str, npt.NDArray[Any]] = {}

    def anew(self, rows: Rows) -> None:
        """``rows`` have been reset with a seed: forget what goes beyond an episode."""

    def copy(self, sources: Rows, targets: Rows) -> None:
        """Let rows ``targets`` remember what rows ``sources`` remember."""
        for name, array in self.state.items():
            if name in self.rings:
                array[:, targets] = array[:, sources]
            else:
                array[targets] = array[sources]

    def begin(self, rows: Rows, leaves: Leaves) -> None:
        """Episodes of ``rows`` begin, with these observations where the effect looks at them."""

    def act(self, frame: Frame, actions: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The actions to be played, (m, …)."""
        return actions

    def reward(self, frame: Frame, rewards: Floats, outcome: Outcome) -> Floats:
        """The rewards to be handed out, (m,)."""
        return rewards

    def observe(self, frame: Frame, leaves: Leaves) -> Leaves:
        """The entries of the observations to be handed out."""
        return leaves

    def played(self, frame: Frame) -> None:
        """A step has been played with the actions that ``act`` gave last."""

    def masked(self, p: Floats, masks: Bools) -> Bools:
        """Which of the actions that come in are valid, from those valid within: (m, …) bool."""
        return masks


def where_on(
    frame: Frame,
    values: npt.NDArray[Any],
    change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
    threshold: float = 0.0,
) -> npt.NDArray[Any]:
    """``values`` changed in the rows whose position is above ``threshold``, the others as they are.

    Where nothing changes, ``values`` itself comes back.
    """
    on = frame.p > threshold
    if not on.any():
        return values
    return np.where(on.reshape(-1, *[1] * (values.ndim - 1)), change(values), values)


SWITCH = 0.5 - 1e-12
"""Changes that are either there or not are there at positions of at least one half."""
