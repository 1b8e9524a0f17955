"""Interface shifts over PettingZoo environments whose agents act in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from pettingzoo.utils.wrappers import BaseWrapper, OrderEnforcingWrapper

from adaptarium.envs.core.aec import AECFace
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.faces.parallel import ShiftedParallel, begin
from adaptarium.wrappers.faces.seat import Seat
from adaptarium.wrappers.faces.shared import Driven, Record, interface_plan


def shifted_aec(env: Any, shifts: Any) -> Any:
    """An AEC environment under interface shifts.

    One that PettingZoo (or this package) made of a parallel environment is made anew of the
    shifted parallel one, so that both give the same traces and its steps are those of all agents.
    In any other the step of one agent is a step.
    """
    if isinstance(env, AECFace):
        turns: Any = env.env
        return AECFace(ShiftedParallel(turns.env, shifts))
    inner = env.env if type(env) is OrderEnforcingWrapper else env
    if type(inner) is parallel_to_aec_wrapper:
        found: Any = parallel_to_aec_wrapper(ShiftedParallel(inner.env, shifts))
        return found if inner is env else OrderEnforcingWrapper(found)
    return ShiftedAEC(env, shifts)


class ShiftedAEC(Driven, BaseWrapper[str, Any, Any]):
    """Interface shifts over an AEC environment, for every agent alike.

    The agent's place in ``possible_agents`` is its seat. A step is the step of one living agent;
    what it brings each agent is a reward. An agent observes when its turn comes: that is what
    delays count and what noise is drawn for. ``infos[agent]["shift"]`` holds the positions.

    Args:
        env: The environment.
        shifts: A plan of interface shifts in any form.

    Attributes:
        rewards, infos: As of any AEC environment, shifted.

    Raises:
        ShiftError: the shifts do not fit an agent's spaces, or are none of the interface.
    """

    def __init__(self, env: Any, shifts: Any) -> None:
        super().__init__(env)
        self.plan = interface_plan(shifts)
        self.clock = Clock(self.plan.shifts, 1)
        self.seats = {
            agent: Seat(self.clock, a, env.observation_space(agent), env.action_space(agent))
            for a, agent in enumerate(env.possible_agents)
        }
        self._spaces = {
            agent: seat.side.observation_space
            for agent, seat in self.seats.items()
            if seat.side.observation_space != env.observation_space(agent)
        }
        count = len(self.clock.names)
        # Of each agent's last turn: the positions in force, and what it had seen.
        self._turns = {
            agent: (np.zeros((count, 1)), np.zeros(1, np.int64), np.zeros(1, np.bool_))
            for agent in self.seats
        }
        own = {
            f"{agent}.{j}": array
            for agent, turn in self._turns.items()
            for j, array in enumerate(turn)
        }
        sides = {agent: seat.side for agent, seat in self.seats.items()}
        self._record = Record(self.clock, sides, own)
        self._signals = {shift.name for shift in self.plan if shift.what.kind == "signal"}
        self.rewards: dict[str, float] = {}
        self.infos: dict[str, dict[str, Any]] = {}
        self._cumulative_rewards: dict[str, float] = {}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The agent's observations as they go out: the same object at every call."""
        return self._spaces.get(agent) or self.env.observation_space(agent)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin an episode; as the environment within."""
        self.env.reset(seed=seed, options=options)
        begin(self.clock, self.seats, self.env, seed)
        for agent in self.env.agents:
            self._turns[agent][2][0] = True
            self.seats[agent].begin(self.env.observe(agent))
        self.rewards = dict(self.env.rewards)
        self._cumulative_rewards = dict(self.env._cumulative_rewards)
        self._take_turn(self.clock.positions())

    def step(self, action: Any) -> None:
        """Take the selected agent's action; as the environment within."""
        agent = self.env.agent_selection
        if self.env.terminations[agent] or self.env.truncations[agent]:
            self.env.step(action)
            self.rewards = dict(self.env.rewards)
            kept = self._cumulative_rewards
            self._cumulative_rewards = {one: kept.get(one, 0.0) for one in self.env.agents}
            self._take_turn(self.clock.positions())
            return
        positions = self.clock.positions()
        before = dict(self.env._cumulative_rewards)
        before[agent] = 0
        self.env.step(self.seats[agent].act(positions, action))
        ticks = self.clock.steps.copy()
        self.clock.steps += 1
        self._cumulative_rewards[agent] = 0
        for one, total in self.env._cumulative_rewards.items():
            gained = total - before.get(one, 0)
            paid = self._paid(one, positions, ticks, gained)
            self.rewards[one] = paid
            self._cumulative_rewards[one] = self._cumulative_rewards.get(one, 0) + paid
        self._take_turn(positions)

    def _paid(self, agent: str, positions: Any, ticks: Any, gained: float) -> float:
        seat = self.seats[agent]
        seen = self.env.observe(agent) if seat.side.looks else None
        terminated = self.env.terminations.get(agent, False)
        truncated = self.env.truncations.get(agent, False)
        found: float = seat.reward(positions, ticks, seen, gained, terminated, truncated)
        return found

    def _take_turn(self, positions: Any) -> None:
        """The selected agent looks; everybody is told the ground truth."""
        own = dict(zip(self.clock.names, positions[:, 0].tolist(), strict=True))
        self.infos = {agent: self._told(info, own) for agent, info in self.env.infos.items()}
        if not self.env.agents:
            return
        agent = self.env.agent_selection
        kept, ticks, waits = self._turns[agent]
        kept[...] = positions
        ticks[...] = self.clock.steps + self.clock.episodes
        self._seen(agent, begun=bool(waits[0]), fresh=True)
        waits[0] = False

    def _told(self, info: dict[str, Any], own: dict[str, float]) -> dict[str, Any]:
        return {**info, "shift": {**info.get("shift", {}), **own}}

    def observe(self, agent: str) -> Any:
        """The observation of ``agent`` as it goes out."""
        return self._seen(agent, begun=False, fresh=False)

    def _seen(self, agent: str, *, begun: bool, fresh: bool) -> Any:
        positions, ticks, _ = self._turns[agent]
        truth = self.infos.get(agent, {}).get("shift", {})
        told = {name: value for name, value in truth.items() if name not in self._signals}
        return self.seats[agent].observe(
            positions, ticks, self.env.observe(agent), told, begun=begun, fresh=fresh
        )

    def save_state(self) -> bytes:
        """The state of the environment, of the schedules and of what the shifts remember."""
        return self._record.save(self.env.save_state())

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or other shifts.
        """
        self._record.restore(state, self.env.restore_state)
