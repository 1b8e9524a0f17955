"""Bad plans of shifts are refused at every door, in words, before anything runs or is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import adaptarium
from adaptarium.cli.app import app
from adaptarium.commands.cross_play import cross_play
from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.core.strictjson import dumps

LATER = {"kind": "step", "at": 5}


def factors(**to: Any) -> dict[str, Any]:
    return {"kind": "factors", "to": {name.replace("__", "."): value for name, value in to.items()}}


CASES: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "a factor the family lacks": (
        "Foraging-v0",
        [factors(transition__slipp=0.5)],
        "unknown factor 'transition.slipp'; did you mean 'transition.slip'",
    ),
    "a structural factor without room": (
        "Foraging-v0",
        [factors(observation__view_size=9)],
        "make it with capacity={'columns': 9",
    ),
    "two schedules that write the same factor at the same time": (
        "Foraging-v0",
        [factors(transition__slip=0.5), factors(transition__slip=1.0)],
        "shifts 's0' and 's1' both write transition.slip of the same sub-environment at the same "
        "time",
    ),
    "a population beyond the limit": (
        "Foraging-v0",
        [{"kind": "population", "to": 9}],
        "make it with capacity={'agents': 9}",
    ),
}


def train(world: str, file: Path, out: Path) -> None:
    adaptarium.train(world, algo="fast-ppo", steps=64, num_envs=2, shift=file, out=out)


def evaluate(world: str, file: Path, out: Path) -> None:
    adaptarium.evaluate(world, "random", shift=file, episodes=2, out=out)


def play_across(world: str, file: Path, out: Path) -> None:
    cross_play(world, ["random", "reference"], shift=file, episodes=2, out=out)


def wrapped(world: str, file: Path, out: Path) -> None:
    adaptarium.shifted(world, file)


def batched(world: str, file: Path, out: Path) -> None:
    adaptarium.shifted(world, file, num_envs=2)


DOORS: list[Callable[[str, Path, Path], None]] = [wrapped, batched, train, evaluate, play_across]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("door", DOORS)
def test_a_bad_plan_is_refused_before_anything_runs(
    door: Callable[[str, Path, Path], None], case: str, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    world, whats, told = CASES[case]
    shifts = [{"name": f"s{k}", "what": what, "when": LATER} for k, what in enumerate(whats)]
    file = tmp_path / "shift.json"
    file.write_text(dumps({"schema": "adaptarium-shift/1", "shift": shifts}))
    with pytest.raises(AdaptariumError) as caught:
        door(world, file, tmp_path / "out")
    assert told in str(caught.value)
    assert not (tmp_path / "out").exists()
    if door is evaluate:
        words = ["evaluate", "--worlds", world, "--agents", "random", "--shift", str(file)]
        result = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out")])
        assert result.exit_code != 0
        assert told in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert not (tmp_path / "out").exists()
