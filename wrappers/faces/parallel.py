"""Interface shifts over PettingZoo environments whose agents act at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo.utils.wrappers import BaseParallelWrapper

from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.effects import Floats
from adaptarium.wrappers.faces.seat import Seat
from adaptarium.wrappers.faces.shared import Driven, Record, interface_plan, seeds_within

_SLOT = np.zeros(1, np.int64)


class ShiftedParallel(Driven, BaseParallelWrapper[str, Any, Any]):
    """Interface shifts over any PettingZoo parallel environment, for every agent alike.

    The agent's place in ``possible_agents`` is its seat. ``infos[agent]["shift"]`` holds the
    positions by name; steps and episodes are those of the environment.

    Args:
        env: The environment.
        shifts: A plan of interface shifts in any form.

    Raises:
        ShiftError: the shifts do not fit an agent's spaces, or are none of the interface.
    """

    def __init__(self, env: Any, shifts: Any) -> None:
        super().__init__(env)
        self.metadata = env.metadata
        self.plan = interface_plan(shifts)
        self.clock = Clock(self.plan.shifts, 1)
        self.seats = {
            agent: Seat(self.clock, a, env.observation_space(agent), env.action_space(agent))
            for a, agent in enumerate(env.possible_agents)
        }
        sides = {agent: seat.side for agent, seat in self.seats.items()}
        self._present = np.zeros(len(self.seats), np.bool_)
        self._record = Record(self.clock, sides, {"present": self._present})
        self._signals = {shift.name for shift in self.plan if shift.what.kind == "signal"}
        self._own_spaces = {
            agent: seat.side.observation_space
            for agent, seat in self.seats.items()
            if seat.side.observation_space != env.observation_space(agent)
        }

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The agent's observations as they go out: the same object at every call."""
        return self._own_spaces.get(agent) or self.env.observation_space(agent)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin an episode; as the environment within."""
        observations, infos = self.env.reset(seed=seed, options=options)
        begin(self.clock, self.seats, self.env, seed)
        positions = self.clock.positions()
        self._present[:] = False
        shown = {
            agent: self._joined(agent, positions, seen, infos.get(agent, {}))
            for agent, seen in observations.items()
        }
        return shown, self._infos(infos, positions)

    def _joined(self, agent: str, positions: Floats, observation: Any, info: Any) -> Any:
        """The first observation of an agent's episode."""
        self._present[list(self.seats).index(agent)] = True
        seat = self.seats[agent]
        seat.begin(observation)
        ticks = self.clock.steps + self.clock.episodes
        told = self._told(info, positions)
        return seat.observe(positions, ticks, observation, told, begun=True)

    def step(self, actions: Mapping[str, Any]) -> Any:
        """Play one step; as the environment within."""
        positions = self.clock.positions()
        inner = actions
        if isinstance(actions, Mapping):
            inner = {
                agent: self.seats[agent].act(positions, action) if agent in self.seats else action
                for agent, action in actions.items()
            }
        observations, rewards, terminated, truncated, infos = self.env.step(inner)
        ticks = self.clock.steps.copy()
        self.clock.steps += 1
        shown, paid = {}, dict(rewards)
        for agent, seen in observations.items():
            info = infos.get(agent, {})
            if not self._present[list(self.seats).index(agent)]:  # it has just joined
                shown[agent] = self._joined(agent, positions, seen, info)
                continue
            seat = self.seats[agent]
            paid[agent] = seat.reward(
                positions, ticks, seen, rewards[agent], terminated[agent], truncated[agent]
            )
            now = self.clock.steps + self.clock.episodes
            told = self._told(info, positions)
            shown[agent] = seat.observe(positions, now, seen, told, begun=False)
        return shown, paid, terminated, truncated, self._infos(infos, positions)

    def _told(self, info: Mapping[str, Any], positions: Floats) -> dict[str, Any]:
        names = [name for name in self.clock.names if name not in self._signals]
        kept = [k for k, name in enumerate(self.clock.names) if name not in self._signals]
        own = dict(zip(names, positions[kept, 0].tolist(), strict=True))
        return {**info.get("shift", {}), **own}

    def _infos(self, infos: Mapping[str, Any], positions: Floats) -> dict[str, dict[str, Any]]:
        own = dict(zip(self.clock.names, positions[:, 0].tolist(), strict=True))
        upcoming = self.clock.positions()
        found = {}
        for agent, info in infos.items():
            found[agent] = {**info, "shift": {**info.get("shift", {}), **own}}
            if "action_mask" in info:
                found[agent]["action_mask"] = self.seats[agent].masked(
                    upcoming, info["action_mask"]
                )
        return found

    def action_masks(self) -> dict[str, Any]:
        """The valid actions by agent; as the environment within, moved with the actions."""
        upcoming = self.clock.positions()
        masks = self.env.action_masks()
        return {agent: self.seats[agent].masked(upcoming, mask) for agent, mask in masks.items()}

    def save_state(self) -> bytes:
        """The state of the environment, of the schedules and of what the shifts remember."""
        return self._record.save(self.env.save_state())

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or other shifts.
        """
        self._record.restore(state, self.env.restore_state)

    def __str__(self) -> str:
        return str(self.env)


def begin(clock: Clock, seats: Mapping[str, Seat], env: Any, seed: int | None) -> None:
    """Begin an episode of seats that share a clock."""
    if seed is None and not clock.seeded[0]:
        seed = seeds_within(env, 1)[0]
    if seed is not None:
        clock.begin(_SLOT, [int(seed)])
        for seat in seats.values():
            seat.side.anew(_SLOT)
    clock.episodes += 1
