"""The page about shifts says what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

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


def test_its_shift_files_are_valid(page: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        assert ShiftPlan.from_data(tomllib.loads(block)).shifts


@pytest.mark.parametrize("union", [What, Schedule], ids=["what", "when"])
def test_it_names_every_kind(page: str, union: Any) -> None:
    found = kinds(union)
    assert len(found) > 5
    told = set(re.findall(r"`([a-z_]+)`", page))
    for prefix, names in re.findall(r"\| `(\w+\.)` \|(.*)\|", page):
        told |= {prefix + name for name in re.findall(r"`(\w+)`", names)}
    assert found - told == set()
