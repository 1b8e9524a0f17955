"""Processor seconds of CreAgent's whole market, and rounds a second of the small one.

The published market has 1,500 users, 50 creators, 14 genres, slates of 5, 110 rounds, training
every 5 and re-ranking from round 10 on. Nobody leaves here, so that every round is a full one: the
time of a market that thrives. Run it with ``make bench`` on a quiet machine; ratios are of this one
run.
"""

from __future__ import annotations

import time

from timing import best_rates, line

import adaptarium  # noqa: F401 (registers its environments)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.creators import codes
from adaptarium.envs.creators.players import choice_of
from adaptarium.envs.creators.rules import PRESETS

RUNS = 3
SLOTS = 256
SMALL = ("random", "mf", "linucb")


def published() -> World:
    """CreAgent's market, with users and creators who stay."""
    preset = {**PRESETS["creagent"], "transition.grace": codes.MAX_STEPS}
    sizes = {"users": 1500, "creators": 50, "genres": 14, "patience": codes.MAX_PATIENCE}
    return load_world("Market-v0", **sizes, **preset, **{"players.outside": "platform"})


def seconds(batch: Batch, scorer: str, reranker: str) -> float:
    """Processor seconds of the best of a few runs of a market, with one choice of the platform."""
    best = float("inf")
    for run in range(RUNS):
        batch.reset(seed=run)
        batch.w.actions[:] = choice_of(scorer, reranker)
        start = time.process_time()
        while not batch.w.core["ended"].all():
            batch.step()
        best = min(best, time.process_time() - start)
    return best


def small(scorer: str) -> object:
    """Rounds of the registered market in a batch."""
    world = load_world("Market-v0", **{"players.outside": "platform"})
    batch = Batch([world], SLOTS, autoreset="same_step")
    batch.reset(seed=0)
    batch.w.actions[:] = choice_of(scorer)

    def work() -> int:
        batch.step()
        return SLOTS

    return work


def main() -> None:
    """Print both tables."""
    batch = Batch([published()], 1, autoreset="disabled")
    seconds(batch, "random", "none")
    pairs = [(scorer, "none") for scorer in codes.SCORERS]
    pairs += [("mf", reranker) for reranker in codes.RERANKERS[1:]]
    for scorer, reranker in pairs:
        print(f"{scorer + ', ' + reranker:24} {seconds(batch, scorer, reranker):6.2f} s a market")
    rates = best_rates({f"Market-v0, {name}": small(name) for name in SMALL}, rounds=100)
    for name, rate in rates.items():
        print(line(name, rate, "rounds/s", ""))


if __name__ == "__main__":
    main()
