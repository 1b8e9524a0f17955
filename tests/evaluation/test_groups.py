"""Several training runs as one algorithm: a run is then a training run, and so it is told."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import AdaptariumError, AgentError, ResultsError
from adaptarium.evaluation import statistics
from adaptarium.evaluation.aggregates import aggregate, as_data
from adaptarium.evaluation.groups import Group, read_group
from adaptarium.evaluation.report import report
from adaptarium.evaluation.report.commands import evaluation_commands
from adaptarium.evaluation.report.curves import curve_figures, find_runs
from adaptarium.evaluation.report.tables import pooled_score
from adaptarium.evaluation.results import Cell, Results
from adaptarium.evaluation.scores import EpisodeResult, LevelReference, score_world

WORLDS = ("DoorKey-v0", "Maze-v0")
# (training runs, worlds, seeds of the evaluation), in powers of two so that scores are exact.
SCORES = np.arange(3 * 2 * 2).reshape(3, 2, 2) * 5 % 13 / 16


def make_cell(agent: str, world: str, seed: int, gain: float, group: str = "") -> Cell:
    levels = tuple(LevelReference(f"{k}", 1.0, "exact", 0.0, 0.01, 64) for k in range(3))
    episodes = tuple(EpisodeResult(f"{k}", k, gain, 9, True, True) for k in range(3))
    score = score_world(episodes, levels, resamples=10)
    return Cell(world, {}, agent, "test", None, seed, episodes, levels, score, 1.0, group=group)


@pytest.fixture
def cells() -> list[Cell]:
    trained = [
        make_cell(f"runs/s{run}", world, seed, float(SCORES[run, task, seed]), "ppo")
        for run in range(3)
        for task, world in enumerate(WORLDS)
        for seed in range(2)
    ]
    return [
        *trained,
        *(make_cell("random", world, seed, 0.0) for world in WORLDS for seed in (0, 1)),
    ]


def test_rows_of_the_matrix_are_training_runs(cells: list[Cell]) -> None:
    (found,) = aggregate(cells)
    ppo, random = found.agents
    matrix = SCORES.mean(axis=2)
    assert (ppo.agent, ppo.members, ppo.seeds) == ("ppo", ("runs/s0", "runs/s1", "runs/s2"), (0, 1))
    assert (random.members, random.num_runs) == ((), 2)
    assert ppo.estimates["iqm"] == statistics.bootstrap_interval(matrix)
    (pair,) = found.improvements
    expected = statistics.probability_of_improvement(matrix, np.zeros((2, 2)))
    assert pair.probability == expected
    told = as_data([found])[0]["agents"]
    assert [one["run_is"] for one in told] == ["training run", "seed of the evaluation"]


def test_the_score_of_a_world_is_over_training_runs(cells: list[Cell]) -> None:
    found = pooled_score([cell for cell in cells if (cell.world, cell.group) == ("Maze-v0", "ppo")])
    expected = statistics.bootstrap_interval(SCORES[:, 1].mean(axis=1), statistics.mean)
    np.testing.assert_allclose((found.score, found.low, found.high), list(vars_of(expected)))
    assert found.num_episodes == 3 * 2 * 3


def vars_of(interval: statistics.Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_a_run_that_lacks_a_world_is_left_out(cells: list[Cell]) -> None:
    partial = [cell for cell in cells if (cell.agent, cell.world) != ("runs/s1", "Maze-v0")]
    (found,) = aggregate(partial)
    assert found.agents[0].members == ("runs/s0", "runs/s2")


def test_a_group_of_one_is_an_agent_with_another_name(cells: list[Cell]) -> None:
    alone = [cell for cell in cells if cell.agent == "runs/s0"]
    (named,), (plain,) = aggregate(alone), aggregate([replace(cell, group="") for cell in alone])
    assert named.agents[0].estimates == plain.agents[0].estimates
    assert named.agents[0].agent == "ppo"


def test_the_report_says_what_a_run_is(cells: list[Cell], tmp_path: Path) -> None:
    results = Results(tmp_path / "results", create=True)
    for cell in cells:
        results.append(cell)
    page = report(results.folder).read_text(encoding="utf-8")
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "ppo is an algorithm of 3 training runs: runs/s0, runs/s1, runs/s2" in plain
    assert "A run of ppo is a training run" in plain
    assert "3 training runs, 2 seeds each" in plain
    assert "ppo=runs/s0+runs/s1+runs/s2,random" in evaluation_commands(cells)[0]


def test_the_curve_of_a_group_is_the_mean_over_its_runs(cells: list[Cell], tmp_path: Path) -> None:
    for run in range(3):
        folder = tmp_path / "runs" / f"s{run}"
        folder.mkdir(parents=True)
        rows = "\n".join(f"{step},{run * step / 1000},1" for step in (100, 200, 300 + run))
        (folder / "progress.csv").write_text(f"step,return_mean,seconds\n{rows}\n")
    runs = find_runs(cells, tmp_path / "results")
    (figure,) = curve_figures(runs, {"ppo": "c-0"})
    (series,) = figure.charts[0].series
    assert (series.agent, series.color, series.final) == ("ppo", "c-0", "0.2")
    assert series.band
    assert "200 steps, the mean of 3 training runs" in figure.captions[0]


@pytest.mark.parametrize(
    ("word", "members"),
    [
        ("ppo=runs/s0+runs/s1", ("runs/s0", "runs/s1")),
        ("a.b-2= x:y + z:w ", ("x:y", "z:w")),
        ("runs/a=1", None),
        ("llm:m@http://h/v1", None),
        ("random", None),
    ],
)
def test_the_grammar(word: str, members: tuple[str, ...] | None) -> None:
    group = read_group(word)
    assert (group and group.members) == members


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two seeds, one trained on another world, and a copy of the first."""
    folder = tmp_path_factory.mktemp("trained")
    hyper = {"n_steps": 8, "batch_size": 32, "n_epochs": 1}
    plan: dict[str, Any] = {"steps": 64, "num_envs": 8, "hyperparameters": hyper, "device": "cpu"}
    for name, seed, size in (("s0", 0, 5), ("s1", 1, 5), ("other", 2, 6)):
        adaptarium.train("Empty-v0", overrides={"size": size}, seed=seed, out=folder / name, **plan)
    adaptarium.train(
        "Empty-v0", overrides={"size": 5}, seed=3, out=folder / "long", **{**plan, "steps": 128}
    )
    shutil.copytree(folder / "s0", folder / "copy")
    return folder


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ("ppo=s0+", "a member without a name; expected NAME=RUN[+]RUN"),
        ("ppo=", "a member without a name"),
        ("ppo=s0+s9", "unknown agent 's9'; did you mean 's1' or 's0'"),
        ("ppo=s0+./s0", "group 'ppo' has './s0' twice; expected different members"),
        ("ppo=s0+copy", "s0 and copy were both trained with seed 0, so they are the same run"),
        ("ppo=s0+other", r"not trained alike: other world data .*5, not 6.*; expected runs that"),
        ("ppo=s0+long", r"not trained alike: other steps \(64, not 128\)"),
        ("ppo=s0+random", "mixes training runs with 'random'; expected training runs alone"),
        ("s0,ppo=s0+s1", "agent 's0' is named twice; expected it by itself, or in one group"),
        ("random,random=s0+s1", "two agents are called 'random'"),
    ],
)
def test_what_makes_no_algorithm_is_refused(
    trained: Path, agents: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    with pytest.raises(AdaptariumError, match=said):
        adaptarium.evaluate("Empty-v0", agents.split(","), episodes=2, out="results")
    assert not (trained / "results").exists()


def test_runs_are_evaluated_and_gone_on_with_as_a_group(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    asked: dict[str, Any] = {"overrides": {"size": 5}, "episodes": 2, "split": "all"}
    asked |= {"pictures": False, "out": "grouped"}
    first = adaptarium.evaluate("Empty-v0", Group("ppo", ("s0",)), **asked)
    both = adaptarium.evaluate("Empty-v0", "ppo=s0+s1", **asked)
    assert both[0] == first[0]
    assert [(cell["agent"], cell["group"]) for cell in both] == [("s0", "ppo"), ("s1", "ppo")]
    assert len((trained / "grouped" / "results.jsonl").read_text().splitlines()) == 2
    with pytest.raises(ResultsError, match="as a member of 'ppo', not as an agent by itself"):
        adaptarium.evaluate("Empty-v0", "s0", **asked)
    shutil.rmtree(trained / "grouped")


def test_a_group_needs_a_member() -> None:
    with pytest.raises(AgentError, match="group 'x' has no members"):
        adaptarium.evaluate("Empty-v0", Group("x", ()))
