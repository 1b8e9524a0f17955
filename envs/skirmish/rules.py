"""The factors of the skirmish family, and their flat form.

A match is played in seconds. Every few of them there is a decision, in which a player gives some
orders, one a step; when every player played from outside has given its orders or waits, time goes
on to the next decision. Who has no town hall left, standing or under way, has lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator

from adaptarium.envs.core.errors import AdaptariumError
from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural
from adaptarium.envs.skirmish import codes
from adaptarium.envs.skirmish.flat import TABLE_FIELDS, fill
from adaptarium.envs.skirmish.tables import check_patch

RaceName = Literal["crystal", "swarm"]
StyleName = Literal["random", "rush", "timing", "power", "macro", "air"]


class TransitionFactors(Group):
    """Time, and the end."""

    interval: int = live(5, "Seconds from one decision to the next.", tests=(8, 10), ge=1, le=20)
    orders: int = live(
        5, "Orders that a player may give in a decision.", tests=(1, 2), ge=1, le=codes.MOST_ORDERS
    )
    time_limit: int = live(
        900, "Seconds after which the match is over.", tests=(20, 45), ge=1, le=7200
    )
    at_limit: Literal["draw", "assets"] = live(
        "draw",
        "What the time limit means: a draw, or that the larger assets win (all that was paid for "
        "what stands, moves, or is under way).",
        tests=("assets", "draw"),
    )
    mining: int = live(
        100, "Percent of the known rates at which workers mine.", tests=(50, 200), ge=1, le=1000
    )


class ObservationFactors(Group):
    """What is seen."""

    fog: bool = live(
        True,
        "The other side is known as it was last seen; otherwise as it is.",
        tests=(False, True),
    )
    reasons: bool = structural(
        True,
        "Adds `reasons`: why each action is not possible.",
        tests=(False, True),
    )


class RewardFactors(Group):
    """What is worth how much."""

    win: float = live(1.0, "Reward of a victory.", tests=(2.0, 0.5))
    loss: float = live(-1.0, "Reward of a defeat.", tests=(-2.0, 0.0))
    draw: float = live(0.0, "Reward of a draw.", tests=(0.5, -0.5))
    growth: float = live(
        0.0,
        "Reward of each 1,000 of minerals and gas by which the own assets grow, in every step.",
        tests=(1.0, 0.2),
    )


class RaceFactors(Group):
    """Who is who, and what the tables say."""

    player_0: RaceName = live("crystal", "Race of the first player.", tests=("swarm", "crystal"))
    player_1: RaceName = live("swarm", "Race of the second player.", tests=("crystal", "swarm"))
    patch: tuple[str, ...] = live(
        (),
        'Edits of the races\' tables: "NAME.COLUMN = VALUE".',
        tests=(("artificer.minerals = 25", "tender.minerals = 25"), ("tender.time = 20",)),
        max_length=64,
    )

    @field_validator("patch")
    @classmethod
    def _whole(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            check_patch(value)
        except AdaptariumError as error:
            raise ValueError(str(error)) from None
        return value


class PlayerFactors(Group):
    """Who plays."""

    outside: int = structural(
        codes.PLAYERS,
        "Players, from the first on, that are played from outside; the others are built in.",
        tests=(1, 2),
        ge=1,
        le=codes.PLAYERS,
    )
    level: int = live(
        0,
        "Level of the built-in players, 1 (weak) to 10 (cheating); 0 takes the map's own.",
        tests=(1, 10),
        ge=0,
        le=codes.LEVELS,
    )
    style: Literal["level"] | StyleName = live(
        "level",
        "Style of the built-in players: all in one, or as the map says.",
        tests=("rush", "macro"),
    )
    proxy: Literal["nobody"] | StyleName = live(
        "nobody",
        "A built-in player of this style acts in the place of player_0, whose own actions then do "
        "nothing.",
        tests=("macro", "rush"),
    )
    proxy_level: int = live(
        7, "Level of the proxy of player_0.", tests=(1, 10), ge=1, le=codes.LEVELS
    )


class Rules(RulesBase):
    """Every factor of a skirmish."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    reward: RewardFactors = RewardFactors()
    races: RaceFactors = RaceFactors()
    players: PlayerFactors = PlayerFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {}

RULES_DTYPE = np.dtype(
    [
        *((name, np.float64) for name in ("win", "loss", "draw", "growth")),
        *((name, np.int32) for name in ("max_steps", "inner_episodes", "active", "interval")),
        *((name, np.int32) for name in ("orders", "time_limit", "at_limit", "mining", "fog")),
        *((name, np.int32) for name in ("reasons", "outside", "level", "style", "proxy")),
        ("proxy_level", np.int32),
        *TABLE_FIELDS,
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    change, reward, players = rules.transition, rules.reward, rules.players
    for name in ("interval", "orders", "time_limit", "mining"):
        flat[name] = getattr(change, name)
    flat["at_limit"] = codes.AT_LIMIT.index(change.at_limit)
    for name in ("win", "loss", "draw", "growth"):
        flat[name] = getattr(reward, name)
    flat["fog"], flat["reasons"] = rules.observation.fog, rules.observation.reasons
    flat["outside"], flat["level"] = players.outside, players.level
    flat["style"] = _style(players.style, codes.BY_LEVEL)
    flat["proxy"] = _style(players.proxy, codes.NO_PROXY)
    flat["proxy_level"] = players.proxy_level
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    fill(flat, (rules.races.player_0, rules.races.player_1), rules.races.patch)
    return flat


def _style(name: str, otherwise: int) -> int:
    return codes.STYLES.index(name) if name in codes.STYLES else otherwise
