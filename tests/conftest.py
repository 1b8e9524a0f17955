"""Shared by all tests: no window, no sound, and where the sources lie."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden playthroughs anew"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written instead of only compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository: the sources, also while the suite runs against an installed wheel."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def mapped_folders(root: Path) -> dict[str, Path]:
    """Import name -> folder, for every folder that is mapped into the import package."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    mapping = settings["tool"]["setuptools"]["package-dir"]
    return {name: root / folder for name, folder in mapping.items()}
