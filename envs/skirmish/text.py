"""The text face of the skirmish family: a report in six categories, its inverse, and orders.

The report is that of TextStarCraft II: resources, buildings, units, planning, research, enemy; then
the map, the forces, the orders of this decision, and what stands in the way of other orders. Zeros
are left out. Every number of the observation is a whole one over a fixed scale, so the report gives
the arrays back exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.answers import Invalid, parse_choice
from adaptarium.envs.core.world import World
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.layout import (
    AGE_SCALE,
    COUNT_SCALE,
    DONE_SCALE,
    FORCE_FIELDS,
    FORCE_SCALES,
    NODE_FIELDS,
    NODE_SCALES,
    PERCENT,
    REASON_SCALE,
    STATUS,
    STATUS_SCALES,
    observation_space,
)
from adaptarium.envs.skirmish.manual import manual, races_of
from adaptarium.envs.skirmish.names import SKINS, menu_of, names
from adaptarium.envs.skirmish.tables import Race, race

__all__ = ["NAMES", "SKINS", "Text"]

Observation = Mapping[str, Any]

# What a shuffled skin calls other things by: the units of all races whose name is one word.
NAMES = tuple(
    name
    for of_race in codes.RACES
    for name, thing in race(of_race).things.items()
    if thing.kind == "unit" and name.isalpha()
)

_SCALES: dict[str, Any] = {
    "status": STATUS_SCALES,
    **dict.fromkeys(("own", "planned", "enemy"), COUNT_SCALE),
    "progress": PERCENT,
    "sighted": AGE_SCALE,
    "nodes": NODE_SCALES,
    "forces": FORCE_SCALES,
    "given": DONE_SCALE,
    "reasons": REASON_SCALE,
}
# The sections of the report, in their order: heading, and the kind of things that it counts.
_COUNTED = (("Buildings", "structure"), ("Units", "unit"))
_EVERYTHING = "all but to wait"
_OPENING = "At {:02d}:{:02d} game time, the current situation is as follows:"


class Text:
    """A skirmish in words.

    Args:
        world: The world; a shifted one is described by a new ``Text``.
        skin: What things are called: ``"neutral"`` or ``"starcraft"``.
    """

    def __init__(self, world: World, skin: str = "neutral") -> None:
        self.world, self.skin = world, skin
        self._races = races_of(world)
        self._seats = int(world.sizes()["seats"])
        self._menus = [menu_of(name, skin) for name in self._races]
        self._menu, self._synonyms = self._spellings()

    def _spellings(self) -> tuple[list[str], dict[str, str]]:
        """The menu, and other words for its entries.

        Where the seats have different races, an entry holds what each of them calls the action; an
        answer may be either one's words.
        """
        own = self._menus[: self._seats]
        menu = [" / ".join(dict.fromkeys(called)) for called in zip(*own, strict=True)]
        synonyms = {"pass": "wait", "empty action": "wait", "do nothing": "wait"}
        synonyms |= {"fall back": "retreat", "multi attack": "attack", "multi retreat": "retreat"}
        for called in own:
            for name, entry in zip(called, menu, strict=True):
                synonyms.setdefault(name, entry)
        return menu, synonyms

    def manual(self) -> str:
        """The world completely: goal, actions, report, rules, tables, opponents, every factor."""
        return manual(self.world, self.skin)

    def menu(self) -> list[str]:
        """The names of the actions, in the order of their numbers."""
        return list(self._menu)

    def parse(self, text: object) -> int | Invalid:
        """The action that ``text`` names, or why it names none; never raises."""
        return parse_choice(text, self._menu, self._synonyms)

    def describe(self, observation: Observation, agent: int = 0) -> str:
        """The observation in words, complete: :meth:`rebuild` gives the arrays back.

        Args:
            observation: As ``layout.observation_space`` says.
            agent: The seat.
        """
        return "\n".join(self._lines(numbers(observation), agent))

    def _lines(self, seen: dict[str, npt.NDArray[np.int64]], agent: int) -> Iterator[str]:
        status = dict(zip(STATUS, seen["status"].tolist(), strict=True))
        mine = codes.RACES[status.pop("race")]
        theirs = codes.RACES[status.pop("enemy race")]
        yield _OPENING.format(*divmod(status["time"], 60))
        yield f"Sides: {mine} against {theirs}"
        yield "Resources"
        yield from _listed(status)
        own, table = names(mine, self.skin), race(mine)
        for heading, kind in _COUNTED:
            yield heading
            yield from _listed(_of_kind(table, own, seen["own"], kind))
        yield "Planning"
        for name, count, done in zip(own, seen["planned"], seen["progress"], strict=False):
            if count or done:
                yield f"- {name}: {count} ({done} %)"
        yield "Research"
        yield from _listed(_of_kind(table, own, seen["own"], "upgrade"))
        yield "Enemy"
        known = zip(names(theirs, self.skin), seen["enemy"], seen["sighted"], strict=False)
        yield from (f"- {name}: {n} ({age} s ago)" for name, n, age in known if n or age)
        yield "Map"
        yield from _rows("place", NODE_FIELDS, seen["nodes"])
        yield "Forces"
        yield from _rows("force", FORCE_FIELDS, seen["forces"])
        menu = menu_of(mine, self.skin)
        yield "Orders of this decision"
        yield from (f"- {menu[number - 1]}" for number in seen["given"] if number)
        if "reasons" in seen:
            yield "Not possible"
            yield from _refusals(table, own, menu, seen)

    def rebuild(self, text: str) -> dict[str, Any]:
        """The observation arrays that :meth:`describe` put into ``text``, bit for bit.

        Raises:
            ValueError: ``text`` holds no complete description.
        """
        sections = _sections(text)
        mine, theirs = _after(text, "Sides: ").split(" against ")
        found = {
            name: np.zeros(space.shape or (), np.int64)
            for name, space in observation_space(self.world.sizes()).items()
        }
        status = _values(sections["Resources"])
        status |= {"race": codes.RACES.index(mine), "enemy race": codes.RACES.index(theirs)}
        found["status"][:] = [status.get(name, 0) for name in STATUS]
        own, foreign, menu = (
            list(names(mine, self.skin)),
            list(names(theirs, self.skin)),
            menu_of(mine, self.skin),
        )
        for heading in ("Buildings", "Units", "Research"):
            for name, count in _values(sections[heading]).items():
                found["own"][own.index(name)] = count
        _read_pairs(sections["Planning"], own, found["planned"], found["progress"])
        _read_pairs(sections["Enemy"], foreign, found["enemy"], found["sighted"])
        _read_rows(sections["Map"], found["nodes"])
        _read_rows(sections["Forces"], found["forces"])
        for place, line in enumerate(sections["Orders of this decision"]):
            found["given"][place] = menu.index(line) + 1
        if "reasons" in found:
            _read_refusals(sections["Not possible"], menu, found["reasons"])
        return {name: scaled(name, array) for name, array in found.items()}


def numbers(observation: Observation) -> dict[str, npt.NDArray[np.int64]]:
    """The whole numbers behind an observation."""
    return {
        name: np.rint(np.asarray(array, np.float64) * _SCALES[name]).astype(np.int64)
        for name, array in observation.items()
    }


def scaled(name: str, array: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Whole numbers as an observation holds them."""
    return (array / np.asarray(_SCALES[name], np.float64)).astype(np.float32)


