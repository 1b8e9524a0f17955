"""The built-in players' tables: handicaps by level, plans by race and style; read and checked."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Annotated, Any

from pydantic import Field

from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.envs.core.factors import Group, validated
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.tables import race

Row = tuple[Annotated[int, Field(ge=0, le=200)], str, Annotated[int, Field(ge=1, le=200)]]


class Style(Group):
    """What a player goes for: see the head of ``assets/skirmish/opponents.toml``."""

    plan: tuple[Row, ...] = Field(max_length=codes.PLAN)
    army: dict[str, int]
    workers: int = Field(ge=1, le=100)
    attack: int = Field(ge=1, le=200)
    surplus: tuple[str, int]


class Economy(Group):
    """What the economies of all races share: see the head of ``assets/skirmish/economy.toml``."""

    worker_near: float = Field(ge=0, le=1000)
    worker_far: float = Field(ge=0, le=1000)
    worker_third: float = Field(ge=0, le=1000)
    worker_gas: float = Field(ge=0, le=1000)
    patches_near: int = Field(ge=0, le=20)
    patches_far: int = Field(ge=0, le=20)
    patch_near: int = Field(ge=0, le=10_000)
    patch_far: int = Field(ge=0, le=10_000)
    geysers: int = Field(ge=0, le=8)
    geyser: int = Field(ge=0, le=10_000)
    energy: float = Field(ge=0, le=10)
    most_energy: int = Field(ge=0, le=1000)
    larva_time: int = Field(ge=1, le=1000)
    most_larvae: int = Field(ge=0, le=20)
    minerals: int = Field(ge=0, le=10_000)
    first_load: int = Field(ge=0, le=60)


@functools.cache
def _tables() -> dict[str, Any]:
    folder = resources.files("adaptarium.assets").joinpath("skirmish")
    return tomllib.loads(folder.joinpath("opponents.toml").read_text("utf-8"))


@functools.cache
def economy() -> Economy:
    """The economy's figures."""
    folder = resources.files("adaptarium.assets").joinpath("skirmish")
    data = tomllib.loads(folder.joinpath("economy.toml").read_text("utf-8"))
    found: Economy = validated(Economy, data, "economy")
    return found


def handicaps() -> dict[str, list[int]]:
    """Each handicap by its name, one value a level."""
    return {name: list(_tables()["levels"][name]) for name in codes.HANDICAPS}


@functools.cache
def style(of_race: str, name: str) -> Style:
    """The plan of one style of a race.

    Raises:
        FactorError: the table is broken.
        UnknownNameError: it names a thing that the race lacks.
    """
    found: Style = validated(Style, _tables()[of_race][name], "plan")
    known = race(of_race).things
    named = [thing for _, thing, _ in found.plan] + [*found.army, found.surplus[0]]
    for thing in named:
        if thing not in known:
            raise unknown_name(f"{of_race}.{name}", thing, known)
    if any(not known[thing].supply for thing in found.army):
        raise FactorError(f"{of_race}.{name}.army: expected units that need supply")
    return found
