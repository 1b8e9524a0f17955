"""The page about shifts says what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from adaptarium.evaluation.streams.plan import load_stream
from adaptarium.wrappers.schedules import Schedule
from adaptarium.wrappers.spec import ShiftPlan, What


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "shifts.md").read_text(encoding="utf-8")


def kinds(union: Any) -> set[str]:
    """The kinds of a union, of unions inside it too."""
    if hasattr(union, "model_fields"):
        return {union.model_fields["kind"].default}
    return {kind for part in get_args(union) for kind in kinds(part)}


def toml_blocks(page: str, mark: str) -> list[str]:
    """The page's pieces of TOML that hold tables of this name."""
    found = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    return [block for block in found if f"[[{mark}]]" in block]


def test_its_shift_files_are_valid(page: str) -> None:
    blocks = toml_blocks(page, "shift")
    assert blocks
    for block in blocks:
        assert ShiftPlan.from_data(tomllib.loads(block)).shifts


def test_its_streams_are_valid(page: str, root: Path, tmp_path: Path) -> None:
    (shift,) = toml_blocks(page, "shift")[:1]
    blocks = toml_blocks(page, "task")
    assert blocks
    (tmp_path / "fog.toml").write_text(shift, encoding="utf-8")
    for block in blocks:
        head = 'schema = "adaptarium-stream/1"\nname = "page"\nevaluate_every = 16384\n'
        (tmp_path / "stream.toml").write_text(head + block, encoding="utf-8")
        assert load_stream(tmp_path / "stream.toml").tasks


@pytest.mark.parametrize("union", [What, Schedule], ids=["what", "when"])
def test_it_names_every_kind(page: str, union: Any) -> None:
    found = kinds(union)
    assert len(found) > 5
    told = set(re.findall(r"`([a-z_]+)`", page))
    for prefix, names in re.findall(r"\| `(\w+\.)` \|(.*)\|", page):
        told |= {prefix + name for name in re.findall(r"`(\w+)`", names)}
    assert found - told == set()
