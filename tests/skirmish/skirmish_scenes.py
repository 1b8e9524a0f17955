"""Small scenes for the tests: one match, its orders by name, armies put on a map by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import adaptarium  # noqa: F401  (fills the registry)
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.tables import race

ALONE = load_world("Skirmish-v0").alone()
BOTH = load_world("Skirmish-v0")
RACES = ("crystal", "swarm")


def match(world: World = BOTH, seed: int = 0, **factors: Any) -> Batch:
    """A batch of one match at its start; factors by dotted names, ``__`` for the dot."""
    changed = world.override(**{name.replace("__", "."): value for name, value in factors.items()})
    batch = Batch([changed], 1, autoreset="disabled")
    batch.reset(seed=seed)
    return batch


def number(of_race: str, name: str) -> int:
    """The number of a thing."""
    return race(of_race).names.index(name)


def action(of_race: str, name: str) -> int:
    """The action that makes a thing."""
    return codes.FIRST_THING + number(of_race, name)


def seconds(batch: Batch) -> int:
    """The time of the match."""
    return int(batch.w.state.now[0, 0]["time"])


def wait(batch: Batch, until: int) -> None:
    """Nobody from outside does anything until then."""
    while seconds(batch) < until:
        batch.w.actions[:] = codes.WAIT
        batch.step()


def order(batch: Batch, p: int, given: int) -> None:
    """Player ``p`` gives one order; time stands still, for the other one gives none."""
    batch.w.actions[:] = codes.WAIT
    batch.w.actions[0, p] = given
    batch.step()


def put(batch: Batch, p: int, place: int, bodies: Mapping[str, int]) -> None:
    """Put bodies of player ``p``, of race ``RACES[p]``, at a place."""
    state, rules = batch.w.state, batch.w.rules[0]
    for name, n in bodies.items():
        t = number(RACES[p], name)
        state.counts[0, p, place, t] += n
        state.life[0, p, place, t] += n * int(rules["life"][p, t])
        state.total[0, p, t] += n
        if place >= codes.SITES:
            state.groups[0, p, place - codes.SITES]["size"] += n
    state.players[0, p]["workers"] = state.total[0, p, int(rules["worker"][p])]


def station(batch: Batch, p: int, g: int, node: int, goal: int, order_: int) -> None:
    """Put a group at a node, with a goal."""
    group = batch.w.state.groups[0, p, g]
    group["node"], group["goal"], group["next"], group["left"] = node, goal, -1, 0
    group["order"], group["speed"] = order_, 300
