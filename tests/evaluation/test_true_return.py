"""Paid and true returns side by side, from the evaluation to the report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import adaptarium
from adaptarium.evaluation.results import Results
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_runs, score_world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("truth") / "results"
    adaptarium.evaluate(
        ["Tampering-v0", "Empty-v0"],
        ["random", "reference"],
        episodes=24,
        out=out,
        pictures=False,
    )
    return out


def test_an_evaluation_tells_both_where_the_world_has_both(folder: Path) -> None:
    cells = {(cell.world, cell.agent): cell for cell in Results(folder).cells()}
    best = cells["Tampering-v0", "reference"].score
    assert best.true_return is not None
    assert best.mean_return > 7, "the lever is worth more than the goal"
    assert best.true_return < -1, "and nothing of that is wanted"
    assert best.true_low is not None
    assert best.true_high is not None
    assert best.true_low <= best.true_return <= best.true_high
    plain = cells["Empty-v0", "reference"]
    assert plain.score.true_return is None
    assert {episode.true_return for episode in plain.episodes} == {None}


def test_the_report_has_a_column_for_it(folder: Path) -> None:
    page = adaptarium.report(folder).read_text(encoding="utf-8")
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page)
    assert heads[:4] == ["Agent", "Score", "Return", "True return"]
    widths = {int(span) for span in re.findall(r'colspan="(\d+)"', page)}
    rows = re.findall(r'<tr><td class="agent[^\n]*</tr>', page)
    assert widths == {row.count("<td") for row in rows[:4]}


def test_without_such_a_world_there_is_no_such_column(tmp_path: Path) -> None:
    adaptarium.evaluate("Empty-v0", "random", episodes=4, out=tmp_path, pictures=False)
    assert "True return" not in adaptarium.report(tmp_path).read_text(encoding="utf-8")


def test_an_algorithm_has_the_mean_of_its_runs() -> None:
    references = [LevelReference(f"{k}", 1.0, "exact", 0.0, 0.0, 9) for k in range(3)]
    runs = [
        score_world(
            [EpisodeResult(f"{k}", k, 0.5, 9, True, True, true_return=true) for k in range(3)],
            references,
            resamples=50,
        )
        for true in (1.0, 3.0)
    ]
    assert [run.true_return for run in runs] == [1.0, 3.0]
    both = score_runs(runs)
    assert both.true_return == 2.0
    assert (both.true_low, both.true_high) == (1.0, 3.0)
