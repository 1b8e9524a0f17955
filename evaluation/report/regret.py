"""Regret curves of bandit policies as one self-contained HTML page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.files import write_atomically
from adaptarium.evaluation.report.builder import _environment
from adaptarium.evaluation.report.curves import Chart, Series, svg_path
from adaptarium.evaluation.report.formatting import Axis, Tick, axis, compact, padded
from adaptarium.evaluation.report.tables import agent_colors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Experiment:
    """Policies on one instance.

    Attributes:
        title: What is shown.
        instance: The arms, in words.
        steps: (marks,) rising numbers of steps.
        regret: Policy -> (marks, episodes) cumulative pseudo-regret.
        law: Name and slope of a straight line in the logarithm of time to compare with; None
            for no such law.
        facts: What was fitted: policy, measure, value, and what theory says.
    """

    title: str
    instance: str
    steps: Sequence[int]
    regret: Mapping[str, Floats]
    law: tuple[str, float] | None = None
    facts: Sequence[tuple[str, str, str, str]] = ()


@dataclass(frozen=True)
class Fit:
    """A straight line through a mean regret curve.

    Attributes:
        slope: Of regret against ln t, or of its logarithm against that.
        r2: Share of the variance that it explains.
    """

    slope: float
    r2: float


def fit(steps: Any, regret: Floats, first: int, last: int, *, logarithm: bool = False) -> Fit:
    """Fit mean regret (or its logarithm) against ln t between two numbers of steps.

    Args:
        steps: (marks,) numbers of steps.
        regret: (marks, episodes) cumulative regret.
        first: First number of steps that counts.
        last: Last number of steps that counts.
        logarithm: Fit the logarithm of the regret: the slope is then a power of time.
    """
    steps = np.asarray(steps)
    kept = (steps >= first) & (steps <= last)
    x, y = np.log(steps[kept]), regret[kept].mean(axis=1)
    y = np.log(y) if logarithm else y
    return Fit(float(np.polyfit(x, y, 1)[0]), float(np.corrcoef(x, y)[0, 1] ** 2))


def regret_page(experiments: Sequence[Experiment], out: str | Path, command: str) -> Path:
    """Write the page.

    Args:
        experiments: One figure each.
        out: The file to write.
        command: What made it, so that it can be made again.

    Returns:
        The path of the page.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    template = _environment().get_template("regret.html.j2")
    figures = [(one, _chart(one, agent_colors(one.regret))) for one in experiments]
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, template.render(figures=figures, command=command))
    return target


def _decades(first: float, last: float) -> Axis:
    """An axis of the decimal logarithm of time, with a tick a decade."""
    low, high = math.log10(first), math.log10(last)
    ticks = [
        Tick(round(100.0 * (k - low) / (high - low), 3), compact(10.0**k), float(k))
        for k in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    ]
    return Axis(low, high, tuple(ticks))


def _chart(one: Experiment, colors: Mapping[str, str]) -> Chart:
    time = np.log10(np.asarray(one.steps, float))
    x = _decades(one.steps[0], one.steps[-1])
    bands = {name: _band(regret) for name, regret in one.regret.items()}
    top = max(float(high.max()) for _, _, high in bands.values())
    y = axis(*padded(0.0, top), pieces=6)
    series = [_series(name, colors[name], time, band, x, y) for name, band in bands.items()]
    if one.law is not None:
        end = min(float(mean[-1]) for mean, _, _ in bands.values())
        series.append(_law(*one.law, end, time, x, y))
    return Chart("Cumulative regret", "steps, on a logarithmic axis", x, y, tuple(series))


def _band(regret: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, and 95 % interval of it over episodes."""
    mean = regret.mean(axis=1)
    error = 1.96 * regret.std(axis=1, ddof=1) / math.sqrt(regret.shape[1])
    return mean, mean - error, mean + error


def _series(
    name: str, color: str, time: Floats, band: tuple[Floats, Floats, Floats], x: Axis, y: Axis
) -> Series:
    mean, low, high = band
    line = f"M{svg_path(zip(time, mean, strict=True), x, y)}"
    there, back = zip(time, high, strict=True), zip(time[::-1], low[::-1], strict=True)
    return Series(name, color, line, f"M{svg_path([*there, *back], x, y)}Z", f"{mean[-1]:.4g}")


def _law(name: str, slope: float, end: float, time: Floats, x: Axis, y: Axis) -> Series:
    """The line of a law over the last two decades; it ends where the best policy does."""
    kept = time[time >= time[-1] - 2.0]
    values = end + slope * math.log(10.0) * (kept - time[-1])
    return Series(name, "c-reference", f"M{svg_path(zip(kept, values, strict=True), x, y)}", "", "")
