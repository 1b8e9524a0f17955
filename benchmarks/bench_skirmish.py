"""Complete skirmishes a second on one core between two built-in players, and who beats whom.

Run it with ``make bench`` on a quiet machine; ratios are of this one run. ``--matches`` sets how
many matches stand behind each win rate.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.skirmish import codes

SLOTS, STEPS = 1024, 12  # short rounds, many of them: one falls between the work of others
STYLES = codes.STYLES[1:]


def between(style: str, other: str, level: int, against: int, *races: str) -> World:
    """A world in which a built-in player of a style and level plays against another one."""
    changes: dict[str, Any] = {
        "players.proxy": style,
        "players.proxy_level": level,
        "players.style": other,
        "players.level": against,
        **{f"races.player_{p}": race for p, race in enumerate(races)},
    }
    return load_world("Skirmish-v0").alone().override(**changes)


def speed(world: World) -> Callable[[], int]:
    """Whole matches in a native batch: same-step autoreset, all outputs written."""
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    for _ in range(180):
        slots.step()  # so that not all are at their start

    def work() -> int:
        ended = 0
        for _ in range(STEPS):
            slots.step()
            ended += int(slots.w.out["final"].sum())
        return ended

    return work


def outcome(world: World, matches: int) -> tuple[float, float, float]:
    """Shares of matches that the first player wins and loses, and their mean length in seconds."""
    slots = Batch([world], matches, autoreset="disabled")
    slots.reset(seed=0)
    while not slots.w.core["ended"].all():
        slots.step()
    winner = slots.w.state.now["winner"]
    length = float(slots.w.state.now["time"].mean())
    return float(np.mean(winner == 0)), float(np.mean(winner == 1)), length


def told(label: str, world: World, matches: int) -> str:
    """One line of a table of win rates."""
    won, lost, length = outcome(world, matches)
    return f"{label:<44}won {won:5.3f}  lost {lost:5.3f}  after {length:4.0f} s"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matches", type=int, default=256)
    matches = parser.parse_args().matches
    candidates = {
        "random styles, level 7": speed(between("random", "random", 7, 7, *codes.RACES)),
        "macro against macro, level 7": speed(between("macro", "macro", 7, 7, *codes.RACES)),
    }
    for name, rate in best_rates(candidates, rounds=25).items():
        print(line(name, rate, "matches/s", ""))
    for race in codes.RACES:
        for level in range(2, codes.LEVELS + 1):
            world = between("random", "random", level, level - 1, race, race)
            print(told(f"{race}, level {level} against {level - 1}", world, matches))
    for level in (4, 7):
        world = between("random", "random", level, level, *codes.RACES)
        print(told(f"{' against '.join(codes.RACES)}, level {level}", world, matches))
    for style in STYLES:
        for other in STYLES:
            world = between(style, other, 7, 7, *codes.RACES)
            print(told(f"{style} against {other}, level 7", world, matches))


if __name__ == "__main__":
    main()
