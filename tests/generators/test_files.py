"""Level files: whole, true, resumed after a kill, refused when damaged."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptarium.commands.generate import generate
from adaptarium.commands.validate import validate
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import random_returns
from adaptarium.generators.core.files import read_levels


@pytest.fixture(scope="module")
def level_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve levels of DoorKey 6x6."""
    path = tmp_path_factory.mktemp("levels") / "doorkey.jsonl"
    generate("DoorKey-v0", count=12, seed=3, overrides={"size": 6}, out=path)
    return path


def test_a_generated_file_is_valid(level_file: Path) -> None:
    report = validate(level_file)
    assert report["valid"], report["problems"]
    assert report["solved"] == report["replayed"] == report["idle"] == 12


@pytest.mark.parametrize("world", ["Maze-v0", "FrozenLake-v0", "LavaCrossing-v0", "FourRooms-v0"])
def test_every_generator_makes_valid_files(world: str, tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    generate(world, count=5, seed=1, out=path)
    assert validate(path)["valid"]


def test_the_same_seed_gives_the_same_file(level_file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    generate("DoorKey-v0", count=12, seed=3, overrides={"size": 6}, out=again)
    assert again.read_bytes() == level_file.read_bytes()
    other = tmp_path / "other.jsonl"
    generate("DoorKey-v0", count=12, seed=4, overrides={"size": 6}, out=other)
    assert other.read_bytes() != level_file.read_bytes()


def test_a_torn_partial_file_is_continued(level_file: Path, tmp_path: Path) -> None:
    whole = level_file.read_bytes()
    lines = whole.splitlines(keepends=True)
    path = tmp_path / "doorkey.jsonl"
    path.with_name(path.name + ".partial").write_bytes(b"".join(lines[:6]) + lines[6][:40])
    generate("DoorKey-v0", count=12, seed=3, overrides={"size": 6}, out=path)
    assert path.read_bytes() == whole


def test_a_killed_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "maze.jsonl"
    words = ["generate", "Maze-v0", "--count", "3000", "--seed", "3", "--out", str(path)]
    command = [sys.executable, "-m", "adaptarium", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path)
    partial = path.with_name(path.name + ".partial")
    while not (partial.exists() and partial.stat().st_size > 20_000):
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not path.exists()
    generate("Maze-v0", count=3000, seed=3, out=path)
    assert len(read_levels(path).records) == 3000
    assert not partial.exists()


def _edited(path: Path, line: int, **changes: object) -> bytes:
    lines = path.read_bytes().splitlines(keepends=True)
    data = json.loads(lines[line])
    data.update(changes)
    lines[line] = json.dumps(data).encode() + b"\n"
    return b"".join(lines)


def _refused(content: bytes, tmp_path: Path, match: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(LevelError, match=match):
        read_levels(path)


def test_damage_is_named(level_file: Path, tmp_path: Path) -> None:
    whole = level_file.read_bytes()
    record = json.loads(whole.splitlines()[1])
    level = record["level"]
    _refused(b"", tmp_path, "empty")
    _refused(whole[:-20], tmp_path, "truncated")
    _refused(b"\n".join(whole.splitlines()[:-1]) + b"\n", tmp_path, "header says 12 levels")
    _refused(_edited(level_file, 1, hash="0" * 16), tmp_path, "the level's is")
    _refused(_edited(level_file, 1, index=5), tmp_path, "index 5, expected 0")
    _refused(_edited(level_file, 0, world="DoorKy-v0"), tmp_path, "DoorKey-v0")
    _refused(_edited(level_file, 0, schema="adaptarium-levels/9"), tmp_path, "schema")
    _refused(whole.replace(b'"difficulty":', b'"difficulty": NaN, "x":', 2), tmp_path, "NaN")
    _refused(whole.replace(b'"index": 0,', b'"index": 0, "index": 0,'), tmp_path, "twice")
    deep = b"[" * 100_000 + b"]" * 100_000
    _refused(whole.replace(b'"objects": []', b'"objects": ' + deep, 1), tmp_path, "nested|longer")
    strange = {**level, "map": [row.replace(".", "?", 1) for row in level["map"]]}
    _refused(_edited(level_file, 1, level=strange), tmp_path, r"unknown tile '\?'")
    huge = {**level, "map": ["#" * 100_000]}
    _refused(_edited(level_file, 1, level=huge), tmp_path, "expected 1 to")
    sized = {**level, "height": 10**9, "width": 10**9}
    _refused(_edited(level_file, 1, level=sized), tmp_path, "unknown key")


def test_a_false_reference_is_found(level_file: Path, tmp_path: Path) -> None:
    record = json.loads(level_file.read_bytes().splitlines()[1])
    better = {**record["reference"], "return": record["reference"]["return"] + 0.01}
    path = tmp_path / "false.jsonl"
    path.write_bytes(_edited(level_file, 1, reference=better))
    report = validate(path)
    assert not report["valid"]
    assert any("level 0" in problem for problem in report["problems"])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_files_raise_the_documented_exception_only(
    data: st.DataObject, level_file: Path, tmp_path: Path
) -> None:
    content = bytearray(level_file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "copy"]))
        if kind == "flip":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 200))]
        elif kind == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        else:
            content[at:at] = content[at : at + data.draw(st.integers(1, 400))]
        if not content:
            break
    path = tmp_path / "mutated.jsonl"
    path.write_bytes(bytes(content))
    with contextlib.suppress(LevelError):  # anything else fails the test
        read_levels(path)


