"""The page on teams and commons says what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import adaptarium
from adaptarium.envs.core.factors import factors_of
from adaptarium.envs.grid.layout import METRICS_DTYPE
from adaptarium.envs.grid.rules import Rules


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "teams.md").read_text(encoding="utf-8")


def test_every_factor_that_it_names_exists(page: str) -> None:
    named = set(re.findall(r"`((?:\w+)\.(?:\w+))(?:=[^`]*)?`", page)) - {"Reference.bound"}
    assert named <= set(factors_of(Rules))
    society = {name for name in factors_of(Rules) if name.split(".")[0] in ("players", "sanction")}
    assert society - {"sanction.reach"} <= named


def test_every_measure_that_it_names_exists(page: str) -> None:
    table = page.split("| measure |")[1]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {"efficiency", "equality", "sustainability", "peace"}
    assert named <= set(METRICS_DTYPE.names or ())


def test_it_tells_of_every_grid_world_of_several_seats(page: str) -> None:
    for spec in adaptarium.catalog.registry.world_specs():
        if spec.family == "grid" and spec.seats > 1:
            assert f"**{spec.id}**" in page


def test_its_environments_can_be_made() -> None:
    assert adaptarium.world("Cleanup-v0", players=8).vec(2).num_agents == 8  # type: ignore[union-attr]
    greedy = adaptarium.world("Harvest-v0", **{"players.built_in": "greedy"}).gym()
    greedy.reset(seed=0)
    assert greedy.step(1)[1] >= 0
