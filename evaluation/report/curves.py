"""Learning curves of the agents that are training runs, as paths of inline SVG."""

from __future__ import annotations

import csv
import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adaptarium.envs.core.errors import ResultsError
from adaptarium.envs.core.strictjson import loads
from adaptarium.evaluation.report.formatting import Axis, axis, compact, duration, padded, percent
from adaptarium.evaluation.report.tables import agent_label
from adaptarium.evaluation.results import Cell
from adaptarium.evaluation.statistics import Interval, bootstrap_interval, mean

PROGRESS_NAME = "progress.csv"
RUN_NAME = "run.json"
MAX_POINTS = 400
# The panels of every run, and those of runs that measured how well their network can still learn.
PANELS = (("Return", "return_mean"), ("Success rate", "success"))
PLASTICITY = (
    ("Dormant units", "dormant_ratio"),
    ("Active units", "active_units"),
    ("Rank of the features (srank)", "srank"),
    ("Norm of the weights", "weight_norm"),
    ("Norm of the gradient", "gradient_norm"),
)
MEASURED = tuple(name for _, name in PLASTICITY)
SHARES = ("success", "dormant_ratio", "active_units")
NUMBERS = ("step", "return_mean", "return_low", "return_high", "success", "seconds", *MEASURED)


@dataclass(frozen=True, slots=True)
class Run:
    """A training run: ``rows`` of ``progress.csv`` by rising step, gaps as NaN.

    ``player`` is the group that it belongs to, or the agent by itself; ``averaged`` says of how
    many runs the rows are means.
    """

    agent: str
    world: str
    rows: tuple[Mapping[str, float], ...]
    info: Mapping[str, Any] = field(default_factory=dict)
    player: str = ""
    averaged: int = 1

    @property
    def command(self) -> str:
        """The command that trained it, where ``run.json`` tells."""
        value = self.info.get("command", "")
        return shlex.join(map(str, value)) if isinstance(value, list) else str(value)

    @property
    def caption(self) -> str:
        """Steps, time and speed in words."""
        last = self.rows[-1]
        text = f"{agent_label(self.agent)}: {last['step']:,.0f} steps"
        if self.averaged > 1:
            return f"{text}, the mean of {self.averaged} training runs and its interval over them"
        if last["seconds"] > 0:
            speed = last["step"] / last["seconds"]
            text += f" in {duration(last['seconds'])} ({compact(float(f'{speed:.2g}'))} steps/s)"
        return text


@dataclass(frozen=True, slots=True)
class Series:
    """One curve in a box of 1000 by 1000, y downward; ``band`` is empty without an interval."""

    agent: str
    color: str
    line: str
    band: str
    final: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A panel with one curve a run; ``xtitle`` says what its x axis counts."""

    title: str
    xtitle: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class CurveFigure:
    """The panels of one world."""

    world: str
    charts: tuple[Chart, ...]
    captions: tuple[str, ...]


def _number(text: str | None) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def read_progress(path: Path) -> tuple[Mapping[str, float], ...]:
    """The rows of a ``progress.csv``, by rising step.

    A run that was resumed may repeat steps: the later row counts. A torn last row is left out.

    Raises:
        ResultsError: There is no ``step`` column.
    """
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or []
        if "step" not in columns:
            raise ResultsError(f"{path}: no column 'step'; found {', '.join(columns) or 'nothing'}")
        rows = {}
        for record in reader:
            if any(record.get(name) is None for name in columns):
                continue
            row = {name: _number(record.get(name)) for name in NUMBERS}
            if not math.isnan(row["step"]):
                rows[row["step"]] = row
    return tuple(rows[step] for step in sorted(rows))


def find_run(agent: str, folder: Path) -> Path | None:
    """The run folder that an agent's name points to, from here or from above ``folder``."""
    for base in (Path(), *folder.resolve().parents):
        try:
            if (base / agent / PROGRESS_NAME).is_file():
                return base / agent
        except OSError:  # for example a name too long for a path
            return None
    return None


def find_runs(cells: Iterable[Cell], folder: Path) -> list[Run]:
    """Every agent among ``cells`` that is a training run with at least one row of progress."""
    runs = []
    first: dict[str, Cell] = {}
    for cell in cells:
        first.setdefault(cell.agent, cell)
    for agent, cell in first.items():
        path = find_run(agent, folder)
        if path is None:
            continue
        info = {}
        if (path / RUN_NAME).is_file():
            what = f"{agent_label(agent)}/{RUN_NAME}"
            info = loads((path / RUN_NAME).read_bytes(), what=what, error=ResultsError)
            if not isinstance(info, dict):
                raise ResultsError(f"{what}: {type(info).__name__}; expected an object")
        trained_on = info.get("world")
        rows = read_progress(path / PROGRESS_NAME)
        if rows:
            world = trained_on if isinstance(trained_on, str) else cell.world
            runs.append(Run(agent, world, rows, info, cell.player))
    return runs


