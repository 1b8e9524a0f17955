"""The page on what can be learnt: its table adds up, and what it is made with exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adaptarium.agents.rl.settings import settings_for
from adaptarium.envs.core import registry

IDS = [spec.id for spec in registry.world_specs()]
FAMILIES = [family.name for family in registry.families()]
ROW = re.compile(r"^\| (\w+-v\d+)[^|]*\| (-?[\d.]+) \[(-?[\d.]+), (-?[\d.]+)\] \|", re.MULTILINE)
SUMMARY = re.compile(
    r"The lower bound is above 0.5 on (\d+) of (\d+) and above 0 on (\d+) of (\d+)"
)


@pytest.fixture
def choices(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "benchmarks" / "every_world.toml").read_text(encoding="utf-8"))


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "every-world.md").read_text(encoding="utf-8")


def test_choices_are_made_for_worlds_and_kinds_that_exist(choices: dict[str, Any]) -> None:
    assert set(choices["world"]) <= set(IDS)
    assert set(choices["kind"]) <= {*FAMILIES, "team", "trial"}
    assert all(row["why"] for row in choices["world"].values())


def test_their_hyperparameters_are_those_of_the_learner(choices: dict[str, Any]) -> None:
    rows = [choices["default"], *choices["kind"].values(), *choices["world"].values()]
    for row in rows:
        settings_for("fast-ppo", "grid", row.get("hyper", {}))


def test_the_table_holds_registered_worlds_and_its_summary_is_of_its_rows(page: str) -> None:
    rows = {name: [float(part) for part in rest] for name, *rest in ROW.findall(page)}
    assert rows
    assert set(rows) <= set(IDS)
    assert all(low <= score <= high for score, low, high in rows.values())
    half, of, positive, again = map(int, SUMMARY.findall(page)[0])
    assert of == again == len(rows)
    # Two decimals are printed: a bound that is printed as the mark may lie on either side of it.
    lows = [low for _, low, _ in rows.values()]
    assert sum(low > 0.5 for low in lows) <= half <= sum(low >= 0.5 for low in lows)
    assert sum(low > 0 for low in lows) <= positive <= sum(low >= 0 for low in lows)
