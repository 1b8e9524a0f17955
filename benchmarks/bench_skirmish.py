"""Complete skirmishes a second on one core between two built-in players of level 7.

Run it with ``make bench`` on a quiet machine; ratios are of this one run. Who beats whom is told by
``skirmish_ladder.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from skirmish_ladder import Side, between
from timing import best_rates, line

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.envs.skirmish import codes

SLOTS, STEPS = 1024, 12  # short rounds, many of them: one falls between the work of others


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


def pair(style: str) -> World:
    """Both races in a style."""
    first, second = (Side(race, style, codes.HONEST) for race in codes.RACES)
    return between(first, second)


def main() -> None:
    """Print the table."""
    candidates = {
        "random styles, level 7": speed(pair("random")),
        "macro against macro, level 7": speed(pair("macro")),
    }
    for name, rate in best_rates(candidates, rounds=25).items():
        print(line(name, rate, "matches/s", ""))


if __name__ == "__main__":
    main()
