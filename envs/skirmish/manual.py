"""The manual of a skirmish: everything that is true of it, in words."""

from __future__ import annotations

from collections.abc import Iterator

from adaptarium.envs.core.manual import laid_out, told_factors, told_levels, told_purpose
from adaptarium.envs.core.world import World
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.names import menu_of, names, race_name
from adaptarium.envs.skirmish.opponents import economy, handicaps
from adaptarium.envs.skirmish.rules import Rules
from adaptarium.envs.skirmish.tables import Race, Thing, Weapon, race

_MADE = {
    "occupies": "made by",
    "releases": "built by",
    "consumes": "made of",
    "becomes": "made of, in its place,",
}


def rules_of(world: World) -> Rules:
    """The factors of ``world``.

    Raises:
        TypeError: it is a world of another family.
    """
    rules = world.rules
    if not isinstance(rules, Rules):
        raise TypeError(f"{world.id} is a world of family {world.family.name!r}, not skirmish")
    return rules


def races_of(world: World) -> tuple[str, str]:
    """The races of both players."""
    rules = rules_of(world)
    return rules.races.player_0, rules.races.player_1


def manual(world: World, skin: str = "neutral") -> str:
    """The manual of ``world``, with the present value of every factor."""
    rules = rules_of(world)
    sections = [
        (world.id, _goal(world)),
        ("Actions", _actions(world, rules, skin)),
        ("What you see", _view(rules)),
        ("How it goes", _course(rules)),
        ("Fighting", _fighting()),
        ("Players", _players(world, rules)),
        ("Rewards", _rewards(rules)),
        ("Time", _time(rules)),
    ]
    for name in dict.fromkeys(races_of(world)):
        table = race(name, rules.races.patch)
        title = f"The {race_name(name, skin)} side"
        sections.append((title, _table(table, names(name, skin))))
    sections.append(("All factors", told_factors(rules)))
    return laid_out(sections)


def _goal(world: World) -> Iterator[str]:
    yield from told_purpose(world)
    yield told_levels(world, "map", "maps")


def _actions(world: World, rules: Rules, skin: str) -> Iterator[str]:
    yield (
        f"Every {rules.transition.interval} seconds there is a decision of up to "
        f"{rules.transition.orders} orders. Answer each report with one order, by its name or its "
        "number; time stands still until everybody has given theirs. An order that is not possible "
        "counts as waiting, and ends your decision."
    )
    for number, name in enumerate(codes.COMMON):
        yield f"- {name} ({number}): {_COMMANDS[number]}"
    for seat, name in enumerate(races_of(world)[: world.sizes()["seats"]]):
        menu = menu_of(name, skin)
        things = ", ".join(
            f"{entry} ({number})"
            for number, entry in enumerate(menu)
            if number >= codes.FIRST_THING and not entry.startswith("nothing ")
        )
        yield f"- player_{seat}, the {race_name(name, skin)} side: {things}."
    yield "Numbers above these are no orders."


_COMMANDS = (
    "no more orders in this decision.",
    "one body goes to see the enemy's start, then what was not seen for longest.",
    "the home force joins the attack on the nearest enemy base known, else the enemy's start.",
    "the strike force falls back to the home force without stopping to fight.",
    "the strike force returns to where the home force is posted, fighting its way.",
    "use energy for the workers: their production goes on faster, or more larvae come.",
    "use energy for the army: the production of another unit or structure goes on faster.",
    "use energy for research: an upgrade goes on faster.",
)


def _view(rules: Rules) -> Iterator[str]:
    yield (
        "A report in six categories (resources, buildings, units, planning, research, enemy), then "
        "the map from your start outwards, your forces, and your orders of this decision. Supply "
        "is counted in halves; progress in percent of the nearest of its kind; owner is 0 for "
        "nobody known, 1 for you, 2 for the enemy; a force's order is "
        + ", ".join(f"{number} {name}" for number, name in enumerate(codes.ORDERS))
        + "; its place and goal are places of the map plus one. Force 0 is the home force, 1 the "
        "strike force, 2 the relief on its way to it, 3 the scout."
    )
    if rules.observation.fog:
        yield "Of the enemy you know what your bodies and bases have seen, and how long ago."
    else:
        yield "There is no fog: of the enemy's bodies you see all there are."
    if rules.observation.reasons:
        yield "Below stands what is not possible, and why; with what it needs in brackets."


def _course(rules: Rules) -> Iterator[str]:
    money = economy()
    yield (
        f"At {rules.transition.mining} percent of these rates: each of two workers on a patch "
        f"mines {money.worker_near} minerals a minute ({money.worker_far} on a far one), a third "
        f"one {money.worker_third}; each of three at a geyser {money.worker_gas} gas. A base has "
        f"{money.patches_near} patches of {money.patch_near} and {money.patches_far} far ones of "
        f"{money.patch_far} minerals, and {money.geysers} geysers of {money.geyser} gas. Workers "
        "spread by themselves: to the gas up to a third of them, 16 to the minerals of each base, "
        f"then 8 more. The first are back after {money.first_load} seconds."
    )
    yield (
        f"Energy comes at {money.energy} a second for each caster, up to {money.most_energy}. "
        f"A town hall of a side with larvae grows one in {money.larva_time} seconds while it has "
        f"fewer than {money.most_larvae}. Supply is limited to 200."
    )
    yield (
        "A producer takes one order and one behind it. A new town hall goes to the nearest free "
        "site, a refinery to the first base with a free geyser."
    )
    yield "A side without a town hall, standing or under way, has lost."


