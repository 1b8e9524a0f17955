"""What one shift did to a learner: drop, time to recover, area lost, regret, and success.

All are functions of a curve of evaluations of the shifted task. Evaluations before the step at
which the shift begins show the level it is measured against; one at that step shows the task as it
is from then on, so the first drop is before any adaptation. The definitions are ours; they follow
the usual reading of robustness to a change (for example the "resilience triangle" of Bruneau et
al., Earthquake Spectra 2003: depth, time and area of a loss of performance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adaptarium.envs.core.errors import ScoreError
from adaptarium.evaluation import statistics
from adaptarium.evaluation.statistics import Floats, Interval
from adaptarium.wrappers.spec import Success

WINDOW = 3
"""Evaluations that a level is the mean of, and that a recovery must last for."""

Curve = tuple[ArrayLike, ArrayLike]
"""Steps, rising, and values, both of shape ``(n,)``."""


@dataclass(frozen=True, slots=True)
class ShiftEffect:
    """What a shift did to one life.

    Attributes:
        level: The mean of the last ``WINDOW`` evaluations before the shift.
        first_drop: The level minus the first evaluation under the shift.
        drop: The level minus the least evaluation until recovery.
        recovery_time: Learning steps until recovery; ``None`` (censored): not within ``followed``.
        followed: Learning steps for which the shift was followed.
        area_lost: The integral over steps of how far the curve is below the level.
        regret: The integral over steps of the reference minus the curve; ``None`` without one.
        success: Whether the shift's criterion was met; ``None``: followed for too short a time.
    """

    level: float
    first_drop: float
    drop: float
    recovery_time: float | None
    followed: float
    area_lost: float
    regret: float | None
    success: bool | None


def shift_effect(
    curve: Curve,
    begin: float,
    end: float | None = None,
    *,
    success: Success | None = None,
    reference: Curve | None = None,
    window: int = WINDOW,
) -> ShiftEffect:
    """The effect of a shift that begins at step ``begin``.

    Args:
        curve: Evaluations of the task.
        begin: The first step under the shift.
        end: Where it is no longer followed; the last evaluation if not given. Evaluations at that
            step still count.
        success: What counts as recovery and success.
        reference: What could be reached, over steps since the shift; a single point is a level.
        window: Evaluations of a level and of a recovery.

    Raises:
        ScoreError: there is no evaluation before the shift, or none under it.
    """
    steps, values = _checked(curve)
    criterion = success or Success()
    before = values[steps < begin]
    under = (steps >= begin) & (steps <= (np.inf if end is None else end))
    if not len(before) or not under.any():
        raise ScoreError(
            f"shift at step {begin:g}: {len(before)} evaluations before and {int(under.sum())} "
            "under it; expected at least one each"
        )
    since, found = steps[under] - begin, values[under]
    level = float(before[-window:].mean())
    place = _recovered(found, target(level, criterion.fraction), window)
    time = None if place is None else float(since[place])
    return ShiftEffect(
        level=level,
        first_drop=level - float(found[0]),
        drop=level - float(found[: None if place is None else place + 1].min()),
        recovery_time=time,
        followed=float(since[-1]),
        area_lost=area_lost(since, found, level),
        regret=None if reference is None else regret(since, found, reference),
        success=_success(time, float(since[-1]), criterion),
    )


def _checked(curve: Curve) -> tuple[Floats, Floats]:
    steps, values = (np.asarray(part, np.float64) for part in curve)
    if steps.shape != values.shape or steps.ndim != 1 or (np.diff(steps) <= 0).any():
        raise ScoreError(
            f"curve of shapes {steps.shape} and {values.shape}; expected rising steps and a value "
            "for each"
        )
    return steps, values


def target(level: float, fraction: float) -> float:
    """Where a task counts as recovered: ``level - (1 - fraction) * |level|``.

    For a level above 0 that is the fraction of it.
    """
    return level - (1.0 - fraction) * abs(level)


def _recovered(values: Floats, wanted: float, window: int) -> int | None:
    """The first place from which ``window`` values in a row reach what is wanted."""
    if len(values) < window:
        return None
    reached = np.lib.stride_tricks.sliding_window_view(values >= wanted, window).all(axis=1)
    return int(np.argmax(reached)) if reached.any() else None


def _success(time: float | None, followed: float, criterion: Success) -> bool | None:
    """Met, missed, or not known since nobody looked for long enough."""
    if time is not None:
        return criterion.within is None or time <= criterion.within
    if criterion.within is None or followed < criterion.within:
        return None
    return False


def area_lost(since: Floats, values: Floats, level: float) -> float:
    """``∫ max(0, level - v(t)) dt`` from the shift on, of the curve drawn as straight lines.

    Before its first point the curve is continued flat to the shift.

    Args:
        since: Steps since the shift, rising, shape ``(n,)``.
        values: The evaluations.
        level: The level before the shift.
    """
    times, below = _from_zero(since, level - values)
    first, second, width = below[:-1], below[1:], np.diff(times)
    # Where a line crosses the level only its part below counts: a triangle.
    crosses = first * second < 0
    height = np.maximum(first, second)
    span = np.where(crosses, np.abs(first) + np.abs(second), 1.0)
    parts = np.where(
        crosses,
        0.5 * height * height / span,
        0.5 * (np.maximum(first, 0.0) + np.maximum(second, 0.0)),
    )
    return float((parts * width).sum())


def regret(since: Floats, values: Floats, reference: Curve) -> float:
    """``∫ (r(t) - v(t)) dt`` from the shift to the last evaluation, by the trapezoidal rule.

    Args:
        since: Steps since the shift, rising, shape ``(n,)``.
        values: The evaluations.
        reference: Steps since the shift, and values; continued flat at its ends.
    """
    at, known = _checked(reference)
    times, curve = _from_zero(since, values)
    inner = at[(at > 0) & (at < times[-1])]
    corners = np.union1d(times, inner)
    gap = np.interp(corners, at, known) - np.interp(corners, times, curve)
    return float(np.trapezoid(gap, corners))


def _from_zero(since: Floats, values: Floats) -> tuple[Floats, Floats]:
    if since[0] == 0:
        return since, values
    return np.concatenate([[0.0], since]), np.concatenate([values[:1], values])


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    """Effects over seeds: means with bootstrap intervals over the seeds.

    Attributes:
        seeds: How many.
        level, first_drop, drop, area_lost: As of one life.
        regret: Missing where some life has none.
        recovery_time: The restricted mean: a censored time counts as the steps that were followed,
            so it is a lower bound where ``recovered`` is not 1.
        recovered: The share of lives that recovered.
        success: The share that met the criterion, of those of which it is known.
    """

    seeds: int
    level: Interval
    first_drop: Interval
    drop: Interval
    area_lost: Interval
    recovery_time: Interval
    recovered: Interval
    regret: Interval | None
    success: Interval | None


def summarise_effects(effects: Sequence[ShiftEffect]) -> ShiftSummary:
    """The effects of the same shift under several seeds.

    Raises:
        ScoreError: there is none.
    """
    regrets = [effect.regret for effect in effects if effect.regret is not None]
    judged = [effect.success for effect in effects if effect.success is not None]
    times = [e.followed if e.recovery_time is None else e.recovery_time for e in effects]
    return ShiftSummary(
        seeds=len(effects),
        level=over_seeds([effect.level for effect in effects]),
        first_drop=over_seeds([effect.first_drop for effect in effects]),
        drop=over_seeds([effect.drop for effect in effects]),
        area_lost=over_seeds([effect.area_lost for effect in effects]),
        recovery_time=over_seeds(times),
        recovered=over_seeds([effect.recovery_time is not None for effect in effects]),
        regret=over_seeds(regrets) if len(regrets) == len(effects) else None,
        success=over_seeds(judged) if judged else None,
    )


def over_seeds(values: Sequence[float]) -> Interval:
    """The mean over seeds with its bootstrap interval; of one seed it has no width."""
    return statistics.bootstrap_interval(np.array(values, np.float64), statistics.mean)
