"""Environments of several agents in which a pool of agents plays some of the seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import gymnasium
import numpy as np
import numpy.typing as npt
from pettingzoo.utils.wrappers import BaseParallelWrapper

from adaptarium.envs.core.errors import AdaptariumError, ResetNeededError, ShiftError, unknown_name
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.faces.parallel import begin
from adaptarium.wrappers.faces.seat import entry_of, plain
from adaptarium.wrappers.faces.shared import Record, seeds_within
from adaptarium.wrappers.leaves import leaves_of, put_back, taken
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.spec import Shift, as_plan


class Partner(Protocol):
    """An agent of a pool.

    ``info`` holds ``first``, ``step``, ``seed`` and, where the environment gives one, ``mask``. One
    that plays in a batch is given a leading axis of sub-environments with everything.
    """

    def act(self, observation: Any, info: Mapping[str, Any]) -> Any:
        """The action for an observation."""


Pool = Mapping[str, Partner]


def the_shift(shift: Any, pool: Pool) -> tuple[Shift, PartnersChange]:
    """The one shift of partners that ``shift`` describes, and what it changes.

    Raises:
        ShiftError: it is another, or names an agent that the pool lacks.
    """
    shifts = as_plan(shift).shifts
    what = shifts[0].what
    if len(shifts) != 1 or not isinstance(what, PartnersChange):
        raise ShiftError("partners: expected a plan of one shift of kind 'partners'")
    for name in what.pool:
        if name not in pool:
            raise ShiftError(f"partners: {unknown_name('agent of the pool', name, pool)}")
    return shifts[0], what


def seats_of(what: PartnersChange, agents: Sequence[str]) -> tuple[str, ...]:
    """The agents whose seats the pool takes.

    Raises:
        ShiftError: there is no such agent, or none is left for the learner.
    """
    for seat in what.seats:
        if seat not in agents:
            raise ShiftError(f"partners: {unknown_name('seat', seat, agents)}")
    taken = what.seats or tuple(agents[1:])
    if len(taken) >= len(agents):
        raise ShiftError(f"partners: {list(taken)} are all seats; expected one for the learner")
    return taken


def choices(positions: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.int64]:
    """Which of ``size`` agents plays at each position; the later one at the middle between two."""
    return np.minimum((positions * (size - 1) + 0.5).astype(np.int64), size - 1)


class SeatedParallel(BaseParallelWrapper[str, Any, Any]):
    """A PettingZoo parallel environment without the seats that a pool plays.

    When every agent of the learner is out, the episode is over.

    Args:
        env: The environment; ours or anybody's.
        shift: A plan of one shift of kind ``"partners"``, in any form.
        pool: Agents by name.

    Attributes:
        possible_agents: The learner's.
        partner: Name of the agent of the pool that plays now.

    Raises:
        ShiftError: the shift is no such, or its seats or agents do not exist.
    """

    def __init__(self, env: Any, shift: Any, pool: Pool) -> None:
        super().__init__(env)
        self.metadata = env.metadata
        self.shift, self._what = the_shift(shift, pool)
        self._agents = [pool[name] for name in self._what.pool]
        self.seats = seats_of(self._what, env.possible_agents)
        self.possible_agents = [a for a in env.possible_agents if a not in self.seats]
        self.agents: list[str] = []
        self.clock = Clock([self.shift], 1)
        self._seed, self._step, self._chosen = 0, 0, 0
        self._first: dict[str, bool] = {}
        self._seen: dict[str, Any] = {}
        self._masks: dict[str, Any] = {}

    @property
    def partner(self) -> str:
        """Name of the agent of the pool that plays now."""
        return self._what.pool[self._chosen]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin an episode; as the environment within."""
        observations, infos = self.env.reset(seed=seed, options=options)
        if seed is None and not self.clock.seeded[0]:
            seed = seeds_within(self.env, 1)[0]
        self._seed = self._seed if seed is None else int(seed)
        begin(self.clock, {}, self.env, seed)
        self._step = 0
        position = float(self.clock.positions()[0, 0])
        self._chosen = int(choices(np.array([position]), len(self._agents))[0])
        self._first = dict.fromkeys(self.seats, True)
        self._keep(observations, infos)
        self.agents = self._mine(self.env.agents)
        return self._own(observations), self._told(infos, position)

    def step(self, actions: Mapping[str, Any]) -> Any:
        """Play one step; as the environment within, with the learner's actions alone."""
        position = float(self.clock.positions()[0, 0])
        if not self._what.at_episode or self._step == 0:
            chosen = int(choices(np.array([position]), len(self._agents))[0])
            if chosen != self._chosen:  # who comes in knows nothing of what was before
                self._chosen, self._first = chosen, dict.fromkeys(self.seats, True)
        theirs = {seat: self._act(seat) for seat in self.seats if seat in self.env.agents}
        observations, rewards, terminated, truncated, infos = self.env.step({**actions, **theirs})
        self.clock.steps += 1
        self._step += 1
        self._keep(observations, infos)
        self.agents = self._mine(self.env.agents)
        return (
            self._own(observations),
            self._own(rewards),
            self._own(terminated),
            self._own(truncated),
            self._told(infos, position),
        )

    def save_state(self) -> bytes:
        """The state of the environment, and of who plays; what the pool remembers is its own.

        Raises:
            ResetNeededError: before the first ``reset``.
        """
        if not self._seen:
            raise ResetNeededError("no episode has begun; call reset() first")
        return Record(self.clock, {}, self._arrays()).save(self.env.save_state())

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or another shift.
        """
        if not self._seen:
            self.reset(seed=0)  # what was seen takes its shape from a first look
        saved = self._arrays()
        Record(self.clock, {}, saved).restore(state, self.env.restore_state)
        self._seed, self._step, self._chosen = (int(one) for one in saved["present"])
        self._first = dict(zip(self.seats, saved["first"].tolist(), strict=True))
        self._masks = {}
        for seat in self.seats:
            mask, observation = saved[f"mask.{seat}"], self._seen[seat]
            if mask[-1]:
                self._masks[seat] = mask[:-1]
            space = self.env.observation_space(seat)
            parts = {
                name: plain(entry_of(observation, name), saved[f"seen.{seat}.{name}"][0])
                for name in leaves_of(space)
            }
            self._seen[seat] = put_back(space, observation, parts)
        self.agents = self._mine(self.env.agents)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What goes on from step to step, in arrays of their own."""
        found: dict[str, npt.NDArray[Any]] = {
            "present": np.array([self._seed, self._step, self._chosen], np.uint64),
            "first": np.array([self._first[seat] for seat in self.seats]),
        }
        for seat in self.seats:
            mask = np.zeros(int(getattr(self.env.action_space(seat), "n", 0)) + 1, np.bool_)
            if seat in self._masks:  # the last says that there is one
                mask[:-1], mask[-1] = self._masks[seat], True
            found[f"mask.{seat}"] = mask
            entries = taken(self.env.observation_space(seat), self._seen[seat], 0)
            for name, part in entries.items():
                found[f"seen.{seat}.{name}"] = np.array(part)
        return found

    def _act(self, seat: str) -> Any:
        info = {
            "first": self._first[seat],
            "step": self._step,
            "seed": self._seed,
            "action_space": self.env.action_space(seat),
        }
        if seat in self._masks:
            info["mask"] = self._masks[seat]
        self._first[seat] = False
        return self._agents[self._chosen].act(self._seen[seat], info)

    def _keep(self, observations: Mapping[str, Any], infos: Mapping[str, Any]) -> None:
        self._seen.update({seat: observations[seat] for seat in self.seats if seat in observations})
        self._masks = {
            seat: np.asarray(infos[seat]["action_mask"], np.bool_)
            for seat in self.seats
            if "action_mask" in infos.get(seat, {})
        }

    def _mine(self, agents: Sequence[str]) -> list[str]:
        return [agent for agent in agents if agent not in self.seats]

    def _own(self, by_agent: Mapping[str, Any]) -> dict[str, Any]:
        return {agent: part for agent, part in by_agent.items() if agent not in self.seats}

    def _told(self, infos: Mapping[str, Any], position: float) -> dict[str, dict[str, Any]]:
        name = self.shift.name
        return {
            agent: {**info, "shift": {**info.get("shift", {}), name: position}}
            for agent, info in self._own(infos).items()
        }


