"""Shift files on the command line: shown, and learnt under."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.cli.app import app
from adaptarium.envs.core.errors import RunError
from adaptarium.wrappers.spec import ShiftPlan

SHIFTS = """
schema = "adaptarium-shift/1"

[[shift]]
name = "icy"
what = { kind = "factors", to = { "transition.slip" = 0.5 } }
when = { kind = "step", at = 40 }
adaptation = { allowed = "weights", steps = 900 }
success = { fraction = 0.8 }

[[shift]]
name = "grow"
what = { kind = "levels", to = { size = 7 } }
when = { kind = "progress", threshold = -1.0, stages = 2 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shift.toml"
    path.write_text(SHIFTS, encoding="utf-8")
    return path


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_show_prints_the_four_fields(file: Path) -> None:
    told = run("show", str(file))
    for words in ("shift icy", "factors, to {'transition.slip': 0.5}", "step, unit step, at 40",
                  "allowed weights, steps 900", "fraction 0.8", "shift grow"):  # fmt: skip
        assert words in told
    data = json.loads(run("show", str(file), "--json"))
    assert [set(shift) for shift in data] == [
        {"name", "what", "when", "adaptation", "success", "slots"}
    ] * 2
    assert ShiftPlan.from_data({"schema": "adaptarium-shift/1", "shift": data}) == ShiftPlan.load(
        file
    )


@pytest.mark.full
@pytest.mark.parametrize("algo", ["ppo", "fast-ppo"])
def test_training_follows_the_plan_and_goes_on_exactly(
    file: Path, tmp_path: Path, algo: str
) -> None:
    pytest.importorskip("stable_baselines3")
    options: dict[str, Any] = {"algo": algo, "num_envs": 8, "log_every": 1, "shift": file}
    size = {"n_steps": 64, "batch_size": 64} if algo == "ppo" else {"n_steps": 64}
    options["hyperparameters"] = size
    whole = adaptarium.train("Empty-v0", steps=2048, out=tmp_path / "whole", **options)
    parts = tmp_path / "parts"
    adaptarium.train("Empty-v0", steps=1024, out=parts, **options)
    adaptarium.train("Empty-v0", steps=2048, out=parts, **options)
    keep = ("step", "episodes", "return_mean", "success")
    rows = [
        [[row[name] for name in keep] for row in adaptarium_rows(folder)]
        for folder in (Path(whole["run"]), parts)
    ]
    assert rows[0] == rows[1]
    with pytest.raises(RunError, match="shift"):
        adaptarium.train("Empty-v0", steps=2048, out=parts, **{**options, "shift": None})


def adaptarium_rows(folder: Path) -> list[dict[str, str]]:
    from adaptarium.agents.rl.runs import RunFolder

    return RunFolder(folder).rows()