@pytest.mark.parametrize("name", ["", "folder", "folder/levels.jsonl/levels.jsonl"])
@pytest.mark.parametrize("suffix", ["", ".npz"])
def test_a_name_that_cannot_be_a_file_is_refused(name: str, suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"folder{suffix}").mkdir()
    (tmp_path / "folder").mkdir(exist_ok=True)
    (tmp_path / "folder" / "levels.jsonl").write_text("here")
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / f"{name}{suffix}" if name else Path()
    with pytest.raises(
        LevelError, match="expected the name of a file|is a file; expected a folder"
    ):
        generate("Maze-v0", count=2, out=path)
    assert sorted(tmp_path.rglob("*")) == before


# ---- invented numbers ----


def _found(content: bytes, tmp_path: Path) -> list[str]:
    path = tmp_path / "invented.jsonl"
    path.write_bytes(content)
    return list(validate(path)["problems"])


def _part(path: Path, name: str) -> dict[str, object]:
    return dict(json.loads(path.read_bytes().splitlines()[1])[name])


@pytest.mark.parametrize(
    ("part", "changes", "told"),
    [
        ("random", {"mean": 0.9}, "the file says a random return of 0.9, measured"),
        ("random", {"mean": 0.9, "stderr": 0.0}, "the file says a random return of 0.9, measured"),
        ("random", {"mean": 0.9, "stderr": 9.0}, "the file says a random return of 0.9, measured"),
        ("random", {"mean": 0.9, "n": 2**62}, "the file says a random return of 0.9, measured"),
        ("random", {"stderr": 2.0}, "the file says a standard error of 2 for random play"),
        ("reference", {"length": 1}, "the file says a reference of 1 steps, the solver finds"),
    ],
)
def test_invented_numbers_are_found(
    level_file: Path, tmp_path: Path, part: str, changes: dict[str, object], told: str
) -> None:
    changed = {**_part(level_file, part), **changes}
    problems = _found(_edited(level_file, 1, **{part: changed}), tmp_path)
    assert any(problem.startswith(f"level 0: {told}") for problem in problems), problems
    assert all(problem.startswith("level 0: ") for problem in problems)


def test_an_invented_difficulty_is_found(level_file: Path, tmp_path: Path) -> None:
    (problem,) = _found(_edited(level_file, 1, difficulty=7), tmp_path)
    assert problem.startswith("level 0: difficulty 7, expected 0.")


@pytest.mark.parametrize("world", ["DoorKey-v0", "Empty-v0", "FrozenLake-v0", "Foraging-v0"])
def test_another_true_sample_of_random_play_is_believed(world: str, tmp_path: Path) -> None:
    path = tmp_path / "levels.jsonl"
    generate(world, count=30, seed=5, out=path)
    file = read_levels(path)
    lines = path.read_bytes().splitlines(keepends=True)
    for n in (16, 32, 100, 3000):
        means, errors, _ = random_returns(file.world, file.bank, range(30), n, seed=77)
        for k in range(30):
            data = json.loads(lines[k + 1])
            data["random"] = {"mean": float(means[k]), "stderr": float(errors[k]), "n": n}
            lines[k + 1] = json.dumps(data).encode() + b"\n"
        assert _found(b"".join(lines), tmp_path) == []


def test_a_header_does_not_contradict_its_world(level_file: Path, tmp_path: Path) -> None:
    expected = "that of DoorKey-v0 with the header's overrides"
    _refused(_edited(level_file, 0, generator="maze"), tmp_path, f"expected 'doorkey', {expected}")
    _refused(_edited(level_file, 0, split="test"), tmp_path, f"expected 'all', {expected}")
    _refused(
        _edited(level_file, 0, knobs={"size": 8}), tmp_path, f"size = 8; expected 6, {expected}"
    )
    _refused(
        _edited(level_file, 0, knobs={"siez": 6}), tmp_path, "knob 'siez'; did you mean 'size'"
    )
    _refused(_edited(level_file, 0, overrides={}), tmp_path, "knobs.size = 6; expected 8")
