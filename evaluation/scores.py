"""The score of an agent on a world: 0 is random play, 1 is the reference on the same levels.

A world's score is a ratio of sums over its levels::

    score = sum(return - random) / sum(reference - random)

It is not clipped: below 0 is worse than random play, above 1 beats the reference. Sums rather than
a mean of ratios, because a level on which reference and random nearly agree would otherwise decide
the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation.statistics import (
    Floats,
    blocks,
    bootstrap_interval,
    mean,
    percentile_interval,
)

FEW_LEVELS = 20
"""Below this many levels the bootstrap also resamples the episodes within each level."""

DISTINCT_STANDARD_ERRORS = 4.0
"""A level has a score of its own only where the reference is this far above random play."""


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """One evaluation episode.

    Attributes:
        level_hash: The level's canonical content hash, as in level files.
        seed: The seed that the episode was reset with.
        episode_return: Undiscounted sum of rewards.
        length: Number of steps, in the world's own time steps.
        terminated: True where the episode ended by the rules, not by the time limit.
        solved: True where the world's own criterion of success was met; ``None`` where it has none.
        cut: True where the evaluator ended it: it had gone on for too many steps.
        told_return: Undiscounted sum of the rewards that the agent was told, where shifts change
            them: the proxy beside the true return. ``None`` elsewhere.
        measures: What the world's family reports beside, by name, such as the equality of its
            agents' returns; ``None`` where it reports nothing.
        true_return: What the episode was truly worth, where the world tells that apart from what
            it pays (:mod:`adaptarium.envs.core.truth`).
    """

    level_hash: str
    seed: int
    episode_return: float
    length: int
    terminated: bool
    solved: bool | None
    cut: bool = False
    told_return: float | None = None
    measures: dict[str, float] | None = None
    true_return: float | None = None


@dataclass(frozen=True, slots=True)
class LevelReference:
    """What a level is worth.

    Attributes:
        level_hash: The level's canonical content hash.
        reference_return: Best known expected return; ``None`` where nobody knows one.
        method: How it was found: ``"exact"``, ``"search"``, ``"policy"``, ``"given"`` by the user,
            or ``"none"``.
        random_return: Mean return of uniformly random play.
        random_stderr: Standard error of ``random_return``.
        n_random: Number of random episodes behind it.
    """

    level_hash: str
    reference_return: float | None
    method: Literal["exact", "search", "policy", "given", "none"]
    random_return: float
    random_stderr: float
    n_random: int


@dataclass(frozen=True, slots=True)
class WorldScore:
    """An agent's score on a world with 95 % intervals.

    ``mean_return`` and ``success_rate`` are over episodes, ``score`` is over levels.
    ``num_unscored_levels`` counts levels whose reference lies within four standard errors of
    random play: they count in the world's score but have none of their own. Without a reference for
    every level there is no score, and without a criterion of success no rate: they are ``None``.
    So is the mean true return where the world tells none; it is over episodes, as the return.
    """

    score: float | None
    low: float | None
    high: float | None
    mean_return: float
    return_low: float
    return_high: float
    success_rate: float | None
    success_low: float | None
    success_high: float | None
    num_episodes: int
    num_levels: int
    num_unscored_levels: int
    true_return: float | None = None
    true_low: float | None = None
    true_high: float | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """Episodes sorted by level: level ``k`` owns rows ``start[k] : start[k] + count[k]``.

    NaN in ``gap`` stands for no reference, in ``solved`` for no criterion of success, and in
    ``true`` for no true return.
    """

    returns: Floats
    solved: Floats
    true: Floats
    start: NDArray[np.int64]
    count: NDArray[np.int64]
    random: Floats
    gap: Floats
    distinct: NDArray[np.bool_]
    names: tuple[str, ...]


def _by_level(references: Iterable[LevelReference]) -> dict[str, LevelReference]:
    found: dict[str, LevelReference] = {}
    for reference in references:
        known = found.setdefault(reference.level_hash, reference)
        if known != reference:
            raise ScoreError(f"level {reference.level_hash} has two different references")
        best = reference.reference_return
        numbers = (0.0 if best is None else best, reference.random_return, reference.random_stderr)
        if not np.isfinite(numbers).all() or reference.random_stderr < 0:
            raise ScoreError(f"level {reference.level_hash}: reference numbers {numbers}")
    return found


def _is_distinct(reference: LevelReference) -> bool:
    if reference.reference_return is None:
        return False
    gap = reference.reference_return - reference.random_return
    return gap > DISTINCT_STANDARD_ERRORS * reference.random_stderr


def _or_nan(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _table(episodes: Sequence[EpisodeResult], references: Iterable[LevelReference]) -> _Table:
    if not episodes:
        raise ScoreError("no episodes to score; expected at least one")
    known = _by_level(references)
    ordered = sorted(episodes, key=lambda episode: (episode.level_hash, episode.seed))
    returns = np.array([episode.episode_return for episode in ordered], dtype=np.float64)
    if not np.isfinite(returns).all():
        raise ScoreError("an episode's return is NaN or infinite; expected finite numbers")
    hashes = np.array([episode.level_hash for episode in ordered])
    names, start, count = np.unique(hashes, return_index=True, return_counts=True)
    missing = [str(name) for name in names if str(name) not in known]
    if missing:
        raise ScoreError(
            f"{len(missing)} of {len(names)} levels have no reference, first {missing[0]}"
        )
    used = [known[str(name)] for name in names]
    random = np.array([level.random_return for level in used], dtype=np.float64)
    return _Table(
        returns=returns,
        solved=_or_nan(episode.solved for episode in ordered),
        true=_or_nan(episode.true_return for episode in ordered),
        start=start.astype(np.int64),
        count=count.astype(np.int64),
        random=random,
        gap=_or_nan(level.reference_return for level in used) - random,
        distinct=np.array([_is_distinct(level) for level in used]),
        names=tuple(str(name) for name in names),
    )


def _check_gap(table: _Table) -> None:
    total = float(table.gap.sum())  # NaN without a reference: no comparison below holds
    scale = float(np.abs(table.random).sum() + np.abs(table.gap).sum())
    if total <= 1e-12 * scale:
        relation = "equals" if total >= -1e-12 * scale else "is below"
        raise ScoreError(
            f"the reference {relation} random play in sum over {len(table.gap)} levels "
            f"({total:.6g}), so no score is defined; expected a positive difference"
        )


def _level_sums(table: _Table, values: Floats) -> Floats:
    return np.add.reduceat(values, table.start)


_Drawn = tuple[NDArray[np.int64], Floats, Floats, Floats]
"""Levels of each resample, and of each the sums of returns, successes and true returns."""


def _draw_whole_levels(table: _Table, count: int, rng: np.random.Generator) -> _Drawn:
    """Levels drawn with replacement, each with all its episodes."""
    levels = rng.integers(len(table.names), size=(count, len(table.names)))
    returns, solved, true = (
        _level_sums(table, values)[levels] for values in (table.returns, table.solved, table.true)
    )
    return levels, returns, solved, true


def _draw_levels_and_episodes(table: _Table, count: int, rng: np.random.Generator) -> _Drawn:
    """Levels drawn with replacement, then as many episodes as each has, also with replacement."""
    size = len(table.names)
    levels = rng.integers(size, size=(count, size))
    episodes = table.count[levels][:, :, None]
    uniform = rng.random((count, size, int(table.count.max())))
    rows = table.start[levels][:, :, None] + (uniform * episodes).astype(np.int64)
    inside = np.arange(uniform.shape[2]) < episodes
    returns, solved, true = (
        np.where(inside, values[rows], 0.0).sum(axis=2)
        for values in (table.returns, table.solved, table.true)
    )
    return levels, returns, solved, true


def _bootstrap(table: _Table, seed: int, resamples: int) -> Floats:
    """Resampled ``(score, mean return, success rate, true return)``: ``(resamples, 4)``."""
    rng = np.random.default_rng(seed)
    few = len(table.names) < FEW_LEVELS
    draw = _draw_levels_and_episodes if few else _draw_whole_levels
    width = len(table.names) * (int(table.count.max()) if few else 1)
    parts = []
    for block in blocks(resamples, width):
        levels, *sums = draw(table, block, rng)
        returns = sums[0]
        count = table.count[levels]
        gained = (returns / count - table.random[levels]).sum(axis=1)
        gap = table.gap[levels].sum(axis=1)
        total = count.sum(axis=1)
        # A resample of nothing but levels without a gap has no score; it is left out below.
        score = np.divide(gained, gap, out=np.full_like(gap, np.nan), where=gap > 0)
        parts.append(np.stack([score, *(one.sum(axis=1) / total for one in sums)], 1))
    return np.concatenate(parts)


_Known = tuple[float, float, float]
_Absent = tuple[None, None, None]


def _score_interval(table: _Table, samples: Floats) -> _Known | _Absent:
    if np.isnan(table.gap).any():
        return None, None, None
    scores = samples[np.isfinite(samples)]
    if not len(scores):
        raise ScoreError("the reference exceeds random play in no resample of the levels")
    gained = _level_sums(table, table.returns) / table.count - table.random
    low, high = percentile_interval(scores)
    return float(gained.sum() / table.gap.sum()), float(low), float(high)


def _mean_interval(values: Floats, samples: Floats) -> _Known | _Absent:
    """The mean over episodes with its interval; none where one of them lacks the value."""
    if np.isnan(values).any():
        return None, None, None
    low, high = percentile_interval(samples)
    return float(values.mean()), float(low), float(high)


def score_world(
    episodes: Sequence[EpisodeResult],
    references: Iterable[LevelReference],
    seed: int = 0,
    resamples: int = 2000,
) -> WorldScore:
    """Score an agent's episodes on one world against the references of its levels.

    The 95 % percentile intervals come from a bootstrap over levels and seeds. With 20 levels or
    more, levels are drawn with replacement and keep their episodes, which carries the variation
    over seeds along. With fewer, the episodes within each drawn level are drawn again as well: a
    fixed map then gets the interval over its seeds, and a handful of levels a cautious one. The
    references are taken as known.

    Args:
        episodes: At least one episode; levels may have different numbers of them.
        references: One for each level that occurs; others are ignored, equal repeats allowed.
        seed: Seed of the resampling.
        resamples: Number of bootstrap resamples.

    Raises:
        ScoreError: There are no episodes, a level has no reference or two, a number is not
            finite, or the reference does not exceed random play in sum.
    """
    table = _table(episodes, references)
    _check_gap(table)
    samples = _bootstrap(table, seed, resamples)
    score, score_low, score_high = _score_interval(table, samples[:, 0])
    return_low, return_high = percentile_interval(samples[:, 1])
    success, success_low, success_high = _mean_interval(table.solved, samples[:, 2])
    true, true_low, true_high = _mean_interval(table.true, samples[:, 3])
    return WorldScore(
        score=score,
        low=score_low,
        high=score_high,
        mean_return=float(table.returns.mean()),
        return_low=float(return_low),
        return_high=float(return_high),
        success_rate=success,
        success_low=success_low,
        success_high=success_high,
        num_episodes=len(table.returns),
        num_levels=len(table.names),
        num_unscored_levels=int((~table.distinct).sum()),
        true_return=true,
        true_low=true_low,
        true_high=true_high,
    )


def score_runs(runs: Sequence[WorldScore], seed: int = 0, resamples: int = 2000) -> WorldScore:
    """The score of an algorithm on one world from those of its training runs.

    Every number is the mean over the runs, and its 95 % percentile interval comes from a bootstrap
    that draws runs with replacement: it covers the chance in training.

    Args:
        runs: The scores of two training runs or more, on equally many episodes.
        seed: Seed of the resampling.
        resamples: Number of bootstrap resamples.
    """

    def over(name: str) -> _Known | _Absent:
        values = [getattr(run, name) for run in runs]
        if None in values:
            return None, None, None
        found = bootstrap_interval(values, mean, seed=seed, resamples=resamples)
        return found.value, found.low, found.high

    score, low, high = over("score")
    success, success_low, success_high = over("success_rate")
    true, true_low, true_high = over("true_return")
    returned = bootstrap_interval(
        [run.mean_return for run in runs], mean, seed=seed, resamples=resamples
    )
    return WorldScore(
        score=score,
        low=low,
        high=high,
        mean_return=returned.value,
        return_low=returned.low,
        return_high=returned.high,
        success_rate=success,
        success_low=success_low,
        success_high=success_high,
        num_episodes=sum(run.num_episodes for run in runs),
        num_levels=max(run.num_levels for run in runs),
        num_unscored_levels=max(run.num_unscored_levels for run in runs),
        true_return=true,
        true_low=true_low,
        true_high=true_high,
    )


def score_levels(
    episodes: Sequence[EpisodeResult], references: Iterable[LevelReference]
) -> Mapping[str, float | None]:
    """Each level's own score; ``None`` where its reference is within 4 standard errors of random.

    Raises:
        ScoreError: As in :func:`score_world`, except that no level needs a gap.
    """
    table = _table(episodes, references)
    gained = _level_sums(table, table.returns) / table.count - table.random
    rows = zip(table.names, table.distinct, gained, table.gap, strict=True)
    return {name: float(own / gap) if distinct else None for name, distinct, own, gap in rows}
