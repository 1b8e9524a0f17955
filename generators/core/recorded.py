"""Whether what a level file records about random play is what random play gets.

A file is not believed: random play is measured anew. Files of :func:`adaptarium.generate` agree to
the last digit, for the draws of random play follow from the level. A file made otherwise holds
another sample, so where the two differ the level is played more often and the samples are compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.reference import Reference, random_returns
from adaptarium.envs.core.world import World
from adaptarium.generators.core.files import LevelRecord, RandomField
from adaptarium.generators.core.produce import RANDOM_EPISODES, RANDOM_SEED

TOLERANCE = 1e-6
CLOSELY = 8 * RANDOM_EPISODES
"""Episodes of a level whose recorded figures are not those of ``generate``."""
APART = 6.0
"""Standard errors between two means of one level that are no longer chance.

A file may hold a million levels: at 6 a true one is refused with a chance of 1 in 500 (by the
normal approximation), at 4 some sixty levels of it would be.
"""
UNSEEN = 14.0
"""Expected number of an outcome that a sample does not miss: e^-14 is one in a million."""
ORDER = 3.0
"""Factor by which a recorded standard error may differ: that of a sample varies itself."""


def check_random(
    world: World,
    bank: Workspace,
    rows: Sequence[int],
    records: Sequence[LevelRecord],
    solved: Mapping[int, Reference],
) -> Iterator[tuple[int, str]]:
    """Measure random play on level rows again; rows and what is wrong with their record.

    Args:
        world: The world of the levels.
        bank: The levels.
        rows: Which of them.
        records: What the file says of all of them.
        solved: What the solver found for ``rows``; may lack some.
    """
    told = [row for row in rows if records[row].random is not None]
    means, errors, n = random_returns(world, bank, told, RANDOM_EPISODES, RANDOM_SEED)
    doubtful = []
    for row, mean, error in zip(told, means, errors, strict=True):
        claimed = records[row].random
        if claimed is None or not _is_same(claimed, RandomField(mean=mean, stderr=error, n=n)):
            doubtful.append(row)
    if not doubtful:
        return
    means, errors, n = random_returns(world, bank, doubtful, CLOSELY, RANDOM_SEED)
    # Where chance decides, a success pays more than the reference is worth: so the largest counts.
    pays = max((abs(best.return_) for best in solved.values()), default=0.0)
    for row, mean, error in zip(doubtful, means, errors, strict=True):
        claimed = records[row].random
        if claimed is not None:
            measured = RandomField(mean=mean, stderr=error, n=n)
            problem = contradiction(claimed, measured, pays + abs(mean))
            if problem:
                yield row, problem


def _is_same(claimed: RandomField, measured: RandomField) -> bool:
    return (
        claimed.n == measured.n
        and abs(claimed.mean - measured.mean) <= TOLERANCE
        and abs(claimed.stderr - measured.stderr) <= TOLERANCE
    )


def contradiction(claimed: RandomField, measured: RandomField, pays: float) -> str:
    """Why two samples of random play on one level cannot both be true; empty where they can.

    Args:
        claimed: What the file says.
        measured: What was measured.
        pays: How far from the mean a rare success may lie.
    """
    apart = abs(claimed.mean - measured.mean)
    if claimed.stderr == measured.stderr == 0 and min(claimed.n, measured.n) > 1:
        # Every episode of either sample paid the same.
        return _wrong_mean(claimed, measured) if apart > TOLERANCE else ""
    # Deviation of one episode, from what was measured: the file's own would excuse any mean. An
    # outcome of a share below UNSEEN / n may be missing from a sample, and would add this much.
    found = measured.stderr * math.sqrt(measured.n)
    spread = math.hypot(found, pays * math.sqrt(min(UNSEEN / measured.n, 0.25)))
    if apart > TOLERANCE + APART * spread * math.sqrt(1 / claimed.n + 1 / measured.n):
        return _wrong_mean(claimed, measured)
    most = ORDER * spread / math.sqrt(claimed.n)
    least = found / math.sqrt(claimed.n) / ORDER
    if measured.mean:  # what a success pays, were all else worth nothing
        pays = max(pays, found**2 / abs(measured.mean))
    rare = min(claimed.n, measured.n) * found**2 < UNSEEN * pays**2  # one sample may have none
    if claimed.stderr > most + TOLERANCE or (claimed.stderr < least and not rare):
        return (
            f"the file says a standard error of {claimed.stderr:.4g} for random play, measured "
            f"{found / math.sqrt(claimed.n):.4g} for as many episodes ({claimed.n})"
        )
    return ""


def _wrong_mean(claimed: RandomField, measured: RandomField) -> str:
    return (
        f"the file says a random return of {claimed.mean:.4g}, measured {measured.mean:.4g} "
        f"(standard error {measured.stderr:.2g}, {measured.n} episodes)"
    )
