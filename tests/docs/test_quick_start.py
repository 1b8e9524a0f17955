"""The quick start is true: its commands run in order, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SIZES = {"STEPS": "2048", "EPISODES": "10"}  # the variables that the page names
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def page(root: Path) -> str:
    return (root / "docs" / "quick-start.md").read_text(encoding="utf-8")


def shell(commands: str, folder: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a block as a person would who has activated the environment of these tests."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-eu", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": path, **SIZES},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def test_commands_run_in_order(root: Path, tmp_path: Path) -> None:
    install, *blocks = BLOCK.findall(page(root))
    assert install.startswith("make install")
    for commands in blocks:
        if "adaptarium play" in commands:  # goes on until Escape
            with pytest.raises(subprocess.TimeoutExpired) as stopped:
                shell(f"exec {commands}", tmp_path, 4)  # so that the time-out ends it
            assert b"rror" not in (stopped.value.stderr or b"")
            continue
        ran = shell(commands, tmp_path, 120)
        assert ran.returncode == 0, f"{commands}\n{ran.stderr}"
    made = ("level.png", "levels.jsonl", "runs/doorkey/run.json", "results/doorkey/report.html")
    assert all((tmp_path / name).stat().st_size for name in made)


@pytest.mark.full
def test_installation_runs(root: Path) -> None:
    ran = shell(BLOCK.findall(page(root))[0], root, 900)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/quick-start.md", "CONTRIBUTING.md"])
def test_links_lead_to_files(root: Path, name: str) -> None:
    path = root / name
    missing = [
        link
        for link in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]
    assert not missing
