"""Agents over several worlds: the numbers are those of the statistics, on the right matrices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from adaptarium.cli.app import app
from adaptarium.evaluation import statistics
from adaptarium.evaluation.aggregates import THRESHOLDS, aggregate, as_data
from adaptarium.evaluation.report.across import aggregate_tables
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world


def make_cell(agent: str, world: str, seed: int, gain: float, known: bool = True) -> Cell:
    """A cell whose score is ``gain``; without a reference it has none."""
    best, method = (1.0, "exact") if known else (None, "none")
    levels = tuple(LevelReference(f"{k}", best, method, 0.0, 0.01, 64) for k in range(3))  # type: ignore[arg-type]
    episodes = tuple(EpisodeResult(f"{k}", k, gain, 9, True, True) for k in range(3))
    score = score_world(episodes, levels, resamples=10)
    return Cell(world, {}, agent, "test", None, seed, episodes, levels, score, 1.0)


# Gains and random play in powers of two, so that scores are exact; none lies on a threshold.
SCORES = {
    "good": np.array([[57, 39], [51, 45], [63, 33]]) / 64,
    "bad": np.array([[7, 39], [54, 13], [1, 7]]) / 64,
}


@pytest.fixture
def cells() -> list[Cell]:
    return [
        make_cell(agent, world, seed, float(matrix[seed, task]))
        for agent, matrix in SCORES.items()
        for task, world in enumerate(("DoorKey-v0", "gym:CartPole-v1"))
        for seed in range(3)
    ]


def test_estimates_profiles_and_improvements_are_the_statistics(cells: list[Cell]) -> None:
    (found,) = aggregate(cells)
    assert found.worlds == ("DoorKey-v0", "gym:CartPole-v1")
    for one in found.agents:
        matrix = SCORES[one.agent]
        assert one.seeds == (0, 1, 2)
        assert one.estimates["iqm"] == statistics.bootstrap_interval(matrix)
        for name in ("median", "mean", "optimality_gap"):
            statistic = getattr(statistics, name)
            assert one.estimates[name] == statistics.bootstrap_interval(matrix, statistic)
        expected = statistics.performance_profile(matrix, THRESHOLDS)
        np.testing.assert_array_equal(one.profile, expected)
    (pair,) = found.improvements
    assert (pair.first, pair.second) == ("good", "bad")
    assert pair.probability == statistics.probability_of_improvement(*SCORES.values())


def test_only_seeds_that_every_world_has_count(cells: list[Cell]) -> None:
    (found,) = aggregate([*cells, make_cell("good", "DoorKey-v0", 7, 0.3)])
    assert found.agents[0].seeds == (0, 1, 2)
    (fewer,) = aggregate([cell for cell in cells if (cell.world, cell.seed) != ("DoorKey-v0", 1)])
    assert [one.seeds for one in fewer.agents] == [(0, 2), (0, 2)]
    np.testing.assert_allclose(
        fewer.agents[0].estimates["mean"].value, SCORES["good"][[0, 2]].mean()
    )


def test_cells_without_a_score_stay_out(cells: list[Cell]) -> None:
    without = [make_cell(agent, "gym:Acrobot-v1", 0, -80.0, known=False) for agent in SCORES]
    assert as_data(aggregate([*cells, *without])) == as_data(aggregate(cells))
    assert aggregate(without) == []
    # Of two worlds one is left, and one world has no aggregate.
    assert aggregate([*cells[:3], *without]) == []


def test_an_agent_that_lacks_a_world_stays_out(cells: list[Cell]) -> None:
    (found,) = aggregate([*cells, make_cell("partial", "DoorKey-v0", 0, 0.5)])
    assert [one.agent for one in found.agents] == ["good", "bad"]


def test_a_shift_is_an_aggregate_of_its_own(cells: list[Cell]) -> None:
    shifted = [replace(cell, shift={"transition.slip": 0.2}) for cell in cells]
    plain, other = aggregate([*cells, *shifted])
    assert (plain.shift, other.shift) == (None, {"transition.slip": 0.2})


def test_one_seed_gives_values_without_intervals(cells: list[Cell]) -> None:
    once = [cell for cell in cells if cell.seed == 0]
    (data,) = as_data(aggregate(once))
    good = data["agents"][0]
    assert good["iqm"] == [0.75]
    assert good["performance_profile"].keys() == {"value"}
    assert [len(pair["probability"]) for pair in data["probability_of_improvement"]] == [1]
    (table,) = aggregate_tables(once, {"good": "c-0", "bad": "c-1"})
    assert {row.iqm.interval for row in table.rows} == {""}
    assert {series.band for series in table.profile.series} == {""}
    assert table.improvements[0].probability.interval == ""


def test_the_report_draws_the_profile(cells: list[Cell]) -> None:
    (table,) = aggregate_tables(cells, {"good": "c-0", "bad": "c-1"})
    assert [series.agent for series in table.profile.series] == ["good", "bad"]
    shares = statistics.performance_profile(SCORES["good"], THRESHOLDS)[0]
    points = [point.split(",") for point in table.profile.series[0].line.lstrip("M").split("L")]
    assert len(points) == len(THRESHOLDS)
    drawn = [1 - float(y) / 1000 for _x, y in points]
    np.testing.assert_allclose(drawn, shares, atol=0.002)
    (row,) = table.improvements
    expected = statistics.probability_of_improvement(*SCORES.values())
    assert row.probability.value == f"{expected.value:.3f}"


def test_the_command_prints_what_the_report_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = "evaluate --worlds Empty-v0,gym:CartPole-v1 --agents random --episodes 4 --seeds 0,1"
    more = "--reference-return 500 --workers 0 --out r --no-pictures --json"
    result = CliRunner().invoke(app, [*words.split(), *more.split()])
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    cells = Results("r").cells()
    assert told["aggregates"] == json.loads(json.dumps(as_data(aggregate(cells))))
    matrix = [[cell.score.score for cell in cells if cell.seed == seed] for seed in (0, 1)]
    iqm = statistics.bootstrap_interval(np.array(matrix))
    assert told["aggregates"][0]["agents"][0]["iqm"] == [iqm.value, iqm.low, iqm.high]