def _fighting() -> Iterator[str]:
    yield (
        "Who meets at a place fights there, each second by its damage less armour, times hits, by "
        "its cooldown; first at fighters, then at workers, then at the rest. Armies begin six "
        "cells apart, so that long ranges strike first. A narrow place lets fewer fight hand to "
        "hand, one rank more for each cell of range. A blast hits more bodies, the wider it is. "
        "Workers fight at their base where they are twice as many as the enemy's fighters. What is "
        "hidden can be shot at only where there is a detector. Out of a fight shields "
        "come back."
    )


def _players(world: World, rules: Rules) -> Iterator[str]:
    players, seats = rules.players, world.sizes()["seats"]
    yield f"Seats played from outside, from the first on: {seats}; the others are built in."
    level = f"level {players.level}" if players.level else "the level that the map says"
    style = "the style that it says" if players.style == "level" else f"style {players.style}"
    yield f"Built-in players have {level} and {style}. Their handicaps by level, 1 to 10:"
    for name, values in handicaps().items():
        yield f"- {name}: {', '.join(map(str, values))}"
    if players.proxy != "nobody":
        yield (
            f"A player of style {players.proxy} and level {players.proxy_level} acts for player_0; "
            "its own actions do nothing."
        )


def _rewards(rules: Rules) -> Iterator[str]:
    reward = rules.reward
    yield f"Victory {reward.win}, defeat {reward.loss}, a draw {reward.draw}."
    if reward.growth:
        yield f"{reward.growth} for each 1,000 minerals and gas by which your assets grow."


def _time(rules: Rules) -> Iterator[str]:
    change, episode = rules.transition, rules.episode
    meaning = "a draw" if change.at_limit == "draw" else "a victory of the larger assets"
    yield f"After {change.time_limit} seconds the match ends as {meaning}."
    limit = f"{episode.max_steps} orders" if episode.max_steps else "the limit of its map"
    yield f"An inner episode is cut off after {limit}, without a reward."
    if episode.inner_episodes > 1:
        yield f"A trial has {episode.inner_episodes} matches on the same map."
    else:
        yield "A trial is one match."


# ---- tables ----


def _table(table: Race, called: tuple[str, ...]) -> Iterator[str]:
    """What every thing of a race costs and does."""
    spoken = dict(zip(table.names, called, strict=True))
    for name in table.names:
        yield f"- {spoken[name]}: {', '.join(_told(table.things[name], spoken))}."


def _told(thing: Thing, spoken: dict[str, str]) -> Iterator[str]:
    yield thing.kind
    yield f"{thing.minerals} minerals, {thing.gas} gas, {thing.time} s"
    if thing.supply:
        yield f"supply {thing.supply:g}"
    if thing.provides:
        yield f"provides {thing.provides} supply"
    if thing.mode:
        count = f"{thing.consumed} " if thing.consumed > 1 else ""
        yield f"{_MADE[thing.mode]} {count}{spoken[thing.producer]}"
    if thing.makes > 1:
        yield f"{thing.makes} at a time"
    if thing.most:
        yield f"{thing.most} at most"
    if thing.needs:
        yield f"needs {' and '.join(spoken[name] for name in thing.needs)}"
    if thing.quick_needs:
        yield f"{thing.quick_time} s with {spoken[thing.quick_needs]}"
    if thing.counts_as:
        yield f"counts as {' and '.join(spoken[name] for name in thing.counts_as)}"
    if thing.kind != "upgrade":
        yield from _body(thing)
    elif thing.effect != "none":
        about = ", ".join(spoken[name] for name in thing.affects)
        yield f"{thing.effect} + {thing.amount:g} for {about}"


def _body(thing: Thing) -> Iterator[str]:
    yield f"life {thing.life}, shields {thing.shields}, armour {thing.armour}, speed {thing.speed}"
    yield " ".join(thing.attributes) or "no attributes"
    for flag in ("air", "hidden", "detector", "suicide"):
        if getattr(thing, flag):
            yield flag
    if thing.role:
        yield thing.role
    if thing.start_energy:
        yield f"comes with {thing.start_energy} energy"
    for where, weapon in (("ground", thing.ground), ("air", thing.sky)):
        if weapon is not None:
            yield f"against {where} {_weapon(weapon)}"
    if thing.splash:
        yield f"blast {thing.splash:g}"


def _weapon(weapon: Weapon) -> str:
    bonus = f" (+ {weapon.bonus:g} against {weapon.against})" if weapon.against else ""
    return (
        f"{weapon.hits} x {weapon.damage:g}{bonus} every {weapon.cooldown:g} s, "
        f"range {weapon.range:g}"
    )
