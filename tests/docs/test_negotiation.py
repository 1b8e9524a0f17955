"""The page on negotiation says what there is, and its examples run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import adaptarium
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.negotiation.codes import KINDS, MESSAGES
from adaptarium.envs.negotiation.layout import COALITIONAL, JUDGED, SOCIAL
from adaptarium.envs.negotiation.rules import Rules

GROUPS = set(Rules.model_fields)


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "negotiation.md").read_text(encoding="utf-8")


def test_every_factor_that_it_names_exists(page: str) -> None:
    named = {name for name in re.findall(r"`(\w+\.\w+)`", page) if name.split(".")[0] in GROUPS}
    known = set(factors_of(Rules))
    assert named <= known
    assert {
        name for name in known if name.startswith(("transition", "traits", "speech", "reward"))
    } <= named


def test_every_kind_measure_and_world_is_named(page: str) -> None:
    for name in (*KINDS, *JUDGED, *COALITIONAL, *SOCIAL, *MESSAGES):
        assert f"`{name}`" in page
    for spec in adaptarium.catalog.registry.world_specs():
        if spec.family == "negotiation":
            assert f"| `{spec.id}` |" in page


def test_its_examples_run(page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "examples.py"
    script.write_text("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)))
    runpy.run_path(str(script))
    assert capsys.readouterr().out.count("deal") >= 5
