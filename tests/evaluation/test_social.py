"""Social measures in evaluations: kept of every episode, and told in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

import adaptarium
from adaptarium.evaluation.report.social import measure_tables
from adaptarium.evaluation.report.tables import agent_colors
from adaptarium.evaluation.results import Results


def test_evaluations_keep_and_report_the_social_measures(tmp_path: Path) -> None:
    adaptarium.evaluate(
        ["Harvest-v0", "Empty-v0"],
        ["random"],
        episodes=4,
        split="all",
        out=tmp_path,
        pictures=False,
        overrides={"episode.max_steps": 30},
    )
    cells = Results(tmp_path).cells()
    by_world = {cell.world: cell for cell in cells}
    names = ("efficiency", "equality", "sustainability", "peace")
    for episode in by_world["Harvest-v0"].episodes:
        assert episode.measures is not None
        assert tuple(episode.measures) == names
        assert episode.measures["efficiency"] * 30 == pytest.approx(episode.episode_return)
        assert 0 <= episode.measures["peace"] <= 1
    assert all(episode.measures is None for episode in by_world["Empty-v0"].episodes)
    (table,) = measure_tables(cells, agent_colors(["random"]))
    assert (table.world, table.names) == ("Harvest-v0", names)
    assert [row.agent for row in table.rows] == ["random"]
    page = adaptarium.report(tmp_path).read_text(encoding="utf-8")
    assert "<h2>Measures</h2>" in page
    assert "Equality" in page