class SeatedEnv(gymnasium.Env[Any, Any]):
    """The one seat that a pool of agents leaves to a learner, as a Gymnasium environment.

    Args:
        env: A parallel environment.
        shift: A plan of one shift of kind ``"partners"`` that leaves one seat, in any form.
        pool: Agents by name.

    Raises:
        ShiftError: the shift leaves several seats, is none of partners, or does not fit.
    """

    def __init__(self, env: Any, shift: Any, pool: Pool) -> None:
        self.parallel = SeatedParallel(env, shift, pool)
        if len(self.parallel.possible_agents) != 1:
            raise ShiftError(
                f"partners: the seats {self.parallel.possible_agents} are left; a Gymnasium "
                "environment has one: expected a parallel environment (wrappers.interface.seated)"
            )
        (self.agent,) = self.parallel.possible_agents
        self.observation_space = env.observation_space(self.agent)
        self.action_space = env.action_space(self.agent)
        self.metadata = {**env.metadata}
        self.render_mode = getattr(env, "render_mode", None)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        super().reset(seed=seed)
        observations, infos = self.parallel.reset(seed=seed, options=options)
        if self.agent not in observations:
            raise AdaptariumError(
                f"{self.agent} does not play from the start; expected a seat that does"
            )
        return observations[self.agent], infos[self.agent]

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Play one step.

        Raises:
            ResetNeededError: before the first ``reset``, and after the end of an episode.
        """
        if not self.parallel.agents:
            raise ResetNeededError("step was called with no episode running; call reset() first")
        observations, rewards, terminated, truncated, infos = self.parallel.step(
            {self.agent: action}
        )
        return (
            observations[self.agent],
            float(rewards[self.agent]),
            bool(terminated[self.agent]),
            bool(truncated[self.agent]),
            infos[self.agent],
        )

    def save_state(self) -> bytes:
        """The state of the environment, and of who plays; what the pool remembers is its own."""
        return self.parallel.save_state()

    def restore_state(self, state: bytes) -> None:
        """Go on from a saved state.

        Raises:
            SnapshotError: the bytes are damaged, or of another environment or another shift.
        """
        self.parallel.restore_state(state)

    def render(self) -> Any:
        """The present picture, as the environment within gives it."""
        return self.parallel.render()

    def close(self) -> None:
        """Close the environment within."""
        self.parallel.close()
