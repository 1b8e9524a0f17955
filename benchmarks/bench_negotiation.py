"""Complete bilateral negotiations a second on one core, both seats played by concession rules.

64 outcomes, 20 rounds at most; on a bank and with a fresh domain each time. One price, whose order
is known as it is made, and three issues, whose outcomes are ranked. Run it with ``make bench`` on a
quiet machine; ratios are of this one run.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world

SLOTS, STEPS = 1024, 40  # short rounds, many of them: one falls between the work of others
BANK = 1024
WORLDS = ("Price-v0", "MultiIssue-v0")
CONCEDING = ("boulware", "linear", "conceder")


def negotiations(world: World) -> Callable[[], int]:
    """Whole negotiations in a native batch: same-step autoreset, all outputs written."""
    slots = Batch([world], SLOTS, autoreset="same_step")
    slots.reset(seed=0)
    for _ in range(STEPS):
        slots.step()  # so that not all are at their start

    def work() -> int:
        ended = 0
        for _ in range(STEPS):
            slots.step()
            ended += int(slots.w.out["final"].sum())
        return ended

    return work


def main() -> None:
    """Print the table."""
    candidates = {}
    for name, kind in product(WORLDS, CONCEDING):
        alone = load_world(name).override(opponents=CONCEDING).alone()
        fresh = alone.override(**{"players.proxy": kind})
        bank = fresh.override(num_levels=BANK)
        candidates[f"{name}, {kind} against all, bank"] = negotiations(bank)
        candidates[f"{name}, {kind} against all, fresh domains"] = negotiations(fresh)
    for name, rate in best_rates(candidates, rounds=25).items():
        print(line(name, rate, "negotiations/s", ""))


if __name__ == "__main__":
    main()
