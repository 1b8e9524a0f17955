"""Every registered world keeps every contract."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import adaptarium
from adaptarium.envs.core import registry
from adaptarium.testing import CONTRACTS, DEFECTS, check_family, check_world

IDS = [spec.id for spec in adaptarium.catalog.registry.world_specs()]
FAMILIES = [family.name for family in registry.families()]


@pytest.mark.parametrize("world_id", IDS)
def test_every_registered_world_keeps_its_contracts(world_id: str) -> None:
    report = check_world(world_id)
    assert set(report.outcomes) == {one.name for one in CONTRACTS if not one.thorough}


@pytest.mark.full
@pytest.mark.parametrize("world_id", IDS)
def test_every_registered_world_keeps_its_contracts_thoroughly(world_id: str) -> None:
    report = check_world(world_id, thorough=True)
    assert set(report.outcomes) == {one.name for one in CONTRACTS}


@pytest.mark.full
@pytest.mark.parametrize("family", FAMILIES)
def test_no_factor_of_a_family_is_dead(family: str) -> None:
    assert check_family(family).outcomes["live"].numbers["values"] >= 2


def test_a_strangers_worlds_are_checked_through_the_registry(corridor_worlds: list[str]) -> None:
    assert corridor_worlds == ["Corridor-v0", "FoggyCorridor-v0"]
    for world_id in corridor_worlds:
        assert check_world(f"adaptarium/{world_id}").subject == world_id
    acted = check_family("corridor").acted
    assert {"transition.slip", "action.order", "episode.inner_episodes"} <= acted


@pytest.mark.full
def test_a_strangers_world_is_checked_thoroughly(corridor_worlds: list[str]) -> None:
    report = check_world(corridor_worlds[1], thorough=True)
    assert report.outcomes["snapshot-in-process"].status == "kept"


def test_a_report_reads_as_text_and_as_data(corridor_worlds: list[str]) -> None:
    report = check_world(corridor_worlds[0])
    assert str(report).startswith("Corridor-v0: every contract kept (")
    assert "kept    masks" in str(report)
    data = json.loads(json.dumps(report.to_data()))
    assert data["contracts"]["masks"]["numbers"]["states"] > 0
    assert "transition.slip" in data["acted"]


def test_the_documentation_lists_every_defect(root: Path) -> None:
    text = (root / "docs" / "contract-kit.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, re.MULTILINE))
    assert {name: listed.get(name) for name in DEFECTS} == DEFECTS
