"""The user model in plain Python, from its formulas: what the kernels are held against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adaptarium.envs.market.rules import Rules


@dataclass(frozen=True)
class User:
    """A user between two steps."""

    likes: tuple[float, ...]  # by genre
    tastes: tuple[float, ...]  # by topic
    satiation: tuple[float, ...]
    clicked: frozenset[int] = frozenset()  # upload times of clicked items
    fruitless: int = 0
    told: frozenset[int] = frozenset()  # questions that it was asked


def start(level: dict[str, Any], rules: Rules) -> User:
    """The user of a level."""
    likes = level["user"]["genres"]
    turned = tuple(likes[(g + rules.transition.taste) % len(likes)] for g in range(len(likes)))
    return User(turned, tuple(level["user"]["topics"]), (0.0,) * len(likes))


def upload_of(candidate: int, time: int, rules: Rules) -> int:
    """When a candidate was uploaded, counted from the oldest one at the start."""
    return time + rules.action.candidates - 1 - candidate


def item_of(level: dict[str, Any], candidate: int, time: int, rules: Rules) -> dict[str, Any]:
    """The item that a candidate is."""
    items: list[dict[str, Any]] = level["items"]
    return items[upload_of(candidate, time, rules) % len(items)]


def log_odds(user: User, item: dict[str, Any], rules: Rules) -> float:
    """v of an item."""
    change = rules.transition
    fit = user.likes[item["genre"]]
    fit += sum(t * x for t, x in zip(user.tastes, item["topics"], strict=True))
    v = change.affinity * fit + change.quality * item["quality"]
    return v - change.satiation * user.satiation[item["genre"]] - change.reluctance


def click_chance(
    user: User, level: dict[str, Any], candidate: int, time: int, rules: Rules
) -> float:
    """The chance of a click on a candidate that is looked at."""
    if upload_of(candidate, time, rules) in user.clicked:
        return 0.0
    return 1.0 / (1.0 + math.exp(-log_odds(user, item_of(level, candidate, time, rules), rules)))


def attention(place: int, rules: Rules) -> float:
    """The chance that a place, from 0, is looked at."""
    return float((place + 1) ** -rules.transition.position_bias)


def after(
    user: User, level: dict[str, Any], clicks: Sequence[int], time: int, rules: Rules
) -> User:
    """The user after clicks on some candidates, where nothing moves preferences."""
    genres = [item_of(level, c, time, rules)["genre"] for c in clicks]
    kept = 1.0 - rules.transition.recovery
    satiation = tuple(kept * (s + genres.count(g)) for g, s in enumerate(user.satiation))
    clicked = user.clicked | {upload_of(c, time, rules) for c in clicks}
    fruitless = 0 if clicks else user.fruitless + 1
    return replace(user, satiation=satiation, clicked=clicked, fruitless=fruitless)


def branches(chances: Sequence[float]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Probability and clicked places of everything that may come of independent places."""
    for bits in range(1 << len(chances)):
        probability = 1.0
        for j, chance in enumerate(chances):
            probability *= chance if bits >> j & 1 else 1.0 - chance
        yield probability, tuple(j for j in range(len(chances)) if bits >> j & 1)
