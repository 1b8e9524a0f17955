"""Sokoban on one core: steps, levels and references a second, and how much of Microban is solved.

A puzzle of Microban (D. W. Skinner, 155 puzzles) counts as solved when all its crates are stored
within ten seconds of wall time; the same in processor time tells what a busy machine takes away.
Run it with ``make bench`` on a quiet machine.
"""

from __future__ import annotations

import time

from bench_puzzle import BANK, generating, playing, solving
from timing import best_rates, line

import adaptarium
from adaptarium.envs.core.banks import read_records
from adaptarium.envs.grid.sokoban import solver

SECONDS = 10.0


def microban() -> None:
    """Solve the whole collection, a puzzle after the other."""
    world = adaptarium.world("microban.xsb")
    bank = read_records(world)
    walls, processors, exact = [], [], 0
    for row in range(len(bank.info)):
        puzzle = solver.puzzle_of(bank, row)
        if puzzle is None:
            raise RuntimeError(f"puzzle {row} is no Sokoban")
        wall, processor = time.perf_counter(), time.process_time()
        found = solver.solve(puzzle, int(bank.info["max_steps"][row]))
        if found.stored == len(puzzle.crates):
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
            exact += found.exact
    count = len(bank.info)
    for name, times in (("wall", walls), ("processor", processors)):
        within = sum(one <= SECONDS for one in times)
        told = f"{within / count:.1%} of {count}, the slowest in {max(times):.1f} s"
        print(line(f"Microban, {SECONDS:.0f} s of {name} time", within, "puzzles", told))
    print(line("Microban, fewest steps proven", exact, "puzzles", f"{exact / count:.1%}"))


def main() -> None:
    """Print the table."""
    world = adaptarium.world("Sokoban-v0")
    large = adaptarium.world("Sokoban-v0", size=10, boxes=4)
    steps = best_rates({
        "Sokoban-v0": playing(adaptarium.world("Sokoban-v0", num_levels=BANK)),
        "FrozenLake-v0": playing(adaptarium.world("FrozenLake-v0", num_levels=BANK)),
        "Sokoban-v0, fresh levels": playing(world),
    })  # fmt: skip
    for name, rate in steps.items():
        print(line(name, rate, "steps/s", f"{rate / steps['FrozenLake-v0']:.0%} of FrozenLake"))
    worlds = {"Sokoban-v0": world, "Sokoban-v0, size 10, 4 boxes": large}
    for name, rate in best_rates({one: generating(w) for one, w in worlds.items()}).items():
        print(line(name, rate, "levels/s"))
    for name, rate in best_rates({one: solving(w) for one, w in worlds.items()}, rounds=2).items():
        print(line(name, rate, "references/s"))
    microban()


if __name__ == "__main__":
    main()