def _of_kind(table: Race, own: tuple[str, ...], counts: Any, kind: str) -> dict[str, int]:
    """The counts of one kind of things by name."""
    kinds = (table.things[name].kind for name in table.names)
    triples = zip(own, kinds, counts.tolist(), strict=False)
    return {name: count for name, of_kind, count in triples if of_kind == kind}


def _listed(values: Mapping[str, int]) -> Iterator[str]:
    """A line for each value but zeros."""
    yield from (f"- {name}: {value}" for name, value in values.items() if value)


def _rows(word: str, fields: tuple[str, ...], rows: npt.NDArray[np.int64]) -> Iterator[str]:
    """A line for each row that holds anything."""
    for number, row in enumerate(rows.tolist()):
        if any(row):
            told = ", ".join(f"{name} {value}" for name, value in zip(fields, row, strict=True))
            yield f"- {word} {number}: {told}"


def _refusals(table: Race, own: Any, menu: list[str], seen: Mapping[str, Any]) -> Iterator[str]:
    """Actions by what stands in their way."""
    for reason, words in enumerate(codes.REASONS):
        numbers_ = np.flatnonzero(seen["reasons"] == reason)
        if reason == codes.POSSIBLE or not len(numbers_):
            continue
        if len(numbers_) == codes.ACTIONS - 1:
            yield f"- {words}: {_EVERYTHING}"
            return
        told = "; ".join(_refused(table, own, menu, seen, int(n), reason) for n in numbers_)
        yield f"- {words}: {told}"


def _refused(
    table: Race, own: Any, menu: list[str], seen: Mapping[str, Any], action: int, reason: int
) -> str:
    """One action, with what it needs where that is what it lacks."""
    if reason != codes.TECHNOLOGY:
        return menu[action]
    thing = table.things[table.names[action - codes.FIRST_THING]]
    have = {name for name, count in zip(table.names, seen["own"], strict=False) if count}
    have |= {other for name in have for other in table.things[name].counts_as}
    missing = [name for name in (*thing.needs, thing.producer) if name not in have]
    called = dict(zip(table.names, own, strict=True))
    return f"{menu[action]} ({', '.join(called[name] for name in missing)})"


def _read_refusals(lines: list[str], menu: list[str], reasons: npt.NDArray[np.int64]) -> None:
    for line in lines:
        words, _, told = line.partition(": ")
        if told == _EVERYTHING:
            reasons[codes.WAIT + 1 :] = codes.REASONS.index(words)
            return
        for part in told.split("; "):
            reasons[menu.index(part.split(" (")[0])] = codes.REASONS.index(words)


def _sections(text: str) -> dict[str, list[str]]:
    """The lines below each heading, without their dashes."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("- "):
            current.append(line.removeprefix("- "))
        else:
            current = found.setdefault(line, [])
    return found


def _after(text: str, start: str) -> str:
    for line in text.splitlines():
        if line.startswith(start):
            return line.removeprefix(start)
    raise ValueError(f"the text holds no line that begins with {start!r}")


def _values(lines: list[str]) -> dict[str, int]:
    pairs = (line.rsplit(": ", 1) for line in lines)
    return {name: int(value) for name, value in pairs}


def _read_pairs(lines: list[str], called: list[str], first: Any, second: Any) -> None:
    """Lines ``name: 3 (40 %)`` or ``name: 3 (40 s ago)``."""
    for line in lines:
        name, _, told = line.rpartition(": ")
        count, _, more = told.partition(" (")
        first[called.index(name)], second[called.index(name)] = int(count), int(more.split()[0])


def _read_rows(lines: list[str], rows: npt.NDArray[np.int64]) -> None:
    for line in lines:
        head, _, told = line.partition(": ")
        rows[int(head.split()[1])] = [int(part.rsplit(" ", 1)[1]) for part in told.split(", ")]
