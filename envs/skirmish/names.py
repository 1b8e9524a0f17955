"""What things are called: the tables' neutral names, or another skin's."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.tables import race

SKINS = ("neutral", "starcraft")


@functools.cache
def names(of_race: str, skin: str = "neutral") -> tuple[str, ...]:
    """The names of a race's things in the order of their numbers, in lower case.

    Args:
        of_race: One of ``codes.RACES``.
        skin: One of ``SKINS``.

    Raises:
        UnknownNameError: there is no such skin.
        FactorError: the skin's table names other things than the race's.
    """
    if skin not in SKINS:
        raise unknown_name("skin", skin, SKINS)
    own = race(of_race).names
    if skin == "neutral":
        return own
    table = _skin(skin)[of_race]
    if {*table} != {*own}:
        raise FactorError(f"{skin}.toml: expected a name for every thing of {of_race}")
    return tuple(table[name].lower() for name in own)


def race_name(of_race: str, skin: str = "neutral") -> str:
    """What a race is called."""
    return of_race if skin == "neutral" else str(_skin(skin)["races"][of_race]).lower()


@functools.cache
def _skin(skin: str) -> Mapping[str, Mapping[str, str]]:
    folder = resources.files("adaptarium.assets").joinpath("skirmish")
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(
        folder.joinpath(f"{skin}.toml").read_text("utf-8")
    )
    return found


_VERBS = {"unit": "train", "structure": "build", "upgrade": "research"}


def menu_of(of_race: str, skin: str = "neutral") -> list[str]:
    """The names of all actions of a race; numbers that it has no thing for are ``nothing N``."""
    table, called = race(of_race), names(of_race, skin)
    things = [
        f"{_VERBS[table.things[own].kind]} {name}"
        for own, name in zip(table.names, called, strict=True)
    ]
    spare = range(len(things), codes.THINGS)
    return [*codes.COMMON, *things, *(f"nothing {number}" for number in spare)]
