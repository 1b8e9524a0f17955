"""The reference: every public name has a docstring and a place in the pages."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import adaptarium

NAMES = [name for name in adaptarium.__all__ if not name.startswith("__")]


@pytest.mark.parametrize("name", NAMES)
def test_public_name_has_a_docstring(name: str) -> None:
    public = getattr(adaptarium, name)
    assert (public.__doc__ or "").strip()
    for method, function in inspect.getmembers(public, inspect.isfunction):
        if inspect.isclass(public) and not method.startswith("_"):
            assert (function.__doc__ or "").strip(), method


@pytest.mark.full
def test_reference_is_built_with_every_public_name(root: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(root / "docs" / "reference.py"), str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    page = (tmp_path / "adaptarium.html").read_text(encoding="utf-8")
    for name in NAMES:
        public = getattr(adaptarium, name)
        if inspect.ismodule(public):
            assert (tmp_path / f"{public.__name__.replace('.', '/')}.html").is_file()
        else:
            assert f'<section id="{name}">' in page
