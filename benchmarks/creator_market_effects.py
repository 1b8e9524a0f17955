"""Known effects of creator markets, with intervals: the family can show them.

1. **Fairness.** A re-ranker that is fair to creators keeps more of them and costs clicks: linucb
   alone against linucb and P-MMF (Xu et al., WWW 2023), clicks a user of the first third of the
   rounds and of all of them, and creators who stay. The third was chosen after a look at the first
   five rounds, in which linucb is not trained yet and fairness costs nothing.
2. **Exploitation.** Creators by feature dynamics make what has paid best so far more often than
   those by local better responses (CreAgent, Ye et al., SIGIR 2025, reports .90 against .41 to .70
   of their rounds): the share of items of the genre with most clicks an own item before.
3. **Information.** Creators who know what items of each genre get make more of what users like:
   the divergence of what is made from what is liked, with and without.
4. **Diversity.** Ranking by relevance alone shows fewer genres in a slate than with mmr or dpp.

Differences are of the same markets; means with 95 % intervals (two standard errors).

    python benchmarks/creator_market_effects.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.creators.players import choice_of

MARKETS, ROUNDS, EARLY = 128, 60, 20
Floats = NDArray[np.float64]


def market(**overrides: Any) -> Batch:
    """A batch of unlike markets; the platform is played from outside."""
    options = {"users": 128, "creators": 16, "genres": 6, "horizon": ROUNDS, "patience": 20}
    changes = {"players.outside": "platform", **options, **overrides}
    batch = Batch([adaptarium.world("Market-v0", **changes)], MARKETS, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def told(values: Floats) -> str:
    """A mean with its 95 % interval."""
    half = 2 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} +- {half:.3f}"


def play(scorer: str, reranker: str = "none", **overrides: Any) -> dict[str, Floats]:
    """The measures of every market, and its clicks a user in the first rounds."""
    batch = market(**overrides)
    batch.w.actions[:] = choice_of(scorer, reranker)
    early = np.zeros(MARKETS)
    while not batch.w.core["ended"].all():
        batch.step()
        if batch.w.core["clock"].max() <= EARLY:
            early += batch.w.state.now["clicks"][:, 0] / batch.w.state.now["num_users"][:, 0]
    found = batch.w.final_metrics
    return {"early": early, **{name: found[name].astype(float) for name in found.dtype.names}}


def exploiting(kind: str) -> Floats:
    """(markets,) share of the items that are of the genre with most clicks an own item so far."""
    batch = market(**{"players.creators": kind, "transition.grace": ROUNDS})
    batch.w.actions[:] = choice_of("linucb")
    best_made, all_made = np.zeros(MARKETS), np.zeros(MARKETS)
    while not batch.w.core["ended"].all():
        made, liked = batch.w.state.made.copy(), batch.w.state.liked.copy()
        best = np.where(made > 0, liked / np.maximum(made, 1), -1.0).argmax(axis=2)
        known = made.sum(axis=2) > 0
        running = ~batch.w.core["ended"].astype(bool)
        batch.step()
        new = batch.w.state.made - made
        of_best = np.take_along_axis(new, best[:, :, None], axis=2)[:, :, 0]
        best_made += np.where(known, of_best, 0).sum(axis=1) * running
        all_made += np.where(known, new.sum(axis=2), 0).sum(axis=1) * running
    return np.asarray(best_made / all_made)


def main() -> None:
    """Print the effects."""
    plain, fair = play("linucb"), play("linucb", "p-mmf")
    print("1. fairness re-ranking (linucb, p-mmf less none)")
    for name in ("early", "creator_retention", "exposure_gini", "engagement"):
        print(f"   {name}: {told(plain[name])}, difference {told(fair[name] - plain[name])}")
    cfd, lbr = exploiting("cfd"), exploiting("lbr")
    print(f"2. exploitation: cfd {told(cfd)}, lbr {told(lbr)}, difference {told(cfd - lbr)}")
    options = {"players.creators": "belief", "transition.grace": ROUNDS, "favour": 1.0}
    own = play("linucb", **options)["supply_gap"]
    full = play("linucb", **options, **{"players.informed": True})["supply_gap"]
    print(f"3. supply gap: own {told(own)}, informed less own {told(full - own)}")
    print("4. diversity of slates (linucb)")
    for reranker in ("mmr", "dpp"):
        diverse = play("linucb", reranker)["diversity"] - plain["diversity"]
        print(f"   none {told(plain['diversity'])}, {reranker} less none {told(diverse)}")


if __name__ == "__main__":
    main()
