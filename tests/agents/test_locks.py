"""A folder belongs to one process at a time, and to none once that has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import adaptarium
from adaptarium.agents.locks import LOCK_NAME, locked
from adaptarium.envs.core.errors import ResultsError, RunError

HOLDER = """
import sys, time
from adaptarium.agents.locks import locked
from adaptarium.envs.core.errors import RunError
with locked(sys.argv[1], RunError):
    print("held", flush=True)
    time.sleep(600)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_in_use_is_refused_until_its_process_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "held"
    process = holder(folder)
    try:
        said = rf"held is in use by another process \(process {process.pid}\); wait until it has"
        with pytest.raises(ResultsError, match=said):
            adaptarium.evaluate("Empty-v0", "random", episodes=1, out=folder)
        with pytest.raises(RunError, match=said):
            adaptarium.train("Empty-v0", steps=64, num_envs=2, out=folder)
        assert [path.name for path in folder.iterdir()] == [LOCK_NAME]
    finally:
        process.kill()
        process.communicate()
    assert (folder / LOCK_NAME).exists()  # left behind, and holding nobody
    with locked(folder, RunError):
        pass
    assert list(folder.iterdir()) == []


def test_a_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path, RunError):
        raise ZeroDivisionError
    with (
        locked(tmp_path, RunError),
        pytest.raises(RunError, match="in use"),
        locked(tmp_path, RunError),
    ):
        pass


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunError, match="file is a file; expected a folder"),
        locked(tmp_path / "file", RunError),
    ):
        pass
