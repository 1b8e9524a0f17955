"""Cross-play: who earns what with whom, seat by seat.

For every ordered pair of agents and every seat, the first (the focal agent) sits there and the
second holds all other seats. With two seats these are all seatings there are. A *match* is one
seating of one world under one seed; all matches of a seed play the same episodes. A file
``cross_play.jsonl`` in the results folder holds a line a match.

Of an agent, the return with itself (self-play) and with the others (held-out partners, which it was
not trained with) are told apart: their difference is the cross-play gap (Hu et al., "Other-Play for
Zero-Shot Coordination", ICML 2020).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.files import write_atomically
from adaptarium.envs.core.strictjson import dumps
from adaptarium.evaluation import statistics
from adaptarium.evaluation.cross_play_teams import team_name
from adaptarium.evaluation.json_lines import append_lines, typed, whole_lines
from adaptarium.evaluation.results import CellKey, cell_key
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, WorldScore, score_world
from adaptarium.evaluation.statistics import Floats, Interval

MATCHES_NAME = "cross_play.jsonl"

Condition = tuple[str, str, str, str]
"""World, overrides, split and shift, as in a match's key."""


@dataclass(frozen=True, slots=True)
class Match:
    """One seating of one world under one seed.

    Attributes:
        world: The world's id.
        overrides: What differs from the registered world.
        seating: The agent at each seat.
        seats: The names of the seats.
        split: The split that was played.
        shift: Changes on top of ``overrides``.
        seed: The seed.
        episodes: The episodes, with the returns of all seats together.
        seat_returns: For each episode the return of each seat.
        references: The references of the levels.
        score: The score of the seats together.
        wall_seconds: Time taken.
        notes: Remarks that belong beside the figures.
        world_version: Digest of the whole world.
        agent_versions: Digests of the agents at the seats.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    world: str
    overrides: dict[str, Any]
    seating: tuple[str, ...]
    seats: tuple[str, ...]
    split: str
    shift: dict[str, Any] | None
    seed: int
    episodes: tuple[EpisodeResult, ...]
    seat_returns: tuple[tuple[float, ...], ...]
    references: tuple[LevelReference, ...]
    score: WorldScore
    wall_seconds: float
    notes: tuple[str, ...] = ()
    world_version: str = ""
    agent_versions: tuple[str, ...] = ()

    @property
    def key(self) -> CellKey:
        """What tells this match from the others of its folder."""
        team = team_name(self.seating)
        return cell_key(self.world, self.overrides, team, self.split, self.shift, self.seed)


class Matches:
    """The matches of a results folder."""

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / MATCHES_NAME

    def read(self) -> dict[CellKey, Match]:
        """The matches by key, in the order they were written; a torn last line is left out.

        Raises:
            ResultsError: another line is damaged, or a match occurs twice.
        """
        found: dict[CellKey, Match] = {}
        for number, line in enumerate(whole_lines(self.path), start=1):
            match = typed(Match, line, f"{self.path}, line {number}")
            if found.setdefault(match.key, match) is not match:
                raise ResultsError(f"{self.path}, line {number}: {match.key} is there already")
        return found

    def append(self, match: Match) -> None:
        """Add a match and wait until it is on the disk."""
        append_lines(self.path, _line(match))

    def arrange(self, keys: Iterable[CellKey]) -> None:
        """Put these matches first, in this order; the others follow as they were."""
        found = self.read()
        wanted = [key for key in dict.fromkeys(keys) if key in found]
        order = [*wanted, *(key for key in found if key not in set(wanted))]
        if order != list(found):
            write_atomically(self.path, b"".join(_line(found[key]) for key in order))


def _line(match: Match) -> bytes:
    return dumps(asdict(match)).encode("utf-8") + b"\n"


def seatings(agents: Sequence[str], seats: int) -> list[tuple[str, ...]]:
    """Every focal agent at every seat, with every agent at all the others; each once."""
    found: dict[tuple[str, ...], None] = {}
    for focal in agents:
        for partner in agents:
            for seat in range(seats):
                found[tuple(focal if s == seat else partner for s in range(seats))] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Partnership:
    """One agent with itself and with the others.

    Attributes:
        agent: The agent.
        self_play: Its mean return a seat with itself.
        held_out: Its mean return with partners that are not itself, over partners and seats.
        gap: Self-play minus held-out.
        score: The score of the seats together with held-out partners; none where there is none.
    """

    agent: str
    self_play: Interval
    held_out: Interval
    gap: Interval
    score: WorldScore


@dataclass(frozen=True, slots=True)
class CrossPlay:
    """The matches of one world under one condition.

    Attributes:
        world: The world's id.
        overrides, split, shift: The condition.
        agents: The agents.
        seats: The names of the seats.
        payoffs: For each seat the return of the focal agent (row) there with the partner (column)
            at all other seats: ``payoffs[seat][row][column]``.
        partnerships: One an agent.
        episodes: How many episodes each figure of ``payoffs`` is the mean of.
        notes: What a reader of the figures must know.
    """

    world: str
    overrides: Mapping[str, Any]
    split: str
    shift: Mapping[str, Any] | None
    agents: tuple[str, ...]
    seats: tuple[str, ...]
    payoffs: tuple[tuple[tuple[Interval, ...], ...], ...]
    partnerships: tuple[Partnership, ...]
    episodes: int
    notes: tuple[str, ...] = ()


def cross_play_tables(matches: Iterable[Match]) -> list[CrossPlay]:
    """One for each condition of which every seating was played; seeds are taken together.

    Intervals are 95 % bootstrap intervals over episodes.
    """
    by_condition: dict[Condition, list[Match]] = {}
    for match in matches:
        world, overrides, _, split, shift, _ = match.key
        by_condition.setdefault((world, overrides, split, shift), []).append(match)
    found = [_table(members) for members in by_condition.values()]
    return [table for table in found if table is not None]


def _table(matches: Sequence[Match]) -> CrossPlay | None:
    first = matches[0]
    agents = tuple(dict.fromkeys(name for match in matches for name in match.seating))
    played = _by_seating(matches)
    if any(seating not in played for seating in seatings(agents, len(first.seats))):
        return None
    returns = {
        (seat, focal, partner): _returns(played, seat, focal, partner, len(first.seats))
        for seat in range(len(first.seats))
        for focal in agents
        for partner in agents
    }
    return CrossPlay(
        world=first.world,
        overrides=first.overrides,
        split=first.split,
        shift=first.shift,
        agents=agents,
        seats=first.seats,
        payoffs=tuple(
            tuple(
                tuple(_mean(returns[seat, focal, partner]) for partner in agents)
                for focal in agents
            )
            for seat in range(len(first.seats))
        ),
        partnerships=tuple(_partnership(agent, played, returns) for agent in agents),
        episodes=min(len(values) for values in returns.values()),
        notes=_shared_notes([match for of in played.values() for match in of]),
    )


def _shared_notes(matches: Sequence[Match]) -> tuple[str, ...]:
    """What is said of every match: that a shift was never in force, only where it never was."""
    counts = Counter(note for match in matches for note in dict.fromkeys(match.notes))
    return tuple(note for note, count in counts.items() if count == len(matches))


def _by_seating(matches: Sequence[Match]) -> dict[tuple[str, ...], list[Match]]:
    """The matches of each seating, of those seeds that all seatings were played under."""
    found: dict[tuple[str, ...], list[Match]] = {}
    for match in matches:
        found.setdefault(match.seating, []).append(match)
    shared = set.intersection(*({match.seed for match in of} for of in found.values()))
    return {
        seating: kept
        for seating, of in found.items()
        if (kept := [match for match in of if match.seed in shared])
    }


def _returns(
    played: Mapping[tuple[str, ...], Sequence[Match]],
    seat: int,
    focal: str,
    partner: str,
    seats: int,
) -> Floats:
    """The focal agent's returns, an episode each."""
    seating = tuple(focal if s == seat else partner for s in range(seats))
    return np.array([row[seat] for match in played[seating] for row in match.seat_returns])


