"""Which built-in strategy bargains best? Every kind in the place of player_0, against all kinds.

In each world every strategy meets the same domains of the split ``test``, whose other parties are
drawn from all eleven kinds alike. Beside the kinds stand bargainers (``agents/negotiation``) that
concede to a share of what they can gain. Told are mean utilities of player_0 with 95 % intervals
(normal, over domains), the share of negotiations with a deal, and what all parties gained together
of the most that they could (surplus efficiency), both over all worlds; in the order of the mean
rank over the worlds. The output is the table of ``docs/negotiation.md``.

    python benchmarks/negotiation_ranking.py [--domains 4000]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.negotiation import Bargainer
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation.codes import KINDS, UNIT

WORLDS = ("Price-v0", "MultiIssue-v0", "DealOrNoDeal-v0", "Coalition-v0")
DEMANDS = (0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Result:
    """A strategy in one world: means over its domains, and half an interval of the first."""

    utility: float
    half: float
    deals: float
    efficiency: float


def against_all(name: str) -> World:
    """The world with opponents of every kind."""
    return adaptarium.world(name, split="test", opponents=list(KINDS)).alone()


def play(world: World, player: Bargainer | None, n: int) -> Result:
    """Negotiate about ``n`` domains; a built-in player of the world acts where there is none."""
    batch = Batch([world], n, autoreset="disabled")
    batch.reset(seed=list(range(n)))
    while not batch.w.core["ended"].all():
        if player is not None:
            seen = {name: view[:, 0] for name, view in batch.obs.items()}
            batch.w.actions[:, 0] = player.act(seen, {"mask": batch.masks()[:, 0].astype(bool)})
        batch.step()
    record, most = batch.w.final_metrics, most_gains(batch)
    utility = record["utility"]
    some = most > 0
    return Result(
        utility=float(utility.mean()),
        half=1.96 * float(utility.std(ddof=1)) / float(np.sqrt(n)),
        deals=float((record["success"] > 0).mean()),
        efficiency=float((record["gains"][some] / most[some]).mean()),
    )


def most_gains(batch: Batch) -> NDArray[np.float64]:
    """(slots,) the most that the parties of each slot's domain can gain together."""
    levels = batch.w.levels
    counted = np.arange(levels.utilities.shape[2]) < levels.head["num_outcomes"][:, None]
    total = levels.utilities.sum(axis=1) - levels.parties["reservation"].sum(axis=1)[:, None]
    best = np.where(counted, total, np.iinfo(np.int64).min).max(axis=1)
    return np.asarray(best[batch.w.core["level"]] / UNIT)


def results(n: int) -> dict[str, list[Result]]:
    """Each strategy's results, world by world."""
    worlds = [against_all(name) for name in WORLDS]
    found = {
        kind: [play(world.override(**{"players.proxy": kind}), None, n) for world in worlds]
        for kind in KINDS
    }
    for demand in DEMANDS:
        name = f"bargainer, demand {demand}"
        found[name] = [play(world, Bargainer(demand=demand), n) for world in worlds]
    return found


def mean_ranks(found: dict[str, list[Result]]) -> dict[str, float]:
    """Each strategy's place by utility, from 1 on, averaged over the worlds."""
    utilities = np.array([[one.utility for one in row] for row in found.values()])
    places = 1 + (utilities[None] > utilities[:, None]).sum(axis=1)
    return dict(zip(found, places.mean(axis=1).tolist(), strict=True))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, default=4_000)
    found = results(parser.parse_args().domains)
    print("| strategy | mean rank |", *(f"`{name}` |" for name in WORLDS), "deals | efficiency |")
    print("|---|---|" + "---|" * len(WORLDS) + "---|---|")
    for name, place in sorted(mean_ranks(found).items(), key=lambda item: item[1]):
        row = found[name]
        told = " | ".join(f"{one.utility:.3f} ± {one.half:.3f}" for one in row)
        deals, gains = (np.mean([getattr(o, n) for o in row]) for n in ("deals", "efficiency"))
        shown = f"`{name}`" if name in KINDS else name
        print(f"| {shown} | {place:.1f} | {told} | {deals:.2f} | {gains:.2f} |")


if __name__ == "__main__":
    main()
