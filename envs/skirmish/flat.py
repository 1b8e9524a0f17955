"""The tables as the record of rules that kernels read: one row of columns a player.

A kernel never asks for a race: player ``p`` has the columns ``[p, thing]``. Whatever is compared is
a whole number in the fixed point of ``codes``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.opponents import economy, handicaps, style
from adaptarium.envs.skirmish.tables import Boost, Race, Thing, race

_TWO = codes.PLAYERS
_ALL = (_TWO, codes.THINGS)
_ARMS = (_TWO, 2, codes.THINGS)
_PLANS = (_TWO, len(codes.STYLES))
# Seconds over which the one blow of a body that dies of it is spread.
_BLOWS_OF_A_SUICIDE = 5
_SHORT = ("minerals", "gas", "time", "quick_time", "consumed", "makes", "most", "start_energy")

TABLE_FIELDS: list[tuple[Any, ...]] = [
    *((name, np.int16, _ALL) for name in _SHORT),
    *((name, np.int64, _ALL) for name in ("requires", "counts_as", "affects")),
    *((name, np.int32, _ALL) for name in ("flags", "life")),
    *((name, np.int16, _ALL) for name in ("shields", "supply", "provides", "quick", "producer")),
    *((name, np.int16, _ALL) for name in ("mode", "armour", "speed", "splash", "effect", "amount")),
    *((name, np.int16, _ARMS) for name in ("damage", "hits", "cooldown", "reach", "bonus")),
    *((name, np.int16, _ARMS) for name in ("against", "rise")),
    *((name, np.int16, (_TWO,)) for name in ("num_things", "num_bodies", "worker", "hall")),
    ("race", np.int16, (_TWO,)),
    ("might", np.int16, _ALL),
    *((name, np.int16, (_TWO,)) for name in ("supplier", "refinery", "larva")),
    *((name, np.int16, (_TWO,)) for name in ("boost", "caster", "boost_cost", "boost_time")),
    *((name, np.int16, (_TWO,)) for name in ("boost_makes", "regrow_life", "regrow_shields")),
    ("scouts", np.int16, (_TWO, 4)),
    ("start", np.int16, (_TWO, codes.BODIES)),
    ("plan_supply", np.int16, (*_PLANS, codes.PLAN)),
    ("plan_thing", np.int16, (*_PLANS, codes.PLAN)),
    ("plan_count", np.int16, (*_PLANS, codes.PLAN)),
    ("army", np.int16, (*_PLANS, codes.BODIES)),
    *((name, np.int16, _PLANS) for name in ("plan_rows", "plan_workers", "plan_attack")),
    *((name, np.int16, _PLANS) for name in ("surplus", "surplus_most")),
    ("handicap", np.int16, (codes.LEVELS, len(codes.HANDICAPS))),
    *((name, np.int32, ()) for name in ("rate_near", "rate_far", "rate_third", "rate_gas")),
    *((name, np.int32, ()) for name in ("patches_near", "patches_far", "patch_near", "patch_far")),
    *((name, np.int32, ()) for name in ("geysers", "geyser", "energy", "most_energy")),
    *((name, np.int32, ()) for name in ("larva_time", "most_larvae", "start_minerals")),
    ("first_load", np.int32, ()),
]


def fill(flat: npt.NDArray[Any], races: tuple[str, str], patch: tuple[str, ...]) -> None:
    """Write the tables of both players into a record of rules.

    Args:
        flat: () with at least ``TABLE_FIELDS``.
        races: The race of each player.
        patch: Edits of the tables.
    """
    for p, name in enumerate(races):
        found = race(name, patch)
        flat["race"][p] = codes.RACES.index(name)
        _fill_head(flat, p, found)
        for number, thing in enumerate(found.names):
            _fill_thing(flat, p, number, found, found.things[thing])
        for number, of_style in enumerate(codes.STYLES[1:], 1):
            _fill_plan(flat, p, number, found, of_style)
    _fill_economy(flat)
    for column, name in enumerate(codes.HANDICAPS):
        flat["handicap"][:, column] = handicaps()[name]


def bits(found: Race, names: tuple[str, ...]) -> int:
    """The bit mask of some things."""
    return sum(1 << found.number(name) for name in names)


def flags_of(thing: Thing) -> int:
    """The flags of a thing."""
    total = sum(1 << codes.ATTRIBUTES.index(name) for name in thing.attributes)
    if thing.role:
        total |= codes.ROLES[thing.role]
    elif thing.kind == "unit":
        total |= codes.ARMY
    if thing.kind == "upgrade":
        total |= codes.UPGRADE
    for name, flag in (
        ("air", codes.AIR),
        ("hidden", codes.HIDDEN),
        ("detector", codes.DETECTOR),
        ("suicide", codes.SUICIDE),
    ):
        total |= flag if getattr(thing, name) else 0
    return total


def _fill_head(flat: npt.NDArray[Any], p: int, found: Race) -> None:
    head = found.race
    flat["num_things"][p], flat["num_bodies"][p] = len(found.names), found.bodies
    flat["worker"][p] = next(n for n, t in enumerate(found.names) if _role(found, t) == "worker")
    for name in ("hall", "supplier", "refinery", "larva"):
        flat[name][p] = found.number(getattr(head, name))
    boost: Boost = head.boost
    flat["boost"][p], flat["caster"][p] = codes.BOOSTS.index(boost.kind), found.number(boost.caster)
    flat["boost_cost"][p], flat["boost_time"][p] = boost.energy, boost.time
    flat["boost_makes"][p] = boost.makes
    flat["regrow_life"][p] = round(head.regeneration.life * codes.CENTI)
    flat["regrow_shields"][p] = round(head.regeneration.shields * codes.CENTI)
    scouts = [found.number(name) for name in head.scouts]
    flat["scouts"][p] = (scouts + [-1] * 4)[:4]
    for name, count in head.start.items():
        flat["start"][p, found.number(name)] = count


def _role(found: Race, name: str) -> str:
    return found.things[name].role


def _fill_thing(flat: npt.NDArray[Any], p: int, n: int, found: Race, thing: Thing) -> None:
    for name in _SHORT:
        flat[name][p, n] = getattr(thing, name)
    flat["requires"][p, n] = bits(found, thing.needs)
    flat["counts_as"][p, n] = bits(found, thing.counts_as) | 1 << n
    flat["affects"][p, n] = bits(found, thing.affects)
    flat["flags"][p, n] = flags_of(thing)
    flat["life"][p, n] = (thing.life + thing.shields) * codes.CENTI
    flat["shields"][p, n] = thing.shields
    flat["supply"][p, n] = round(thing.supply * codes.SUPPLY)
    flat["provides"][p, n] = thing.provides * codes.SUPPLY
    flat["quick"][p, n] = found.number(thing.quick_needs)
    flat["producer"][p, n] = found.number(thing.producer)
    flat["mode"][p, n] = codes.MODES.index(thing.mode)
    flat["armour"][p, n], flat["speed"][p, n] = thing.armour * 10, round(thing.speed * codes.CENTI)
    flat["splash"][p, n] = round(thing.splash * codes.CENTI)
    effect = codes.EFFECTS.index(thing.effect) if thing.effect in codes.EFFECTS else -1
    flat["effect"][p, n] = effect
    flat["amount"][p, n] = round(thing.amount * codes.EFFECT_SCALE[effect]) if effect >= 0 else 0
    for layer, weapon in enumerate((thing.ground, thing.sky)):
        if weapon is None:
            continue
        flat["damage"][p, layer, n] = round(weapon.damage * 10)
        flat["hits"][p, layer, n] = weapon.hits
        flat["cooldown"][p, layer, n] = round(weapon.cooldown * codes.CENTI)
        flat["reach"][p, layer, n] = round(weapon.range * 10)
        flat["bonus"][p, layer, n] = round(weapon.bonus * 10)
        flat["against"][p, layer, n] = bits_of_attribute(weapon.against)
        # A level of weapons adds about a tenth of the damage, in whole points.
        flat["rise"][p, layer, n] = max(round(weapon.damage / 10), 1)
    flat["might"][p, n] = round(might_of(thing))


def might_of(thing: Thing) -> float:
    """What a body is worth in a fight: the root of its life times its damage a second.

    Of two equal forces in Lanchester's square law the one with the larger sum of these wins
    (Lanchester, 1916); a blast counts as two more bodies hit for each cell of its radius.
    """
    weapons = [weapon for weapon in (thing.ground, thing.sky) if weapon is not None]
    pace = max((w.hits * (w.damage + w.bonus / 2) / w.cooldown for w in weapons), default=0.0)
    if thing.suicide:
        pace /= _BLOWS_OF_A_SUICIDE
    return float(np.sqrt((thing.life + thing.shields) * pace * (1 + 2 * thing.splash)))


def bits_of_attribute(name: str | None) -> int:
    """The flag of an attribute; 0 for none."""
    return 1 << codes.ATTRIBUTES.index(name) if name else 0


def _fill_plan(flat: npt.NDArray[Any], p: int, number: int, found: Race, name: str) -> None:
    plan = style(found.race.name, name)
    flat["plan_rows"][p, number] = len(plan.plan)
    for row, (supply, thing, count) in enumerate(plan.plan):
        flat["plan_supply"][p, number, row] = supply * codes.SUPPLY
        flat["plan_thing"][p, number, row] = found.number(thing)
        flat["plan_count"][p, number, row] = count
    for thing, weight in plan.army.items():
        flat["army"][p, number, found.number(thing)] = weight
    flat["plan_workers"][p, number] = plan.workers
    flat["plan_attack"][p, number] = plan.attack * codes.SUPPLY
    flat["surplus"][p, number] = found.number(plan.surplus[0])
    flat["surplus_most"][p, number] = plan.surplus[1]


def _fill_economy(flat: npt.NDArray[Any]) -> None:
    money = economy()
    for name in ("near", "far", "third", "gas"):
        flat[f"rate_{name}"] = round(getattr(money, f"worker_{name}") * codes.MILLI / 60)
    for name in ("patches_near", "patches_far", "patch_near", "patch_far", "geysers", "geyser"):
        flat[name] = getattr(money, name)
    flat["energy"] = round(money.energy * codes.MILLI)
    flat["most_energy"] = money.most_energy * codes.MILLI
    flat["larva_time"], flat["most_larvae"] = money.larva_time, money.most_larvae
    flat["start_minerals"] = money.minerals * codes.MILLI
    flat["first_load"] = money.first_load
