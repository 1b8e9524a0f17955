"""The wheel holds every module and data file of the mapped folders, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BUILD_INPUTS = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", ".*", "*~", "*.tmp", "*.nbi", "*.nbc")


@pytest.fixture(scope="module")
def source(root: Path, mapped_folders: dict[str, Path], tmp_path_factory) -> Path:
    """A copy of what the build reads: nothing is written beside the sources."""
    copy = tmp_path_factory.mktemp("source")
    for name in BUILD_INPUTS:
        shutil.copy2(root / name, copy / name)
    for folder in mapped_folders.values():
        shutil.copytree(folder, copy / folder.relative_to(root), ignore=LEFT_BEHIND)
    shutil.copytree(root / "tests", copy / "tests", ignore=LEFT_BEHIND)
    return copy


@pytest.fixture(scope="module")
def wheel_names(source: Path, tmp_path_factory) -> set[str]:
    """The files of a wheel built from the copy."""
    out = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=source, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_exactly_the_mapped_folders(
    source: Path, root: Path, mapped_folders: dict[str, Path], wheel_names: set[str]
) -> None:
    expected = set()
    for package, folder in mapped_folders.items():
        copied = source / folder.relative_to(root)
        inside = (path.relative_to(copied) for path in copied.rglob("*") if path.is_file())
        expected |= {f"{package.replace('.', '/')}/{path.as_posix()}" for path in inside}
    held = {name for name in wheel_names if not name.startswith("adaptarium-")}
    assert "adaptarium/envs/core/errors.py" in expected
    assert sorted(expected - held) == [], "missing: a suffix without a glob in package-data?"
    assert sorted(held - expected) == []


def test_wheel_is_typed_licensed_and_has_the_command(wheel_names: set[str]) -> None:
    assert "adaptarium/py.typed" in wheel_names
    metadata = {name.split("/", 1)[1] for name in wheel_names if ".dist-info/" in name}
    assert {"licenses/LICENSE", "entry_points.txt", "METADATA"} <= metadata


@pytest.mark.parametrize(
    "bare", ["agents", "assets", "envs", "envs.core", "evaluation", "generators", "wrappers"]
)
def test_bare_folder_name_is_refused(root: Path, bare: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import {bare}"
    tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert tried.returncode != 0
    assert "ImportError" in tried.stderr
    assert f"use 'import adaptarium.{bare.split('.')[0]}'" in tried.stderr


def test_every_mapped_folder_is_tried_bare(mapped_folders: dict[str, Path]) -> None:
    (mark,) = test_bare_folder_name_is_refused.pytestmark
    tried = {f"adaptarium.{bare}" for bare in mark.args[1]}
    assert set(mapped_folders) - {"adaptarium"} <= tried
