"""Run folders: progress and checkpoints that survive a kill."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from adaptarium.agents.rl.runs import COLUMNS, RunFolder, is_run
from adaptarium.envs.core.errors import RunError

PLAN = {
    "world": "Empty-v0",
    "world_data": {"id": "Empty-v0"},
    "others": [],
    "algo": "ppo",
    "steps": 100,
    "num_envs": 4,
    "seed": 0,
    "hyperparameters": {"gamma": 0.99},
    "shift": None,
}


def row(step: int) -> dict[str, float | int | None]:
    return {**dict.fromkeys(COLUMNS), "step": step, "episodes": 1, "return_mean": 0.5}


def test_a_new_folder_holds_the_plan(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert not is_run(folder.path)
    folder.create(PLAN)
    assert is_run(folder.path)
    assert folder.info()["world"] == "Empty-v0"
    folder.check_same(PLAN)
    folder.check_same({**PLAN, "steps": 200})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("seed", 1, "other seed (0, not 1)"),
        ("num_envs", 8, "other num envs (4, not 8)"),
        ("hyperparameters", {"gamma": 0.9}, "other hyperparameters (gamma: 0.99, not 0.9)"),
        ("world_data", {"id": "Maze-v0"}, "other world data (id: 'Empty-v0', not 'Maze-v0')"),
    ],
)
def test_another_plan_is_refused(tmp_path: Path, name: str, value: object, said: str) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create(PLAN)
    with pytest.raises(RunError) as caught:
        folder.check_same({**PLAN, name: value})
    assert said in str(caught.value)
    assert "expected the same, or a new folder" in str(caught.value)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is no training run; expected an empty folder"):
        RunFolder(tmp_path).create(PLAN)
    with pytest.raises(RunError, match=r"it has no run\.json"):
        RunFolder(tmp_path).info()
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_torn_and_late_rows_are_dropped(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create(PLAN)
    folder.drop_after(0)
    for step in (10, 20, 30):
        folder.append(row(step))
    with (folder.path / "progress.csv").open("a") as file:
        file.write("40,2,0.")  # killed while writing
    assert [one["step"] for one in folder.rows()] == ["10", "20", "30"]
    folder.drop_after(20)
    folder.append(row(30))
    assert [one["step"] for one in folder.rows()] == ["10", "20", "30"]
    text = (folder.path / "progress.csv").read_text()
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert text.endswith("\n")


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    folder = RunFolder(tmp_path / "run")
    folder.create(PLAN)
    assert folder.load_checkpoint() is None
    folder.save_checkpoint({"policy": {"w": torch.arange(3.0)}, "counters": {"steps": 7}})
    state = folder.load_checkpoint()
    assert state is not None
    assert state["counters"]["steps"] == 7
    assert state["policy"]["w"].tolist() == [0.0, 1.0, 2.0]
    assert sorted(path.name for path in folder.path.iterdir()) == ["checkpoint.pt", "run.json"]


class Evil:
    """What a checkpoint must not be able to do."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (open, ("touched-by-a-checkpoint",))


@pytest.mark.parametrize("kind", ["noise", "truncated", "pickle", "empty"])
def test_a_damaged_or_hostile_checkpoint_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(tmp_path / "run")
    folder.create(PLAN)
    folder.save_checkpoint({"policy": {"w": torch.zeros(300)}})
    path = folder.path / "checkpoint.pt"
    good = path.read_bytes()
    bad = {
        "noise": b"\x00\x01not a checkpoint",
        "truncated": good[: len(good) // 2],
        "pickle": hostile(good),
        "empty": b"",
    }[kind]
    path.write_bytes(bad)
    with pytest.raises(RunError, match="is damaged"):
        folder.load_checkpoint()
    assert not (tmp_path / "touched-by-a-checkpoint").exists()


def hostile(checkpoint: bytes) -> bytes:
    """The checkpoint with a pickle that opens a file when it is loaded without care."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(checkpoint)) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.namelist():
            evil = item.endswith("data.pkl")
            new.writestr(item, pickle.dumps(Evil()) if evil else old.read(item))
    return changed.getvalue()


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 2}', '{"a": NaN}'])
def test_a_damaged_run_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match="run.json"):
        RunFolder(tmp_path).info()
