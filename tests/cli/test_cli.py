"""The command line: what it prints and writes, and one line on stderr for what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adaptarium import __version__
from adaptarium.cli.app import app
from adaptarium.envs.core import registry
from adaptarium.envs.core.world import World

IDS = [spec.id for spec in registry.world_specs()]
Call = Callable[..., Any]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def succeeded(result: Any) -> str:
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_version(call: Call) -> None:
    assert succeeded(call("--version")).strip() == __version__


def test_list_names_every_world(call: Call) -> None:
    told = succeeded(call("list"))
    assert all(world_id in told for world_id in IDS)
    assert "transition.slip" not in told
    assert "transition.slip" in succeeded(call("list", "--factors"))


def test_list_json_tells_live_from_structural(call: Call) -> None:
    data = json.loads(succeeded(call("list", "--json")))
    assert [world["id"] for world in data["worlds"]] == IDS
    for family in data["families"]:
        kinds = {factor["kind"] for factor in family["factors"]}
        assert kinds == {"live", "structural"}
        assert all(factor["doc"].strip() for factor in family["factors"])


@pytest.mark.parametrize("world_id", IDS)
def test_show(call: Call, world_id: str) -> None:
    data = json.loads(succeeded(call("show", world_id, "--json")))
    assert data["id"] == world_id
    assert data["manual"].startswith(f"# {world_id}")
    assert data["picture"].strip()
    told = succeeded(call("show", world_id))
    assert data["description"] in told


def test_show_follows_settings_and_seeds(call: Call) -> None:
    small = json.loads(succeeded(call("show", "DoorKey-v0", "--set", "size=6", "--json")))
    assert [knob["value"] for knob in small["knobs"] if knob["name"] == "size"] == [6]
    pictures = {
        json.loads(succeeded(call("show", "DoorKey-v0", "--seed", seed, "--json")))["picture"]
        for seed in range(4)
    }
    assert len(pictures) > 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.npz"])
def test_generate_then_validate(call: Call, tmp_path: Path, name: str) -> None:
    words = ("generate", "DoorKey-v0", "--count", 6, "--seed", 3, "--set", "size=6")
    made = json.loads(succeeded(call(*words, "--out", name, "--json")))
    assert made["levels"] == 6
    assert [path.name for path in tmp_path.iterdir()] == [name]
    found = json.loads(succeeded(call("validate", name, "--json")))
    assert found["valid"]
    assert found["levels"] == 6
    assert "valid; 6 levels" in succeeded(call("validate", name))


def test_validate_refuses_a_changed_file(call: Call, tmp_path: Path) -> None:
    succeeded(call("generate", "DoorKey-v0", "--count", 3, "--set", "size=6", "--out", "a.jsonl"))
    lines = Path("a.jsonl").read_bytes().splitlines(keepends=True)
    Path("b.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    result = call("validate", "b.jsonl")
    assert result.exit_code != 0
    assert result.stderr.strip()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_sample_writes_worlds_that_load(call: Call) -> None:
    rows = json.loads(succeeded(call("sample", "--count", 2, "--seed", 5, "--out", "w", "--json")))
    assert len(rows) == 2
    for row in rows:
        assert World.load(row["path"]).id == row["id"]
        succeeded(call("show", row["path"]))


# ---- what cannot be done ----

EVALUATE = ("evaluate", "--episodes", "2", "--out", "out", "--worlds")
DOORKEY = (*EVALUATE, "DoorKey-v0", "--agents")
REFUSED = [
    # command, then what its one line names: the value and what would have been right
    (("show", "DoorKy-v0"), ("'DoorKy-v0'", "'DoorKey-v0'")),
    (("show", "DoorKey-v0", "--set", "transition.slp=1"), ("transition.slp", "transition.slip")),
    (
        ("show", "DoorKey-v0", "--set", "transition.slip=3"),
        ("transition.slip = 3", "the nearest valid is 1"),
    ),
    (("show", "DoorKey-v0", "--set", "transition.slip=NaN"), ("transition.slip", "number")),
    (("show", "DoorKey-v0", "--set", "transition.slip=[[1]]"), ("transition.slip", "number")),
    (("show", "DoorKey-v0", "--set", "siz=6"), ("'siz'", "'size'")),
    (("show", "DoorKey-v0", "--set", "size=1000000"), ("size = 1000000", "equal to 64")),
    (("show", "DoorKey-v0", "--set", "size"), ("'size'", "NAME=VALUE")),
    (("show", "DoorKey-v0", "--set", "size=6", "--set", "size=7"), ("size", "twice")),
    (("show", "DoorKey-v0", "--sed", "3"), ("--sed", "--seed")),
    (("show", "DoorKey-v0", "--seed", "-1"), ("--seed = '-1'", "nearest valid is 0")),
    (("shw", "DoorKey-v0"), ("'shw'", "'show'")),
    (("list", "--family", "gird"), ("'gird'", "'grid'")),
    (("generate", "Maz-v0", "--out", "out"), ("'Maz-v0'", "'Maze-v0'")),
    (
        ("generate", "Maze-v0", "--difficulty", "3", "--out", "out"),
        ("--difficulty = '3'", "nearest valid is 1"),
    ),
    (
        ("generate", "Maze-v0", "--difficulty=nan", "--out", "out"),
        ("--difficulty = 'nan'", "equal to 1"),
    ),
    (
        ("generate", "Maze-v0", "--count", "0", "--out", "out"),
        ("--count = '0'", "nearest valid is 1"),
    ),
    (
        ("generate", "Maze-v0", "--count", "many", "--out", "out"),
        ("--count = 'many'", "valid integer"),
    ),
    (("generate", "Maze-v0", "--split", "tst", "--out", "out"), ("'tst'", "did you mean 'test'?")),
    (("generate", "Maze-v0", "--set", "loop=1", "--out", "out"), ("'loop'", "loop")),
    (("generate", "Maze-v0", "--out", "."), ("'.' is a folder", "'levels.jsonl'")),
    (("generate", "Maze-v0", "--out", ""), ("'.' is a folder", "'levels.jsonl'")),
    (("sample", "--family", "gird", "--out", "out"), ("'gird'", "'grid'")),
    (("validate", "absent.jsonl"), ("absent.jsonl", "No such file")),
    (("validate", "absent.npz"), ("absent.npz", "No such file")),
    (("report", "absent"), ("absent", "expected a directory")),
    (("train", "DoorKy-v0", "--out", "out"), ("'DoorKy-v0'", "'DoorKey-v0'")),
    (("train", "DoorKey-v0", "--algo", "pp", "--out", "out"), ("'pp'", "'ppo'")),
    (("train", "DoorKey-v0", "--steps", "100", "--out", "out"), ("= 100", "nearest valid is 128")),
    (("train", "DoorKey-v0", "--hyper", "gama=1", "--out", "out"), ("'gama'", "'gamma'")),
    ((*EVALUATE, "DoorKy-v0", "--agents", "random"), ("'DoorKy-v0'", "'DoorKey-v0'")),
    ((*DOORKEY, "radom"), ("'radom'", "'random'")),
    ((*DOORKEY, "random", "--split", "tset"), ("'tset'", "'test'")),
    ((*DOORKEY, "random", "--shift", "transition.slp=1"), ("transition.slp", "transition.slip")),
    ((*DOORKEY, "random", "--shift", "transition.slip=3"), ("transition.slip = 3", "equal to 1")),
]


@pytest.mark.parametrize(("words", "named"), REFUSED, ids=lambda part: " ".join(part)[:60])
def test_a_refusal_is_one_line_and_writes_nothing(
    call: Call, tmp_path: Path, words: tuple[str, ...], named: tuple[str, ...]
) -> None:
    result = call(*words)
    assert result.exit_code != 0
    assert not result.stdout
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("adaptarium: error: ")
    for part in named:
        assert part in result.stderr
    assert list(tmp_path.iterdir()) == []


# ---- the main job, small ----


def test_evaluate_then_report(call: Call, tmp_path: Path) -> None:
    words = (
        "evaluate",
        "--agents",
        "random,reference",
        "--worlds",
        "DoorKey-v0",
        "--set",
        "size=6",
    )
    told = succeeded(call(*words, "--episodes", 20, "--out", "r", "--json"))
    cells = {cell["agent"]: cell["score"] for cell in json.loads(told)["cells"]}
    assert cells.keys() == {"random", "reference"}
    assert cells["reference"]["score"] == pytest.approx(1.0)
    assert cells["reference"]["success_rate"] == 1.0
    assert cells["random"]["score"] < 0.5
    assert all(cell["num_episodes"] == 20 for cell in cells.values())
    page = json.loads(succeeded(call("report", "r", "--json")))["report"]
    assert (tmp_path / page).name == "report.html"
    html = (tmp_path / page).read_text(encoding="utf-8")
    assert all(part in html for part in ("DoorKey-v0", "reference", "random", "<svg"))
    assert "http-equiv" not in html.lower()
    again = json.loads(succeeded(call(*words, "--episodes", 20, "--out", "r", "--json")))["cells"]
    assert {cell["agent"]: cell["score"] for cell in again} == cells
