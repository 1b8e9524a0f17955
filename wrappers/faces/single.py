"""Interface shifts over one Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import RecordConstructorArgs

from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Floats
from adaptarium.wrappers.faces.seat import Seat
from adaptarium.wrappers.faces.shared import (
    Driven,
    Record,
    interface_plan,
    offered,
    seeds_within,
)

_SLOT = np.zeros(1, np.int64)


class ShiftedEnv(Driven, gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Interface shifts over any Gymnasium environment.

    ``info["shift"]`` holds the position by name that was in force for the step just played, or is
    for the episode begun.

    Args:
        env: The environment.
        shifts: A plan of interface shifts in any form.

    Attributes:
        plan: The plan.

    Raises:
        ShiftError: the shifts do not fit the environment's spaces, or are none of the interface.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], shifts: Any) -> None:
        self.plan = interface_plan(shifts)
        RecordConstructorArgs.__init__(self, shifts=self.plan.to_data())
        gymnasium.Wrapper.__init__(self, env)
        self.clock = Clock(self.plan.shifts, 1)
        self.seat = Seat(self.clock, 0, env.observation_space, env.action_space)
        if self.seat.side.observation_space != env.observation_space:
            self.observation_space = self.seat.side.observation_space
        self._record = Record(self.clock, {"": self.seat.side}, {})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; as the environment within."""
        observation, info = self.env.reset(seed=seed, options=options)
        if seed is None and not self.clock.seeded[0]:
            seed = seeds_within(self.env, 1)[0]
        if seed is not None:
            self.clock.begin(_SLOT, [int(seed)])
            self.seat.side.anew(_SLOT)
        self.clock.episodes += 1
        positions = self.clock.positions()
        self.seat.begin(observation)
        told = self._told(info, positions)
        ticks = self.clock.steps + self.clock.episodes
        shown = self.seat.observe(positions, ticks, observation, self._changes(told), begun=True)
        return shown, {**info, "shift": told}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Play one step; as the environment within."""
        positions = self.clock.positions()
        inner = self.seat.act(positions, action)
        observation, reward, terminated, truncated, info = self.env.step(inner)
        ticks = self.clock.steps.copy()
        reward = self.seat.reward(positions, ticks, observation, reward, terminated, truncated)
        self.clock.steps += 1
        told = self._told(info, positions)
        seen = self.clock.steps + self.clock.episodes
        shown = self.seat.observe(positions, seen, observation, self._changes(told), begun=False)
        return shown, reward, terminated, truncated, {**info, "shift": told}

    def _told(self, info: dict[str, Any], positions: Floats) -> dict[str, Any]:
        names = self.clock.names
        return {**info.get("shift", {}), **dict(zip(names, positions[:, 0].tolist(), strict=True))}

    def _changes(self, told: dict[str, Any]) -> dict[str, Any]:
        """The positions but those of change signals."""
        signals = {shift.name for shift in self.plan if shift.what.kind == "signal"}
        return {name: value for name, value in told.items() if name not in signals}

    # ---- what the environment within may have ----

    def __getattr__(self, name: str) -> Any:
        return offered(self, name)

    def _action_masks(self) -> Any:
        """Which actions are valid now; as the environment within, moved with the actions."""
        return self.seat.masked(self.clock.positions(), self.env.get_wrapper_attr("action_masks")())

    def _save_state(self) -> bytes:
        """The state of the environment, of the schedules and of what the shifts remember."""
        return self._record.save(self.env.get_wrapper_attr("save_state")())

    def _restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or other shifts.
        """
        self._record.restore(state, self.env.get_wrapper_attr("restore_state"))
