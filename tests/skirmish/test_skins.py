"""Skins: the same world told in other names, in the text face and on the command line."""

from __future__ import annotations

import pytest
from skirmish_scenes import ALONE

from adaptarium.commands.show import show
from adaptarium.envs.core.errors import UnknownNameError
from adaptarium.envs.core.world import load_world
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.tables import race
from adaptarium.envs.skirmish.text import NAMES


def test_the_text_face_speaks_in_a_skin() -> None:
    env = ALONE.text(skin="starcraft", transcript=False)
    assert "train probe" in env.menu()
    assert "hatchery" in env.manual()
    assert "train artificer" in ALONE.text(transcript=False).menu()


def test_a_world_is_shown_in_a_skin() -> None:
    assert "train zealot" in show(ALONE, skin="starcraft")["manual"]


@pytest.mark.parametrize(("world_id", "skin"), [("Skirmish-v0", "starcaft"), ("DoorKey-v0", "x")])
def test_an_unknown_skin_is_refused(world_id: str, skin: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown skin"):
        show(load_world(world_id), skin=skin)


def test_what_a_shuffle_permutes_are_units_by_one_word_each() -> None:
    things = {
        name: thing for of_race in codes.RACES for name, thing in race(of_race).things.items()
    }
    assert len({*NAMES}) == len(NAMES) > 20
    assert all(things[name].kind == "unit" and name.isalpha() for name in NAMES)