def averaged(runs: Sequence[Run]) -> list[Run]:
    """The runs, those of one group as their mean; a single run, or an agent by itself, as it is."""
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        found.setdefault((run.player, run.world), []).append(run)
    return [run for members in found.values() for run in _averaged(members)]


def _averaged(runs: Sequence[Run]) -> Sequence[Run]:
    """The mean over runs at the steps that all of them recorded, with its interval over runs."""
    tables = [{row["step"]: row for row in run.rows} for run in runs]
    steps = sorted(set.intersection(*map(set, tables)))
    if len(runs) < 2 or not steps:
        return runs
    common = _thinned([tables[0][step] for step in steps])
    rows = tuple(_mean_row([table[row["step"]] for table in tables]) for row in common)
    return [replace(runs[0], agent=runs[0].player, rows=rows, averaged=len(runs))]


def _mean_row(rows: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    returns = [row["return_mean"] for row in rows]
    found = Interval(math.nan, math.nan, math.nan)
    if not any(map(math.isnan, returns)):
        found = bootstrap_interval(returns, mean)
    return {
        "step": rows[0]["step"],
        "return_mean": found.value,
        "return_low": found.low,
        "return_high": found.high,
        "success": sum(row["success"] for row in rows) / len(rows),
        "seconds": sum(row["seconds"] for row in rows),
        **{name: sum(row[name] for row in rows) / len(rows) for name in MEASURED},
    }


def _thinned(rows: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    stride = max(1, math.ceil(len(rows) / MAX_POINTS))
    return [*rows[:-1:stride], rows[-1]]


def _pieces(points: Iterable[tuple[float, ...]]) -> list[list[tuple[float, ...]]]:
    """Runs of points without a gap."""
    pieces: list[list[tuple[float, ...]]] = [[]]
    for point in points:
        if any(math.isnan(value) for value in point):
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def svg_path(points: Iterable[tuple[float, float]], x: Axis, y: Axis) -> str:
    """Points as the coordinates of a path in a box of 1000 by 1000, y downward."""
    return "L".join(f"{10 * x.percent(a):.1f},{1000 - 10 * y.percent(b):.1f}" for a, b in points)


def _line(rows: Sequence[Mapping[str, float]], name: str, x: Axis, y: Axis) -> str:
    pieces = _pieces((row["step"], row[name]) for row in rows)
    # A single point is drawn as a line of no length, which a round cap turns into a dot.
    return "".join(f"M{svg_path(p if len(p) > 1 else p * 2, x, y)}" for p in pieces)  # type: ignore[arg-type]


def _band(rows: Sequence[Mapping[str, float]], x: Axis, y: Axis) -> str:
    parts = []
    for piece in _pieces((row["step"], row["return_low"], row["return_high"]) for row in rows):
        there = [(step, high) for step, _, high in piece]
        back = [(step, low) for step, low, _ in reversed(piece)]
        parts.append(f"M{svg_path(there + back, x, y)}Z")
    return "".join(parts)


def _final(rows: Sequence[Mapping[str, float]], name: str) -> str:
    known = [row[name] for row in rows if not math.isnan(row[name])]
    if not known:
        return ""
    return percent(known[-1]) if name in SHARES else f"{known[-1]:.3g}"


def _chart(title: str, name: str, runs: Sequence[Run], colors: Mapping[str, str]) -> Chart | None:
    bands = ("return_low", "return_high") if name == "return_mean" else ()
    values = [
        row[key]
        for run in runs
        for row in run.rows
        for key in (name, *bands)
        if not math.isnan(row[key])
    ]
    if not values:
        return None
    # One percent more, so that a run that stops just short of a round number shows its tick.
    x = axis(0.0, 1.01 * max(run.rows[-1]["step"] for run in runs), 7, compact)
    if name in SHARES:
        y = axis(0.0, 1.0, 4, lambda share: percent(share, 0))
    else:
        y = axis(*padded(min(0.0, *values), max(values)), pieces=6)
    series = []
    for run in runs:
        rows = _thinned(run.rows)
        band = _band(rows, x, y) if bands else ""
        line = _line(rows, name, x, y)
        label = agent_label(run.agent)
        series.append(
            Series(label, colors[run.player or run.agent], line, band, _final(rows, name))
        )
    return Chart(title, "environment steps", x, y, tuple(series))


def curve_figures(runs: Sequence[Run], colors: Mapping[str, str]) -> list[CurveFigure]:
    """One figure a world: return with its interval, and what else its runs have recorded.

    That is the success rate, and measures of plasticity. The runs of a group are one curve: their
    mean, with its interval over them.
    """
    by_world: dict[str, list[Run]] = {}
    for run in averaged(runs):
        by_world.setdefault(run.world, []).append(run)
    figures = []
    for world, members in by_world.items():
        charts = [_chart(*panel, members, colors) for panel in (*PANELS, *PLASTICITY)]
        shown = tuple(chart for chart in charts if chart is not None)
        if shown:
            figures.append(CurveFigure(world, shown, tuple(run.caption for run in members)))
    return figures
