"""Effects that a negotiation must show, with intervals.

1. **Demand.** player_0 concedes linearly to a share of what it can gain (``Bargainer``), against
   the opponents of ``Price-v0`` (with ``conflict=1``). The more it holds out for, the better its
   price and the fewer deals. 100,000 negotiations, shared by the demands, on the same domains.
2. **Traits.** The same player with a fixed demand, against opponents of each trait and intensity.
   Differences from intensity 0 are paired by domain.
3. **Coaching.** A critic by rule between games on one domain: over the games the price of deals
   rises and the deal rate falls (the trade-off of GPT-Bargaining, arXiv 2305.10142), and so does
   the relationship with the opponent (``agents.negotiation.relationship``).

The price is the share of outcomes that are worse for player_0 than the deal. Intervals are of 95 %:
normal ones for 1 and 2 (thousands of negotiations), by bootstrap over series for 3.

    python benchmarks/negotiation_effects.py [--negotiations 100000] [--series 400]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.agents.negotiation import Bargainer, RuleCritic, coach_many, relationship
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World
from adaptarium.envs.negotiation.codes import TRAITS
from adaptarium.evaluation.statistics import bootstrap_interval, mean

Rows = Mapping[str, NDArray[np.float64]]

CONFLICT = 1.0  # reservation values may leave one price to meet at
DEMANDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
AT_ONCE = 2_000
TRAIT_DEMAND = 0.7
GAMES = 6
# What the definition of each trait says of it: a measure, and whether it rises.
DIRECTIONS = {
    "impatience": ("turns", -1),
    "scepticism": ("turns", 1),
    "confusion": ("their losses", 1),
    "incoherence": ("their retreats", 1),
}


def play(world: World, player: Bargainer, n: int, first: int = 0) -> Rows:
    """Measures of ``n`` negotiations from seed ``first`` on, (n,) each."""
    parts = []
    batch = Batch([world], min(AT_ONCE, n), autoreset="disabled")
    for start in range(first, first + n, batch.num_envs):
        batch.reset(seed=list(range(start, start + batch.num_envs)))
        while not batch.w.core["ended"].all():
            seen = {name: view[:, 0] for name, view in batch.obs.items()}
            batch.w.actions[:, 0] = player.act(seen, {"mask": batch.masks()[:, 0].astype(bool)})
            batch.step()
        parts.append(_measured(batch))
    return {name: np.concatenate([part[name] for part in parts])[:n] for name in parts[0]}


def _measured(batch: Batch) -> Rows:
    w = batch.w
    record, slots, level = w.final_metrics, np.arange(batch.num_envs), w.core["level"]
    deal, outcome = record["success"] > 0, np.maximum(record["outcome"] - 1, 0)
    own, theirs = (w.levels.utilities[level, p] for p in range(2))
    worse = (own < own[slots, outcome][:, None]).mean(axis=1)
    lost = theirs[slots, outcome] < w.levels.parties["reservation"][level, 1]
    later = np.maximum(record["their_offers"] - 1, 1)
    return {
        "deal": deal.astype(float),
        "price": np.where(deal, worse, np.nan),
        "utility": record["utility"].copy(),
        "turns": record["turns"].astype(float),
        "their losses": (deal & lost).astype(float),
        "their retreats": record["their_retreats"] / later,
    }


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of the numbers among the values, and half the width of its interval."""
    known = values[np.isfinite(values)]
    return float(known.mean()), 1.96 * float(known.std(ddof=1)) / float(np.sqrt(len(known)))


def told(values: NDArray[np.float64]) -> str:
    """A mean with its interval."""
    centre, half = interval(values)
    return f"{centre:7.4f} ± {half:6.4f}"


def demands(negotiations: int) -> None:
    """Print prices and deal rates by demand, and whether both are monotonic."""
    world = adaptarium.world("Price-v0", conflict=CONFLICT).alone()
    n = negotiations // len(DEMANDS)
    print(f"1. Demand: {n:,} negotiations each, {n * len(DEMANDS):,} in all")
    print(f"{'demand':>8} {'price of deals':>19} {'deal rate':>19} {'utility':>19}")
    prices, rates = [], []
    for demand in DEMANDS:
        rows = play(world, Bargainer(demand=demand), n)
        prices.append(interval(rows["price"])[0])
        rates.append(interval(rows["deal"])[0])
        print(f"{demand:8.1f} {told(rows['price'])} {told(rows['deal'])} {told(rows['utility'])}")
    up, down = bool((np.diff(prices) > 0).all()), bool((np.diff(rates) < 0).all())
    print(f"price rises with every demand: {up}; the deal rate falls with every demand: {down}\n")


def traits(n: int) -> None:
    """Print what each intensity of each trait changes."""
    world, player = adaptarium.world("Price-v0").alone(), Bargainer(demand=TRAIT_DEMAND)
    print(f"2. Traits: {n:,} negotiations each; differences from intensity 0, paired by domain")
    plain = play(world, player, n)
    print(f"{'trait':<12} {'what it should move':<18} {'difference':>19} {'own utility':>19} deals")
    for trait in TRAITS:
        measure, direction = DIRECTIONS[trait]
        for intensity in (1, 2, 3):
            rows = play(world.override(**{f"traits.{trait}": intensity}), player, n)
            moved, half = interval(rows[measure] - plain[measure])
            as_defined = direction * moved > half
            own = told(rows["utility"] - plain["utility"])
            deals = told(rows["deal"] - plain["deal"])
            sign = "rises" if direction > 0 else "falls"
            difference = f"{moved:7.4f} ± {half:6.4f}"
            print(
                f"{trait:<10} {intensity} {measure + ' ' + sign:<18} {difference:>19} {own} {deals}"
                f"{'' if as_defined else '   NOT AS DEFINED'}"
            )
    print()


def coaching(series: int) -> None:
    """Print price and deal rate by game."""
    world = adaptarium.world("Price-v0")
    players = [Bargainer(opening=0.9, demand=0.4) for _ in range(series)]
    played = coach_many(world, players, RuleCritic(), games=GAMES)
    price = np.array([[game.price for game in games] for games in played])
    deal = np.array([[game.deal for game in games] for games in played], float)
    print(f"3. Coaching: {series} series of {GAMES} games, a domain each, with a critic by rule")
    print(f"{'game':>6} {'price of deals':>27} {'deal rate':>27}")
    for game in range(GAMES):
        print(f"{game + 1:6d} {over_series(price[:, game])} {over_series(deal[:, game])}")
    print(
        f"change {over_series(price[:, -1] - price[:, 0])} {over_series(deal[:, -1] - deal[:, 0])}"
    )
    print("(change of the price: over the series with a deal in the first and in the last game)")
    print(f"relationship {over_series(np.array([relationship(games) for games in played]))}")


def over_series(values: NDArray[np.float64]) -> str:
    """A mean over the series in which there is one, with its bootstrap interval."""
    found = bootstrap_interval(values[np.isfinite(values)], mean)
    return f"{found.value:7.3f} [{found.low:7.3f}, {found.high:7.3f}]"


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--negotiations", type=int, default=100_000)
    parser.add_argument("--series", type=int, default=400)
    options = parser.parse_args()
    demands(options.negotiations)
    traits(options.negotiations // len(DEMANDS))
    coaching(options.series)


if __name__ == "__main__":
    main()
