"""From a results folder to one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adaptarium.envs.core.errors import ResultsError, missing_extra
from adaptarium.envs.core.files import write_atomically
from adaptarium.evaluation.cross_play import MATCHES_NAME, Match, Matches
from adaptarium.evaluation.measures.record import RECORD_NAME, Record, read_record
from adaptarium.evaluation.measures.summary import learners
from adaptarium.evaluation.report.across import aggregate_tables
from adaptarium.evaluation.report.adaptation import adaptation
from adaptarium.evaluation.report.commands import evaluation_commands
from adaptarium.evaluation.report.cross_play import cross_play_sections
from adaptarium.evaluation.report.curves import curve_figures, find_runs
from adaptarium.evaluation.report.formatting import count, duration
from adaptarium.evaluation.report.pictures import find_galleries
from adaptarium.evaluation.report.profiles import profile_charts
from adaptarium.evaluation.report.social import measure_tables
from adaptarium.evaluation.report.strips import find_strips
from adaptarium.evaluation.report.tables import (
    agent_colors,
    agent_label,
    members_of,
    score_groups,
)
from adaptarium.evaluation.results import RESULTS_NAME, Cell, Invocation, Results

REPORT_NAME = "report.html"
TEMPLATES = Path(__file__).parent / "templates"


def _environment() -> Any:
    try:
        import jinja2
    except ImportError:
        raise missing_extra("jinja2", "report") from None
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _title(cells: Sequence[Cell], record: Record, matches: Sequence[Match]) -> list[str]:
    """Worlds or tasks, at most three by name; the last part without a comma after it."""
    names = [*(cell.world for cell in cells), *(match.world for match in matches)]
    worlds = list(dict.fromkeys(names or [point.task for point in record.evaluations]))
    shown = worlds if len(worlds) <= 3 else [*worlds[:3], f"{len(worlds) - 3} more"]
    return [f"{part}," for part in shown[:-1]] + shown[-1:]


def _overview(cells: Sequence[Cell], record: Record, matches: Sequence[Match]) -> list[str]:
    if not cells and matches:
        return [
            count(len({name for match in matches for name in match.seating}), "agent"),
            count(len(matches), "match", "matches"),
            count(sum(len(match.episodes) for match in matches), "episode"),
            duration(sum(match.wall_seconds for match in matches)) + " of evaluation",
        ]
    if not cells:
        return [
            count(len(learners(record)), "learner"),
            count(len({point.task for point in record.evaluations}), "task"),
            count(len({point.seed for point in record.evaluations}), "seed"),
            count(len(record.evaluations), "evaluation"),
        ]
    levels = {level.level_hash for cell in cells for level in cell.references}
    return [
        count(len({cell.player for cell in cells}), "agent"),
        count(len({cell.world for cell in cells}), "world"),
        count(len(levels), "level"),
        count(sum(len(cell.episodes) for cell in cells), "episode"),
        duration(sum(cell.wall_seconds for cell in cells)) + " of evaluation",
    ]


def _commands(cells: Sequence[Cell], invocations: Sequence[Invocation]) -> list[str]:
    """Commands for what was started from Python or is not told; else those of the record do."""
    recorded = [invocation.command for invocation in invocations]
    if recorded and all(command.startswith("adaptarium ") for command in recorded):
        return []
    return evaluation_commands(cells)


def _context(results: Results) -> dict[str, Any]:
    cells, record = results.cells(), read_record(results.folder)
    matches = list(Matches(results.folder).read().values())
    if not cells and not record.evaluations and not matches:
        raise ResultsError(f"{results.path} holds no finished cell; expected at least one")
    seated = (name for match in matches for name in match.seating)
    colors = agent_colors([*(cell.player for cell in cells), *learners(record), *seated])
    runs = find_runs(cells, results.folder)
    members = members_of(cells)
    invocations = results.meta().invocations
    scale, groups = score_groups(cells, colors)
    return {
        "title": _title(cells, record, matches),
        "overview": _overview(cells, record, matches),
        "measures": measure_tables(cells, colors),
        "adaptation": adaptation(record, colors),
        "cross_play": cross_play_sections(matches, colors),
        "axis": scale,
        "groups": groups,
        "many_runs": any(row.runs != "1 seed" for group in groups for row in group.rows),
        "true_returns": any(group.true for group in groups),
        "members": {name: [agent_label(run) for run in runs] for name, runs in members.items()},
        "aggregates": aggregate_tables(cells, colors),
        "profiles": profile_charts(cells, colors),
        "figures": curve_figures(runs, colors),
        "galleries": find_galleries(results.folder),
        "strips": find_strips(cells, results.folder, colors),
        "trainings": [(agent_label(run.agent), run.command) for run in runs if run.command],
        "commands": _commands(cells, invocations),
        "invocations": invocations,
        "seeds": sorted(
            {cell.seed for cell in cells}
            | {point.seed for point in record.evaluations}
            | {match.seed for match in matches}
        ),
        "made_from": _made_from(cells, record, matches),
    }


def _made_from(
    cells: Sequence[Cell], record: Record, matches: Sequence[Match]
) -> list[tuple[str, str]]:
    """Counts of what each file holds."""
    found = [
        (len(cells), "cell", "cells", RESULTS_NAME),
        (len(record.evaluations), "evaluation", "evaluations", RECORD_NAME),
        (len(matches), "match", "matches", MATCHES_NAME),
    ]
    return [(count(number, one, many), name) for number, one, many, name in found if number]


def report(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the report of a results folder: one HTML file without scripts or outside resources.

    It holds the scores with their intervals, the learning curves of agents that are training
    runs (folders with a ``progress.csv``), the pictures under ``<folder>/pictures/<world>/``, an
    episode of each agent and what is needed to run the evaluation again.

    Args:
        folder: A results folder, as ``adaptarium evaluate`` writes it.
        out: The file to write, or a folder for it; ``<folder>/report.html`` if not given.

    Returns:
        The path of the page.

    Raises:
        ResultsError: The folder is missing, empty or damaged.
        MissingExtraError: jinja2 is not installed.
    """
    environment = _environment()
    context = _context(Results(folder))
    target = Path(folder) if out is None else Path(out)
    if target.is_dir():
        target = target / REPORT_NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, environment.get_template("report.html.j2").render(context))
    return target
