"""The tables: whole, with known figures; broken ones are refused with the row and the reason."""

from __future__ import annotations

import copy
import tomllib
from importlib import resources
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.errors import AdaptariumError, FactorError, UnknownNameError
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.names import SKINS, names
from adaptarium.envs.skirmish.opponents import style
from adaptarium.envs.skirmish.rules import Rules, flatten
from adaptarium.envs.skirmish.tables import check_patch, checked, race


def table(of_race: str = "crystal") -> dict[str, Any]:
    folder = resources.files("adaptarium.assets").joinpath("skirmish")
    return tomllib.loads(folder.joinpath(f"{of_race}.toml").read_text("utf-8"))


# Liquipedia, Legacy of the Void, unit and building pages: minerals, gas, supply, seconds.
KNOWN = {
    "crystal": {
        "artificer": (50, 0, 1, 12),
        "blade": (100, 0, 2, 27),
        "strider": (125, 50, 2, 30),
        "bulwark": (275, 100, 4, 39),
        "walker": (300, 200, 6, 54),
        "prism": (200, 150, 4, 37),
        "sanctum": (400, 0, 0, 71),
        "obelisk": (100, 0, 0, 18),
        "portal": (150, 0, 0, 46),
        "core": (150, 0, 0, 36),
        "portal gates": (50, 50, 0, 100),
    },
    "swarm": {
        "tender": (50, 0, 1, 12),
        "drifter": (100, 0, 0, 18),
        "skitter": (50, 0, 0.5, 17),
        "matron": (150, 0, 2, 36),
        "crawler": (75, 25, 2, 19),
        "carrion": (100, 100, 2, 24),
        "hive mound": (300, 0, 0, 71),
        "pool": (200, 0, 0, 46),
        "lair": (150, 100, 0, 57),
        "swift skitters": (100, 100, 0, 79),
    },
}


@pytest.mark.parametrize("of_race", codes.RACES)
def test_figures_are_those_of_the_game(of_race: str) -> None:
    things = race(of_race).things
    for name, known in KNOWN[of_race].items():
        thing = things[name]
        assert (thing.minerals, thing.gas, thing.supply, thing.time) == known, name


@pytest.mark.parametrize("of_race", codes.RACES)
def test_a_race_has_as_many_actions_as_a_macro_player_uses(of_race: str) -> None:
    found = race(of_race)
    assert len(found.names) <= codes.THINGS
    made = sum(bool(thing.mode) for thing in found.things.values())
    assert 60 <= made + codes.FIRST_THING <= 72
    assert found.race.source


@pytest.mark.parametrize(
    ("row", "column", "value", "told"),
    [
        ("blade", "minerals", -5, "things.blade.minerals = -5"),
        ("blade", "mode", "grows", "things.blade.mode"),
        ("blade", "price", 5, "price"),
        ("blade", "producer", "portals", "portal"),
        ("core", "needs", ["council"], "a cycle of prerequisites"),
        ("strider", "needs", ["strider"], "things.strider: it needs"),
        ("charge", "affects", ["knight"], "knight"),
        ("blade", "producer", "", "producer and mode together"),
    ],
)
def test_a_broken_row_is_refused(row: str, column: str, value: Any, told: str) -> None:
    data = copy.deepcopy(table())
    data["things"][row][column] = value
    with pytest.raises(AdaptariumError, match=told):
        checked(data)


def test_too_many_things_are_refused() -> None:
    data = copy.deepcopy(table())
    data["things"] |= {f"blade {n}": data["things"]["blade"] for n in range(codes.BODIES)}
    with pytest.raises(FactorError, match="expected at most"):
        checked(data)


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ("blade.minerals", "expected"),
        ("knight.minerals = 5", "knight"),
        ("blade.price = 5", "price"),
        ("blade.minerals = -5", "things.blade.minerals"),
        ("blade.minerals = five", "expected"),
    ],
)
def test_a_malformed_edit_is_refused(patch: str, told: str) -> None:
    with pytest.raises((FactorError, UnknownNameError), match=told):
        check_patch((patch,))


def test_an_edit_changes_its_column_and_nothing_else() -> None:
    plain = flatten(Rules())
    patched = flatten(Rules.model_validate({"races": {"patch": ["blade.minerals = 90"]}}))
    blade = race("crystal").number("blade")
    assert patched["minerals"][0, blade] == 90
    patched["minerals"][0, blade] = 100
    assert all(np.array_equal(plain[name], patched[name]) for name in plain.dtype.names)


@pytest.mark.parametrize("of_race", codes.RACES)
def test_every_skin_names_everything_once(of_race: str) -> None:
    for skin in SKINS:
        found = names(of_race, skin)
        assert len({*found}) == len(race(of_race).names)
    with pytest.raises(UnknownNameError, match="neutral"):
        names(of_race, "nutral")


@pytest.mark.parametrize("of_race", codes.RACES)
@pytest.mark.parametrize("name", codes.STYLES[1:])
def test_every_plan_can_be_followed(of_race: str, name: str) -> None:
    """What a plan asks for has its prerequisites in an earlier row, or at the start."""
    things, plan = race(of_race).things, style(of_race, name)
    have = {*race(of_race).race.start}
    for _, wanted, _ in plan.plan:
        missing = {*things[wanted].needs, things[wanted].producer} - have
        assert not missing, f"{wanted} needs {missing}"
        have |= {wanted, *things[wanted].counts_as}
    for unit in plan.army:
        assert things[unit].supply
