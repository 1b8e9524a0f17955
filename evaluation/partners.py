"""Partners that change in the midst of evaluated episodes: an agent, and a pool at other seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.language import Settings
from adaptarium.agents.loading import agent_name, load_agent
from adaptarium.agents.protocol import Agent, concurrency, is_batched
from adaptarium.agents.text import EpisodeTexts
from adaptarium.envs.core.errors import ShiftError
from adaptarium.envs.core.world import World
from adaptarium.evaluation.cross_play_teams import SHARED, answer_of
from adaptarium.wrappers.clock import Clock
from adaptarium.wrappers.partners import PartnersChange
from adaptarium.wrappers.partners_faces import choices, seats_of
from adaptarium.wrappers.spec import Shift, ShiftPlan

MOST_SLOTS = 1024
"""Episodes that are played side by side at most."""


def partner_shifts(plan: ShiftPlan | None) -> tuple[Shift, ...]:
    """The shifts of a plan that swap partners."""
    return tuple(shift for shift in plan or () if isinstance(shift.what, PartnersChange))


def seat_names(world: World) -> list[str]:
    """The names of a world's seats."""
    return [f"player_{seat}" for seat in range(world.seats)]


def pool_names(plan: ShiftPlan | None) -> list[str]:
    """The agents that are partners at some time, each once."""
    whats = [shift.what for shift in partner_shifts(plan)]
    pools = [what.pool for what in whats if isinstance(what, PartnersChange)]
    return list(dict.fromkeys(name for pool in pools for name in pool))


def check_partners(world: World, plan: ShiftPlan) -> None:
    """Refuse partners that a world has no seats for, or that do not exist.

    Raises:
        ShiftError: the world has one seat, or not these, or none is left for the agent.
        UnknownNameError, AgentError, RunError: a partner cannot be loaded.
    """
    for shift in partner_shifts(plan):
        if world.seats < 2:
            raise ShiftError(
                f"shift {shift.name!r} swaps partners; {world.id} has one seat, expected two or "
                "more"
            )
    _taken(world, plan)
    for name in pool_names(plan):
        load_agent(name)


def _taken(world: World, plan: ShiftPlan) -> list[tuple[Shift, list[int]]]:
    """The shifts of partners with the seats that their pools play."""
    names, found = seat_names(world), []
    for shift in partner_shifts(plan):
        what: Any = shift.what
        found.append((shift, [names.index(seat) for seat in seats_of(what, names)]))
    if found and not set(range(world.seats)) - {seat for _, seats in found for seat in seats}:
        raise ShiftError(f"partners: {names} are all seats; expected one for the agent")
    return found


class Partnered:
    """An agent at some seats of our own worlds, and agents of pools at the others, as one agent.

    All see the observations of their own seats alone. A partner that comes in is told ``first``: it
    knows nothing of what was before.

    Args:
        agent: The agent.
        world: The world.
        plan: A plan with shifts of partners.
        language: How language models among the partners are asked.

    Raises:
        ShiftError: the world lacks the seats.
        UnknownNameError, AgentError, RunError: a partner cannot be loaded.
    """

    def __init__(
        self, agent: Agent, world: World, plan: ShiftPlan, language: Settings | None = None
    ) -> None:
        self.name, self._agent = agent_name(agent), agent
        pool = {name: load_agent(name, language) for name in pool_names(plan)}
        taken = _taken(world, plan)
        others = {seat for _, seats in taken for seat in seats}
        self._own = [seat for seat in range(world.seats) if seat not in others]
        self._swaps = [_Swap(shift, seats, pool) for shift, seats in taken]
        everybody = [agent, *pool.values()]
        self.batched = all(is_batched(member) for member in everybody)
        if any(concurrency(member) for member in everybody):
            self.batched, self.concurrency = False, 1

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """The actions of all seats, (n, seats, ...) or (seats, ...)."""
        found = np.array(
            answer_of(self._agent, self.name, self._own, observation, info, self.batched)
        )
        for swap in self._swaps:
            swap.play(found, observation, info, self.batched)
        return found


class _Swap:
    """One shift of partners: who of its pool plays its seats in each episode."""

    def __init__(self, shift: Shift, seats: list[int], pool: Mapping[str, Agent]) -> None:
        what: Any = shift.what
        self._seats, self._at_episode = seats, what.at_episode
        self._agents = [(name, pool[name]) for name in what.pool]
        self._clock = Clock([shift], MOST_SLOTS)
        self._chosen = np.zeros(MOST_SLOTS, np.int64)

    def play(
        self,
        actions: npt.NDArray[Any],
        observation: Mapping[str, Any],
        info: Mapping[str, Any],
        batched: bool,
    ) -> None:
        """Write the actions of the pool's seats into ``actions``."""
        slots = np.atleast_1d(info["slots"])
        came = self._choose(slots, np.atleast_1d(info["step"]), np.atleast_1d(info["seed"]))
        chosen = self._chosen[slots]
        for number in np.unique(chosen).tolist():
            name, agent = self._agents[number]
            if not batched:
                told = {**info, "first": bool(came[0])}
                answer = answer_of(agent, name, self._seats, observation, told, False)
                actions[self._seats] = answer[self._seats]
                return
            rows = np.flatnonzero(chosen == number)
            seen = {part: np.asarray(value)[rows] for part, value in observation.items()}
            told = {**_of_rows(info, rows), "first": came[rows]}
            answer = answer_of(agent, name, self._seats, seen, told, True)
            for seat in self._seats:
                actions[rows, seat] = answer[:, seat]

    def _choose(
        self,
        slots: npt.NDArray[np.int64],
        steps: npt.NDArray[np.int64],
        seeds: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Let the pool's agents of the present step take their seats; where one has just come."""
        begun = steps == 0
        if begun.any():
            self._clock.begin(slots[begun], seeds[begun].tolist())
        self._clock.steps[slots] = steps
        wanted = choices(self._clock.positions()[0][slots], len(self._agents))
        if self._at_episode:
            wanted = np.where(begun, wanted, self._chosen[slots])
        came: npt.NDArray[np.bool_] = begun | (wanted != self._chosen[slots])
        self._chosen[slots] = wanted
        return came


def _of_rows(info: Mapping[str, Any], rows: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What is told of some of the episodes."""
    told = {}
    for name, part in info.items():
        if name in SHARED:
            told[name] = part
        elif name == "text":
            slots, steps = np.asarray(info["slots"])[rows], np.asarray(info["step"])[rows]
            told[name] = EpisodeTexts(info["world"], info["batch"], _ints(slots), _ints(steps))
        else:
            told[name] = np.asarray(part)[rows]
    return told


def _ints(values: npt.NDArray[Any]) -> Sequence[int]:
    found: list[int] = values.tolist()
    return found
