"""Several agents at the seats of one world, as one agent.

In our own worlds an agent answers for all seats at once. Here it is shown the observations of its
own seats alone: those of the others are zero. What it answers for others is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.agents.loading import agent_name
from adaptarium.agents.protocol import Agent, concurrency, is_batched
from adaptarium.agents.text import EpisodeText
from adaptarium.envs.core.draws import run_seed
from adaptarium.envs.core.errors import AgentError
from adaptarium.evaluation.failures import shown


class Team:
    """Agents at the seats of one of our own worlds.

    An agent that holds several seats plays them together, as it would by itself.

    Args:
        members: The agents by name.
        seating: The name of the agent at each seat.
    """

    def __init__(self, members: Mapping[str, Agent], seating: Sequence[str]) -> None:
        self.name = team_name(seating)
        self._places = _places(seating)
        self._members = {name: members[name] for name in self._places}
        self.batched = all(is_batched(member) for member in self._members.values())
        if any(concurrency(member) for member in self._members.values()):
            self.batched, self.concurrency = False, 1

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """The actions of all seats, (n, seats, ...) or (seats, ...)."""
        actions: npt.NDArray[Any] | None = None
        for name, places in self._places.items():
            member = self._members[name]
            answer = answer_of(member, name, places, observation, info, self.batched)
            if actions is None:
                actions = np.array(answer)
            elif answer.shape != actions.shape:
                raise AgentError(
                    f"agent {name} gave {shown(answer)}; expected shape {actions.shape}"
                )
            seats = (slice(None), places) if self.batched else (places,)
            actions[seats] = answer[seats]
        if actions is None:
            raise AgentError("a team of nobody; expected an agent at each seat")
        return actions


def answer_of(
    member: Agent,
    name: str,
    places: list[int],
    observation: Mapping[str, Any],
    info: Mapping[str, Any],
    batched: bool,
) -> npt.NDArray[Any]:
    """What one agent of several answers for all seats; only its own seats' answers count.

    Args:
        member: The agent.
        name: What errors call it.
        places: Its seats.
        observation: Of all seats.
        info: What all are told.
        batched: Whether arrays have a leading axis of episodes.

    Returns:
        (n, seats, ...) actions, or (seats, ...).

    Raises:
        AgentError: it does not answer for all seats.
    """
    axis = 1 if batched else 0
    own = {part: _own(np.asarray(value), places, axis) for part, value in observation.items()}
    if batched:
        answer = np.asarray(member.act(own, info))
    elif is_batched(member):
        answer = np.asarray(member.act(_stacked(own), _one_of_many(info)))[0]
    else:
        words = {"text": _OwnText(info, places)} if "text" in info else {}
        answer = np.asarray(member.act(own, {**info, **words}))
    seats = np.shape(info["mask"])[axis]
    if answer.ndim <= axis or answer.shape[axis] != seats:
        raise AgentError(f"agent {name} gave {shown(answer)}; expected {seats} seats")
    return answer


def team_name(seating: Sequence[str]) -> str:
    """What results call a team."""
    return " | ".join(seating)


def _places(seating: Sequence[str]) -> dict[str, list[int]]:
    """The seats of each agent."""
    return {
        name: [seat for seat, other in enumerate(seating) if other == name]
        for name in dict.fromkeys(seating)
    }


def _own(part: npt.NDArray[Any], places: list[int], axis: int) -> npt.NDArray[Any]:
    """A copy in which only the rows of some seats are left."""
    kept = np.zeros_like(part)
    seats = (slice(None), places) if axis else (places,)
    kept[seats] = part[seats]
    return kept


SHARED = ("mission", "action_space", "world", "batch")
"""Entries of ``info`` without an axis of episodes."""


def _stacked(observation: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(part)[None] for name, part in observation.items()}


def _one_of_many(info: Mapping[str, Any]) -> dict[str, Any]:
    """What an agent of many episodes is told, where there is one."""
    told = {}
    for name, part in info.items():
        if name in SHARED:
            told[name] = part
        else:
            told[name] = [part] if name == "text" else np.asarray(part)[None]
    return told


class _OwnText(EpisodeText):
    """An episode in words for some of its seats."""

    def __init__(self, info: Mapping[str, Any], places: list[int]) -> None:
        super().__init__(info["world"], info["batch"], int(info["slots"]), int(info["step"]))
        self._places = places

    @property
    def seats(self) -> list[int]:
        """Those of the agent's seats that still play."""
        return [seat for seat in super().seats if seat in self._places]


class NamedTeam:
    """Agents at the seats of a PettingZoo environment; each is given the dicts of its own seats.

    Args:
        members: The agents by name.
        seating: The name of the agent at each seat.
        seats: The names of the seats.
    """

    def __init__(
        self, members: Mapping[str, Agent], seating: Sequence[str], seats: Sequence[str]
    ) -> None:
        self.name = team_name(seating)
        self._seats = {
            name: [seats[place] for place in places] for name, places in _places(seating).items()
        }
        self._members = {name: members[name] for name in self._seats}
        self._met: set[str] = set()

    def act(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
        """An action for each seat that acts now."""
        if info["first"]:
            self._met.clear()
        actions: dict[str, Any] = {}
        for number, (name, seats) in enumerate(self._seats.items()):
            own = [seat for seat in seats if seat in observation]
            if own:
                told = self._told(name, own, info, number)
                given = {seat: observation[seat] for seat in own}
                actions |= self._checked(name, own, self._members[name].act(given, told))
        return actions

    def _told(
        self, name: str, own: list[str], info: Mapping[str, Any], number: int
    ) -> dict[str, Any]:
        """``info`` of the agent's own seats; in games of turns it may come in after the first step.

        Agents that draw by the episode's seed must not draw alike, so each has its own.
        """
        told = {**info, "first": name not in self._met}
        self._met.add(name)
        told["seed"] = info["seed"] if number == 0 else run_seed(info["seed"]) + number
        for part in ("action_space", "mask"):
            if info.get(part) is not None:
                told[part] = {seat: info[part][seat] for seat in own if seat in info[part]}
        return told

    @staticmethod
    def _checked(name: str, own: list[str], answer: Any) -> dict[str, Any]:
        if not isinstance(answer, Mapping) or set(answer) != set(own):
            raise AgentError(
                f"agent {name} gave {shown(answer)}; expected a dict with an action for {own}"
            )
        return dict(answer)


def member_names(agents: Sequence[Agent | str]) -> list[str]:
    """The agents' names, which must differ.

    Raises:
        AgentError: there are fewer than two, or two of one name.
    """
    names = [agent_name(agent) for agent in agents]
    if len(names) < 2:
        raise AgentError(f"cross-play of {names}; expected at least two agents")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise AgentError(f"agent {twice!r} is named twice; give objects a `name` each")
    return names
