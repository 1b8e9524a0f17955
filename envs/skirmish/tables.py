"""The tables of the races: what can be made, of what, and what it does; read, checked, flattened.

A table is TOML under ``assets/skirmish``: a head ``[race]`` and a table ``[things.NAME]`` for every
unit, structure and upgrade. A balance patch is a list of edits ``"NAME.COLUMN = VALUE"``; the
result is checked like the table itself.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any, Literal

from pydantic import Field

from adaptarium.envs.core.errors import FactorError, unknown_name
from adaptarium.envs.core.factors import Group, validated
from adaptarium.envs.skirmish import codes

Attribute = Literal[
    "light", "armored", "biological", "mechanical", "psionic", "massive", "structure", "heroic"
]
_MOST = 3000  # no figure of a table is larger; all fit 16 bits once in fixed point


class Weapon(Group):
    """An attack: ``hits`` times ``damage`` every ``cooldown`` seconds at up to ``range`` cells."""

    damage: float = Field(ge=0, le=1000)
    hits: int = Field(1, ge=1, le=32)
    cooldown: float = Field(gt=0, le=100)
    range: float = Field(ge=0, le=50)
    bonus: float = Field(0, ge=0, le=1000)
    against: Attribute | None = None


class Thing(Group):
    """A unit, a structure or an upgrade. Costs, seconds, hit points, cells and cells a second."""

    kind: Literal["unit", "structure", "upgrade"]
    minerals: int = Field(ge=0, le=_MOST)
    gas: int = Field(0, ge=0, le=_MOST)
    supply: float = Field(0, ge=0, le=20, multiple_of=0.5)
    provides: int = Field(0, ge=0, le=50)
    time: int = Field(ge=0, le=_MOST)
    life: int = Field(0, ge=0, le=_MOST)
    shields: int = Field(0, ge=0, le=_MOST)
    armour: int = Field(0, ge=0, le=50)
    speed: float = Field(0, ge=0, le=50)
    attributes: tuple[Attribute, ...] = ()
    air: bool = False
    hidden: bool = False
    detector: bool = False
    suicide: bool = False
    splash: float = Field(0, ge=0, le=20)
    ground: Weapon | None = None
    sky: Weapon | None = None
    producer: str = ""
    mode: Literal["", "occupies", "releases", "consumes", "becomes"] = ""
    consumed: int = Field(1, ge=1, le=8)
    makes: int = Field(1, ge=1, le=8)
    most: int = Field(0, ge=0, le=200)
    needs: tuple[str, ...] = ()
    counts_as: tuple[str, ...] = ()
    role: Literal["", "worker", "hall", "refinery", "defence", "larva", "guard", "support"] = ""
    start_energy: int = Field(0, ge=0, le=200)
    quick_time: int = Field(0, ge=0, le=_MOST)
    quick_needs: str = ""
    effect: Literal[
        "none", "attack", "armour", "speed", "range", "haste", "splash", "regeneration"
    ] = "none"
    amount: float = Field(0, ge=0, le=300)
    affects: tuple[str, ...] = ()


class Boost(Group):
    """What energy is good for: production goes on half as fast again, or ``makes`` larvae come."""

    kind: Literal["hasten", "spawn"]
    caster: str
    energy: int = Field(gt=0, le=200)
    time: int = Field(20, ge=1, le=_MOST)
    makes: int = Field(0, ge=0, le=8)


class Regeneration(Group):
    """Hit points a second that a body out of a fight gets back."""

    life: float = Field(0, ge=0, le=50)
    shields: float = Field(0, ge=0, le=50)


class Head(Group):
    """A race as a whole: its source, the things with a part to play, what it starts with."""

    name: str
    source: str
    hall: str
    supplier: str
    refinery: str
    larva: str = ""
    scouts: tuple[str, ...]
    boost: Boost
    regeneration: Regeneration = Regeneration()
    start: dict[str, int]


class Race(Group):
    """A whole table."""

    race: Head
    things: dict[str, Thing]

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The things in the order of their numbers: units, structures, upgrades."""
        kinds = ("unit", "structure", "upgrade")
        return tuple(sorted(self.things, key=lambda name: kinds.index(self.things[name].kind)))

    @functools.cached_property
    def bodies(self) -> int:
        """How many of the things are units or structures."""
        return sum(thing.kind != "upgrade" for thing in self.things.values())

    def number(self, name: str) -> int:
        """The number of a thing; -1 for no name."""
        return self.names.index(name) if name else -1