def _mean(returns: Floats) -> Interval:
    return statistics.bootstrap_interval(returns, statistics.mean)


def _partnership(
    agent: str,
    played: Mapping[tuple[str, ...], Sequence[Match]],
    returns: Mapping[tuple[int, str, str], Floats],
) -> Partnership:
    """Episodes are resampled within each pair of seat and partner."""
    own: list[Floats] = []
    others: list[Floats] = []
    for (_, focal, partner), values in returns.items():
        if focal == agent:
            (own if partner == agent else others).append(values)
    count = min(len(values) for values in (*own, *others))
    alone, mixed = (np.stack([v[:count] for v in part], axis=1) for part in (own, others))

    def gap(scores: Floats) -> Floats:
        split = alone.shape[1]
        return statistics.mean(scores[..., :split]) - statistics.mean(scores[..., split:])

    return Partnership(
        agent=agent,
        self_play=_mean(alone),
        held_out=_mean(mixed),
        gap=statistics.bootstrap_interval(np.concatenate([alone, mixed], axis=1), gap),
        score=_score(agent, played),
    )


def _score(agent: str, played: Mapping[tuple[str, ...], Sequence[Match]]) -> WorldScore:
    """The score of all seats together in every seating with the agent and one other."""
    mixed = [
        match
        for seating, of in played.items()
        if agent in seating and len(set(seating)) > 1
        for match in of
    ]
    return score_world(
        [episode for match in mixed for episode in match.episodes],
        [level for match in mixed for level in match.references],
    )
