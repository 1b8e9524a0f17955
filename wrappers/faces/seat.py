"""One seat of one sub-environment under interface shifts: what the faces of one episode share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Floats, Outcome
from adaptarium.wrappers.side import NO_LEAVES, Side

_ALL = slice(None)
_BEGUN = np.ones(1, np.bool_)


class Seat:
    """A seat: plain observations, actions and rewards in, and out as shifted.

    Args:
        clock: The clock of the one sub-environment; seats may share it.
        number: The seat's number.
        observation_space: As within.
        action_space: As within.

    Attributes:
        side: The effects.
    """

    def __init__(
        self,
        clock: Clock,
        number: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
    ) -> None:
        self.clock = clock
        self.side = Side(clock, [number], observation_space, action_space)
        self._space = action_space

    def begin(self, observation: Any) -> None:
        """An episode begins, with this observation as within."""
        self.side.begin(_ALL, self.side.leaves(observation, 0) if self.side.looks else NO_LEAVES)

    def act(self, positions: Floats, action: Any) -> Any:
        """The action to be played within."""
        if not self.side.acts:
            return action
        array = np.asarray(action)
        if array.shape != (self._space.shape or ()) or array.dtype.kind not in "iuf":
            return action  # the environment will refuse it
        given = array[None]
        found = self.side.act(positions, _ALL, self.clock.steps, given)
        if found is given:
            return action
        return plain(action, found[0])

    def reward(
        self,
        positions: Floats,
        ticks: npt.NDArray[np.int64],
        observation: Any,
        reward: Any,
        terminated: bool,
        truncated: bool,
    ) -> Any:
        """The reward to be handed out, for the step played at ``ticks``, (1,)."""
        if not (self.side.acts or self.side.rewards):
            return reward
        leaves = self.side.leaves(observation, 0) if self.side.looks else NO_LEAVES
        ended = bool(terminated or truncated)
        outcome = Outcome(leaves, None, np.array([bool(terminated)]), np.array([ended]))
        given = np.array([reward], np.float64)
        found = self.side.reward(positions, _ALL, ticks, given, outcome)
        return reward if found is given else float(found[0])

    def observe(
        self,
        positions: Floats,
        ticks: npt.NDArray[np.int64],
        observation: Any,
        told: Mapping[str, Any],
        *,
        begun: bool,
        fresh: bool = True,
    ) -> Any:
        """The observation to be handed out.

        Args:
            positions: (shifts, 1).
            ticks: (1,) observations seen.
            observation: As within.
            told: Positions of all shifts by name.
            begun: Whether it begins an episode.
            fresh: False to look once more at the last one.
        """
        if not self.side.observes:
            return observation
        leaves = self.side.leaves(observation, 0)
        truth = {name: np.array([float(value)]) for name, value in told.items()}
        after = self.side.observe(
            positions,
            _ALL,
            ticks,
            leaves,
            begun=_BEGUN if begun else None,
            fresh=fresh,
            told=truth,
        )

        def one(name: str, array: npt.NDArray[Any]) -> Any:
            return plain(entry_of(observation, name), array[0])

        return self.side.handed(observation, leaves, after, one)

    def masked(self, positions: Floats, mask: Any) -> Any:
        """A mask of actions as it goes out, of the dtype that it came in."""
        array = np.asarray(mask)
        found = self.side.masked(positions, array.reshape(1, -1).astype(np.bool_))
        return found.reshape(array.shape).astype(array.dtype)


def entry_of(observation: Any, name: str) -> Any:
    """An entry of an observation by its leaf's name; None where it has none such."""
    if isinstance(observation, Mapping):
        return observation.get(name)
    if isinstance(observation, tuple) and name.isdecimal():
        return observation[int(name)]
    return observation


def plain(like: Any, value: Any) -> Any:
    """``value`` as a Python number where ``like`` is one, else in memory of its own."""
    if isinstance(value, np.ndarray) and value.ndim:
        return value.copy()
    return value.item() if isinstance(like, int | float) else value
