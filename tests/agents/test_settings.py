"""Hyper-parameters, devices and logs: what is asked for, and what is refused."""

from __future__ import annotations

import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch
from stable_baselines3 import PPO

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


@pytest.mark.parametrize(
    ("algo", "name", "value", "said"),
    [
        ("ppo", "layers", [10**9], "layers.0 = 1000000000: .*; the nearest valid is 4096"),
        ("ppo", "layers", [-5], "layers.0 = -5: .*; the nearest valid is 1"),
        ("ppo", "layers", [64, 0], "layers.1 = 0: .*; the nearest valid is 1"),
        ("ppo", "learning_rate", 1e30, "learning_rate = 1e[+]30: .*; the nearest valid is 1"),
        ("recurrent-ppo", "lstm_size", 10**6, "lstm_size = 1000000: .*; the nearest valid is 4096"),
        ("dqn", "gradient_steps", 10**9, "the nearest valid is 1000000"),
        ("a2c", "max_grad_norm", 1e300, "the nearest valid is 1000000"),
    ],
)
def test_every_number_has_bounds(algo: str, name: str, value: object, said: str) -> None:
    with pytest.raises(FactorError, match=said):
        settings_for(algo, "grid", {name: value})


@pytest.mark.parametrize("algo", ALGORITHMS)
def test_no_number_is_without_bounds(algo: str) -> None:
    for name, field in ALGORITHMS[algo].model_fields.items():
        if field.annotation in (int, float):
            limits = {limit for part in field.metadata for limit in vars_of(part)}
            assert len(limits) >= 2, name


def vars_of(part: Any) -> set[str]:
    return {name for name in ("ge", "gt", "le", "lt") if hasattr(part, name)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"algo": "dqn", "hyperparameters": {"buffer_size": 10**11}},
            r"buffer_size = 100000000000: its observations take .*; the nearest that may fit is",
        ),
        (
            {"hyperparameters": {"n_steps": 10**10}, "steps": 10**12},
            r"n_steps = 10000000000: its observations take .*; the nearest that may fit is",
        ),
        ({"num_envs": 10**9}, "num_envs = 1000000000: expected a positive integer up to 1048576"),
    ],
)
def test_what_does_not_fit_in_memory_leaves_no_folder(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(FactorError, match=said):
        train(tmp_path / "run", **options)
    assert not list(tmp_path.iterdir())


def test_a_run_that_diverges_is_named_and_keeps_its_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "run", 128)
    good = RunFolder(tmp_path / "run").load_checkpoint()
    update, count = PPO.train, []

    def spoilt(learner: Any) -> None:
        update(learner)
        count.append(1)
        if len(count) == 2:
            torch.nn.init.constant_(learner.policy.action_net.bias, float("nan"))

    monkeypatch.setattr(PPO, "train", spoilt)
    said = "diverged at step 256: the weights became NaN or infinite; its checkpoint of step 192 is"
    with pytest.raises(RunError, match=said):
        train(tmp_path / "run", 384)
    kept = RunFolder(tmp_path / "run").load_checkpoint()
    assert good is not None
    assert kept is not None
    assert (good["counters"]["steps"], kept["counters"]["steps"]) == (128, 192)
    assert all(torch.isfinite(part).all() for part in kept["policy"].values())


@pytest.mark.parametrize("algo", ["ppo", "a2c", "dqn"])
def test_too_large_a_step_diverges_in_words(tmp_path: Path, algo: str) -> None:
    hyper: dict[str, Any] = {"learning_rate": 1.0, "max_grad_norm": 1e6}
    hyper |= {"learning_starts": 8} if algo == "dqn" else {"ent_coef": 1e3, "vf_coef": 1e3}
    try:
        train(tmp_path / "run", 2048, algo=algo, hyperparameters=hyper)
    except RunError as problem:
        assert "training diverged at step" in str(problem)  # noqa: PT017  # either is right
    state = RunFolder(tmp_path / "run").load_checkpoint()
    if state is not None:
        assert all(torch.isfinite(part).all() for part in state["policy"].values())


def test_a_run_shorter_than_a_rollout_begins_anew_when_it_is_made_longer(tmp_path: Path) -> None:
    hyper = {"n_steps": 16, "batch_size": 32, "n_epochs": 1}
    short = train(tmp_path / "run", 24, hyperparameters=hyper)
    assert (short["counters"]["steps"], short["rollout"]) == (24, 24)
    assert train(tmp_path / "run", 24, hyperparameters=hyper)["notes"] == []
    later = train(tmp_path / "run", 256, hyperparameters=hyper)
    assert later["notes"] == [
        "the first 24 steps were a rollout cut short, no beginning of a longer run: it began anew"
    ]
    assert later["resumed_from"] == 0
    at_once = train(tmp_path / "once", 256, hyperparameters=hyper)
    assert at_once["counters"]["steps"] == later["counters"]["steps"] == 256
    weights = [
        RunFolder(tmp_path / name).load_checkpoint()["policy"]  # type: ignore[index]
        for name in ("run", "once")
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    infos = [RunFolder(tmp_path / name).info() for name in ("run", "once")]
    assert infos[0]["hyperparameters"] == infos[1]["hyperparameters"]
    assert infos[0]["steps"] == infos[1]["steps"] == 256


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
    assert losses == [128, 192, 256, 320, 384]  # after going on at 256 too


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
