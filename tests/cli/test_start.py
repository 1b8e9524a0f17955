"""The command line starts fast: listing and help load neither the compiler nor a learner."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("llvmlite", "matplotlib", "numba", "pygame", "stable_baselines3", "torch")
CODE = (
    "import json, sys\n"
    "from adaptarium.cli import main\n"
    "sys.argv[0] = 'adaptarium'\n"
    "try:\n"
    "    main()\n"
    "except SystemExit as end:\n"
    "    status = end.code or 0\n"
    "print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)\n"
)


def run(folder: Path, *words: str) -> tuple[str, int, list[str]]:
    """What a command prints, its status, and the heavy modules that it loaded."""
    command = [sys.executable, "-c", CODE, *words]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    status, loaded = json.loads(ran.stderr.splitlines()[-1])
    return ran.stdout, status, [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize(
    "words", [("--help",), ("list",), ("list", "--json"), ("train", "--help"), ("--version",)]
)
def test_light_commands_load_nothing_heavy(tmp_path: Path, words: tuple[str, ...]) -> None:
    told, status, heavy = run(tmp_path, *words)
    assert told.strip()
    assert (status, heavy) == (0, [])


def test_a_refused_world_loads_no_compiler(tmp_path: Path) -> None:
    told, status, heavy = run(tmp_path, "evaluate", "--worlds", "DoorKy-v0", "--agents", "random")
    assert (told, status) == ("", 1)
    assert "torch" not in heavy


def test_the_installed_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "adaptarium", "show", "DoorKy-v0"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    assert line.startswith(
        "adaptarium: error: unknown world 'DoorKy-v0'; did you mean 'DoorKey-v0'"
    )
