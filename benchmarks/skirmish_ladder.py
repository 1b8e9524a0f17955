"""Who beats whom among the built-in players of a skirmish: levels, races, styles.

Three tables. *Ladder*: each level against the one below in each mirror match-up, styles drawn at
random; it should win at least 60 % of the matches. *Races*: each pair of races at each level,
styles drawn at random; at levels 4 and 7 either should win 40 to 60 %. *Styles*: each style against
each at level 7; each should be beaten by some style. A match that still goes on after 15 minutes is
won by the larger assets; the last column is the share of those. Half of the matches of a cell are
played from either seat. Intervals are Wilson's, 95 %.

Run it with ``python benchmarks/skirmish_ladder.py``; it exits with 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.skirmish import codes

STYLES = codes.STYLES[1:]
WINS, LOW = 0.6, 0.4
LIMIT = 900  # seconds
JUDGED = (4, 7)  # levels at which the races should be equal


@dataclass(frozen=True)
class Side:
    """A built-in player."""

    race: str
    style: str
    level: int


@dataclass(frozen=True)
class Score:
    """Matches that the first side won, that the other won, all; their length; the clock's share."""

    won: int
    lost: int
    matches: int
    seconds: float
    by_clock: float

    @property
    def rate(self) -> float:
        """The share of victories among all matches."""
        return self.won / self.matches

    def __str__(self) -> str:
        found = binomtest(self.won, self.matches).proportion_ci(method="wilson")
        return (
            f"{self.rate:5.3f} [{found.low:5.3f}, {found.high:5.3f}]  lost "
            f"{self.lost / self.matches:5.3f}  {self.seconds:4.0f} s  by clock {self.by_clock:5.3f}"
        )


def between(first: Side, second: Side) -> World:
    """A world in which two built-in players play against each other."""
    return (
        load_world("Skirmish-v0")
        .alone()
        .override(
            **{
                "races.player_0": first.race,
                "races.player_1": second.race,
                "players.proxy": first.style,
                "players.proxy_level": first.level,
                "players.style": second.style,
                "players.level": second.level,
                "transition.at_limit": "assets",
            }
        )
    )


def results(world: World, matches: int, seed: int) -> Any:
    """(matches,) records of how each match ended: ``winner``, -1 for nobody, and ``time``."""
    slots = Batch([world], matches, autoreset="disabled")
    slots.reset(seed=seed)
    while not slots.w.core["ended"].all():
        slots.step()
    return slots.w.state.now[:, 0].copy()


def play(first: Side, second: Side, matches: int) -> Score:
    """Half of the matches with the first side in the first seat, half in the second."""
    half = matches // 2
    one = results(between(first, second), half, 0)
    other = results(between(second, first), half, half)
    won = int((one["winner"] == 0).sum() + (other["winner"] == 1).sum())
    lost = int((one["winner"] == 1).sum() + (other["winner"] == 0).sum())
    times = np.concatenate([one["time"], other["time"]])
    return Score(won, lost, 2 * half, float(times.mean()), float((times >= LIMIT).mean()))


def ladder(matches: int) -> Iterator[bool]:
    """Each level against the one below, in each mirror match-up."""
    for race in codes.RACES:
        for level in range(2, codes.LEVELS + 1):
            score = play(Side(race, "random", level), Side(race, "random", level - 1), matches)
            told(f"{race} {level} against {level - 1}", score)
            yield score.rate >= WINS


def races(matches: int) -> Iterator[bool]:
    """Each pair of races at each level."""
    for race, other in itertools.combinations(codes.RACES, 2):
        for level in range(1, codes.LEVELS + 1):
            score = play(Side(race, "random", level), Side(other, "random", level), matches)
            told(f"{race} against {other}, level {level}", score)
            fair = min(score.won, score.lost) >= LOW * score.matches
            yield fair or level not in JUDGED


def styles(matches: int) -> Iterator[bool]:
    """Each style of each race at level 7: some style of some race beats it."""
    sides = [Side(race, style, codes.HONEST) for race in codes.RACES for style in STYLES]
    beaten = {}
    for side, other in itertools.product(sides, sides):
        if side == other:
            continue
        score = play(side, other, matches)
        told(f"{side.race} {side.style} against {other.race} {other.style}", score)
        if score.lost > score.won:
            beaten.setdefault(side, other)
    for side in sides:
        by = beaten.get(side)
        print(f"{side.race} {side.style} is beaten by", f"{by.race} {by.style}" if by else "nobody")
        yield by is not None


def told(label: str, score: Score) -> None:
    """One row of a table."""
    print(f"{label:<44}{score}", flush=True)


TABLES: dict[str, Callable[[int], Iterator[bool]]] = {
    "ladder": ladder,
    "races": races,
    "styles": styles,
}


def main() -> int:
    """Print the tables; 1 where a claim fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[*TABLES], choices=[*TABLES, []])
    parser.add_argument("--matches", type=int, default=1000, help="matches of a cell")
    chosen = parser.parse_args()
    kept = [held for name in chosen.tables for held in TABLES[name](chosen.matches)]
    print(f"{sum(kept)} of {len(kept)} claims hold")
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
