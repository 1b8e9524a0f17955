"""Hyper-parameters, devices and logs: what is asked for, and what is refused."""

from __future__ import annotations

import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch

import adaptarium
from adaptarium.agents.loading import load_agent
from adaptarium.agents.rl.algorithms import resolve_device
from adaptarium.agents.rl.runs import RunFolder
from adaptarium.agents.rl.sb3 import BatchVecEnv
from adaptarium.agents.rl.settings import ALGORITHMS, settings_for
from adaptarium.cli.learning import _remark
from adaptarium.envs.core import registry
from adaptarium.envs.core.errors import FactorError, MissingExtraError, RunError, UnknownNameError


def tables() -> dict[str, dict[str, Any]]:
    text = resources.files("adaptarium.agents.rl").joinpath("hyper.toml").read_text("utf-8")
    return tomllib.loads(text)


def test_there_are_tables_for_every_algorithm_and_no_other_family() -> None:
    assert set(tables()) == set(ALGORITHMS)
    families = {spec.family for spec in registry.world_specs()}
    for algo, by_family in tables().items():
        assert set(by_family) <= {"default", *families}
        assert by_family["default"].keys() == ALGORITHMS[algo].model_fields.keys()


@pytest.mark.parametrize("algo", ALGORITHMS)
def test_changes_lie_on_the_family_on_the_default(algo: str) -> None:
    default = tables()[algo]["default"]
    plain = settings_for(algo, "no-such-family")
    assert plain.model_dump(mode="json") == default
    grid = settings_for(algo, "grid", {"gamma": 0.5}).model_dump(mode="json")
    assert grid == {**default, **tables()[algo].get("grid", {}), "gamma": 0.5}


@pytest.mark.parametrize(
    ("algo", "changes", "said"),
    [
        ("pppo", {}, "unknown algorithm 'pppo'; did you mean 'ppo'"),
        ("recurent-ppo", {}, "did you mean 'recurrent-ppo'"),
        ("dqn", {"n_steps": 4}, "unknown hyper-parameter of dqn 'n_steps'"),
        ("a2c", {"normalise_advantage": True}, "did you mean 'normalize_advantage'"),
    ],
)
def test_unknown_names_give_the_nearest(algo: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownNameError, match=said):
        settings_for(algo, "grid", changes)


def test_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(FactorError, match="hyper-parameter tau = 2: .*; the nearest valid is 1"):
        settings_for("dqn", "grid", {"tau": 2})


def test_a_short_run_has_a_short_rollout() -> None:
    settings = settings_for("ppo", "grid", {"n_steps": 128, "batch_size": 64})
    assert settings.fitted(10_000, 8).rollout == 128
    assert settings.fitted(100, 8).rollout == 12
    with pytest.raises(FactorError, match="at least 2 in each of 8 rows; the nearest valid is 16"):
        settings.fitted(15, 8)
    assert settings_for("dqn", "grid").fitted(8, 8).rollout == 1


def test_a_mini_batch_of_one_is_refused() -> None:
    settings = settings_for("maskable-ppo", "grid", {"n_steps": 13, "batch_size": 32})
    with pytest.raises(FactorError, match="batch_size = 32: it leaves a mini-batch of one of 65"):
        settings.fitted(10_000, 5)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(FactorError, match="torch finds no CUDA device here; expected 'cpu' or"):
        resolve_device("cuda")
    with pytest.raises(UnknownNameError, match="unknown device 'cud'; did you mean 'cuda'"):
        resolve_device("cud")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"
    assert resolve_device("cpu") == "cpu"


def train(out: Path, steps: int = 128, **options: Any) -> dict[str, Any]:
    hyper = {"n_steps": 8, "batch_size": 32, "n_epochs": 1}
    given: dict[str, Any] = {"overrides": {"size": 5}, "num_envs": 8, "device": "cpu"}
    given |= {"hyperparameters": hyper, "log_every": 64, **options}
    return adaptarium.train("Empty-v0", steps=steps, out=out, **given)


def test_refusals_leave_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'adaptarium\[tensorboard\]'"):
        train(tmp_path / "run", tensorboard=True)
    with pytest.raises(UnknownNameError, match="unknown device"):
        train(tmp_path / "run", device="tpu")
    with pytest.raises(FactorError, match="log_every = 0: expected a positive integer"):
        train(tmp_path / "run", log_every=0)
    assert not (tmp_path / "run").exists()


def test_several_threads_are_no_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only what is told is tested: threads that have no core of their own wait for each other.
    monkeypatch.setattr(torch, "set_num_threads", lambda _count: None)
    monkeypatch.setattr(
        "adaptarium.agents.rl.train.BatchVecEnv",
        lambda *worlds, num_threads=1, **options: BatchVecEnv(*worlds, **options),
    )
    result = train(tmp_path / "run", 64, num_threads=2)
    assert result["notes"] == [
        "going on is not exact with 2 threads, which share sums between them"
    ]
    later = train(tmp_path / "run", 128)
    info = RunFolder(tmp_path / "run").info()
    assert later["notes"] == result["notes"] == info["notes"]
    assert info["exact_resume"] is False
    assert info["steps"] == 128


def test_other_versions_are_noted(tmp_path: Path) -> None:
    train(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    folder.go_on({"versions": {"torch": "1.0"}})
    assert "other versions" in train(tmp_path / "run", 256)["notes"][0]


def test_rows_come_as_often_as_asked(tmp_path: Path) -> None:
    train(tmp_path / "run", 320, log_every=128)
    assert [row["step"] for row in RunFolder(tmp_path / "run").rows()] == ["128", "256", "320"]


def test_the_progress_bar_says_rate_and_time_left() -> None:
    row = {"step": 40_000, "fps": 500, "return_mean": None, "success": None}
    assert _remark(row, 100_000) == "40,000 steps  500 steps/s  0:02:00 left"
    row |= {"return_mean": 0.25, "success": 0.5}
    assert _remark(row, 100_000).endswith("left  return 0.250  success 50%")


def test_tensorboard_has_what_the_table_has(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator
    train(tmp_path / "run", 256, tensorboard=True)
    train(tmp_path / "run", 384, tensorboard=True)
    events = accumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    rows = RunFolder(tmp_path / "run").rows()
    counted = [(event.step, event.value) for event in events.Scalars("progress/episodes")]
    assert counted == [(int(row["step"]), float(row["episodes"])) for row in rows]
    # A row is written before its own update: it carries the losses of the one before, if any.
    losses = [event.step for event in events.Scalars("train/value_loss")]
    assert losses == [128, 192, 256, 384]


def test_a_damaged_run_json_is_told_in_one_line(tmp_path: Path) -> None:
    train(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    good = folder.info()
    folder.go_on({"algo": "pp"})
    with pytest.raises(RunError, match=r"run\.json: unknown algorithm 'pp'; did you mean 'ppo'"):
        load_agent(str(folder.path))
    folder.go_on({"algo": "a2c", "hyperparameters": tables()["a2c"]["default"] | {"layers": [9]}})
    with pytest.raises(RunError, match=r"the checkpoint does not fit its run\.json"):
        load_agent(str(folder.path))
    folder.go_on({**good, "hyperparameters": {**good["hyperparameters"], "layers": [9]}})
    with pytest.raises(RunError, match=r"other hyperparameters \(layers: \[9\], not \[64, 64\]\)"):
        train(tmp_path / "run")
