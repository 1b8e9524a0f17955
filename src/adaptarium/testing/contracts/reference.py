"""References: reachable, and beaten by nobody."""

from __future__ import annotations

import numpy as np

from adaptarium.envs.core.truth import has_truth
from adaptarium.testing.players import Returns, replay, tried
from adaptarium.testing.probe import SEED, Probe
from adaptarium.testing.report import Outcome, kept, noted, skipped

TOLERANCE = 1e-6
ERRORS = 4.0  # standard errors that a mean may lie above


def unsolvable_level(probe: Probe) -> Outcome:
    """The plan of every reference, replayed on the kernel, succeeds and pays what was said.

    It need not succeed in a world whose reward misses what is wanted: there the best-paid plan may
    game it.
    """
    for i, plan in probe.plans.items():
        paid, success = replay(probe.world, SEED + i, plan)
        if not success and not has_truth(probe.world):
            probe.fail(
                "unsolvable-marked-solvable",
                f"level {SEED + i}: the plan of {len(plan)} actions does not succeed",
            )
        said = probe.references[i].return_
        if abs(paid - said) > TOLERANCE:
            probe.fail(
                "reference-unreachable",
                f"level {SEED + i}: the plan pays {paid:.6f}, the reference says {said:.6f}",
            )
    plans = len(probe.plans)
    return kept(plans=plans) if plans else skipped("no reference has a fixed plan")


def reference_beaten(probe: Probe) -> Outcome:
    """No player tried is better than the reference, beyond what chance explains."""
    levels = sorted(probe.references)
    if not levels:
        return skipped("no level is small enough for the family's solver")
    episodes, news = 0, []
    players = tried(probe.world, probe.plans, levels, probe.scale(16, 64), SEED)
    for name, i, returns in players:
        reference = probe.references[i]
        episodes += len(returns)
        if _surely(returns) <= reference.return_ + TOLERANCE:
            continue
        told = f"level {SEED + i}: {name} gets {returns.mean():.6f}, "
        told += f"the {reference.method} reference {reference.return_:.6f}"
        if reference.method == "exact":
            probe.fail("reference-beaten", told)
        news.append(told)
    numbers = {"levels": len(levels), "episodes": episodes}
    return noted(f"new best: {news[0]}", **numbers) if news else kept(**numbers)


def _surely(returns: Returns) -> float:
    """What a player gets at least, by the mean and its standard error."""
    if len(returns) < 2:
        return float(returns[0])
    return float(returns.mean() - ERRORS * returns.std(ddof=1) / np.sqrt(len(returns)))