@functools.cache
def race(name: str, patch: tuple[str, ...] = ()) -> Race:
    """The table of a race, with the edits of ``patch`` that are about it.

    Args:
        name: One of ``codes.RACES``.
        patch: Edits ``"NAME.COLUMN = VALUE"``; the value is written as in TOML.

    Raises:
        UnknownNameError: there is no such race.
        FactorError: the patched table is broken: the row and the reason are named.
    """
    if name not in codes.RACES:
        raise unknown_name("race", name, codes.RACES)
    data = _read(f"{name}.toml")
    for edit in patch:
        _apply(data, name, edit)
    return checked(data)


def check_patch(patch: Sequence[str]) -> None:
    """Check that every edit is about a thing of some race, and that all races are whole with it.

    Raises:
        FactorError: an edit is malformed or breaks a table.
        UnknownNameError: it names nothing.
    """
    known = {name: owner for owner in codes.RACES for name in race(owner).things}
    for edit in patch:
        thing, column, _ = split_edit(edit)
        if thing not in known:
            raise unknown_name("thing", thing, known)
        if column not in Thing.model_fields:
            raise unknown_name("column", column, Thing.model_fields)
    for name in codes.RACES:
        race(name, tuple(patch))


def split_edit(edit: str) -> tuple[str, str, Any]:
    """Thing, column and value of an edit.

    Raises:
        FactorError: it is none.
    """
    place, mark, value = edit.partition("=")
    thing, dot, column = place.strip().rpartition(".")
    try:
        if not mark or not dot:
            raise tomllib.TOMLDecodeError
        return thing, column, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        wanted = 'expected "NAME.COLUMN = VALUE", as "blade.minerals = 90"'
        raise FactorError(f"edit {edit!r:.80}: {wanted}") from None


def checked(data: Mapping[str, Any]) -> Race:
    """A whole table from plain data.

    Raises:
        FactorError: a figure lies out of its range, or a row contradicts another.
        UnknownNameError: a row names a thing that the table lacks.
    """
    found: Race = validated(Race, data, "table")
    _check_sizes(found)
    _check_names(found)
    _check_cycles(found)
    return found


def _read(file: str) -> dict[str, Any]:
    text = resources.files("adaptarium.assets").joinpath("skirmish", file).read_text("utf-8")
    return tomllib.loads(text)


def _apply(data: dict[str, Any], name: str, edit: str) -> None:
    thing, column, value = split_edit(edit)
    if thing in data["things"]:
        data["things"][thing][column] = value


def _check_sizes(found: Race) -> None:
    for what, count, most in (
        ("units and structures", found.bodies, codes.BODIES),
        ("things", len(found.things), codes.THINGS),
    ):
        if count > most:
            raise FactorError(f"race {found.race.name}: {count} {what}, expected at most {most}")


def _named(found: Race) -> Iterator[tuple[str, str]]:
    """Every place that names a thing, with the name."""
    head = found.race
    for field in ("hall", "supplier", "refinery", "larva"):
        yield f"race.{field}", getattr(head, field)
    yield "race.boost.caster", head.boost.caster
    yield from (("race.scouts", name) for name in head.scouts)
    yield from (("race.start", name) for name in head.start)
    for name, thing in found.things.items():
        for field in ("producer", "quick_needs"):
            yield f"things.{name}.{field}", getattr(thing, field)
        for field in ("needs", "counts_as", "affects"):
            yield from ((f"things.{name}.{field}", other) for other in getattr(thing, field))


def _check_names(found: Race) -> None:
    for where, name in _named(found):
        if name and name not in found.things:
            raise unknown_name(where, name, found.things)
    for name, thing in found.things.items():
        if bool(thing.mode) != bool(thing.producer):
            raise FactorError(f"things.{name}: expected producer and mode together")
        if thing.kind == "upgrade" and thing.mode != "occupies":
            raise FactorError(f'things.{name}.mode = {thing.mode!r}: expected "occupies"')
        if thing.kind != "upgrade" and not thing.life:
            raise FactorError(f"things.{name}.life = 0: expected at least 1")


def _check_cycles(found: Race) -> None:
    """Everything that is made can be made from what there is at the start."""
    have = {*found.race.start}
    waiting = [name for name, thing in found.things.items() if thing.mode and name not in have]
    while waiting:
        free = [name for name in waiting if {*_before(found.things[name])} <= have]
        if not free:
            first = waiting[0]
            missing = sorted({*_before(found.things[first])} - have)
            raise FactorError(
                f"things.{first}: it needs {', '.join(missing)}, which cannot be had before it "
                "(a cycle of prerequisites)"
            )
        for name in free:
            have |= {name, *found.things[name].counts_as}
        waiting = [name for name in waiting if name not in have]


def _before(thing: Thing) -> Iterator[str]:
    """What there must be before a thing can be made."""
    yield from thing.needs
    yield thing.producer
