"""Parts of the report that follow from the cells alone: profiles over levels, and commands."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import pytest

import adaptarium
from adaptarium.cli.console import parse_settings
from adaptarium.evaluation.report import report
from adaptarium.evaluation.report.commands import evaluation_commands
from adaptarium.evaluation.report.profiles import MIN_LEVELS, profile_charts
from adaptarium.evaluation.report.tables import agent_colors
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.scores import score_levels

SHIFT = {"observation.occlusion": False, "transition.wind_heading": "west"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two agents on two worlds under two seeds, the first of them with a shift."""
    out = tmp_path_factory.mktemp("results")
    for seed, shift in ((0, SHIFT), (1, None)):
        adaptarium.evaluate(
            ["Empty-v0", "DoorKey-v0"],
            ["random", "reference"],
            overrides={"size": 7},
            shift=shift,
            episodes=MIN_LEVELS,
            seed=seed,
            out=out,
            pictures=False,
        )
    return out


@pytest.fixture(scope="module")
def cells(folder: Path) -> list[Cell]:
    return list(Results(folder).cells())


def test_profiles_are_shares_of_levels(cells: list[Cell]) -> None:
    """A curve begins at the share of levels above 0 and ends at that above the last threshold."""
    charts = profile_charts(cells, agent_colors(cell.agent for cell in cells))
    assert charts[0].title.startswith("Empty-v0 · size=7 · test split · observation.occlusion=")
    curves = {
        (chart.title.split()[0], one.agent): one for chart in charts[:2] for one in chart.series
    }
    for cell in cells[:4]:
        known = [
            score
            for score in score_levels(cell.episodes, cell.references).values()
            if score is not None
        ]
        if len(known) < MIN_LEVELS:
            assert (cell.world, cell.agent) not in curves
            continue
        curve = curves[cell.world, cell.agent]
        heights = [float(point.split(",")[1]) for point in curve.line[1:].split("L")]
        shares = [sum(score > edge for score in known) / len(known) for edge in (0, 1.1)]
        assert [heights[0], heights[-1]] == pytest.approx([1000 - 1000 * one for one in shares])
        assert heights == sorted(heights)
    assert curves


def test_too_few_levels_have_no_profile(cells: list[Cell]) -> None:
    few = dataclasses.replace(cells[0], episodes=cells[0].episodes[: MIN_LEVELS - 1])
    assert profile_charts([few], {few.agent: "c-0"}) == []


def options(words: list[str], name: str) -> dict[str, Any]:
    return parse_settings([words[k + 1] for k, word in enumerate(words) if word == name])


def test_commands_name_the_same_cells(cells: list[Cell]) -> None:
    """Read back by the command line, the options are those of the cells."""
    first, second = (shlex.split(command) for command in evaluation_commands(cells))
    assert " ".join(first).startswith(
        "adaptarium evaluate --worlds Empty-v0,DoorKey-v0 --agents random,reference --set size=7 "
        f"--split test --episodes {MIN_LEVELS} --shift"
    )
    assert options(first, "--set") == options(second, "--set") == {"size": 7}
    assert options(first, "--shift") == SHIFT
    assert options(second, "--shift") == {}
    assert [words[words.index("--seed") + 1] for words in (first, second)] == ["0", "1"]


def test_commands_are_shown_for_what_python_started(folder: Path, cells: list[Cell]) -> None:
    page = report(folder).read_text(encoding="utf-8")
    assert "The same episodes from the command line" in page
    own = Results(folder / "own", create=True)
    own.append(cells[0])
    own.record_invocation([0], ["/x/adaptarium", "evaluate"])
    assert "from the command line" not in report(own.folder).read_text(encoding="utf-8")
