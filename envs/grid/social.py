"""Worlds of several agents as data: factors of commons, sanctions and players, and presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator

from adaptarium.envs.core.factors import Group, live
from adaptarium.envs.grid import codes


class CommonsFactors(Group):
    """How apples grow back, and what soils the water that they need.

    Growth by nearby apples is that of Perolat et al. (NeurIPS 2017) and Melting Pot's
    ``commons_harvest``, growth by clean water that of Melting Pot's ``clean_up``.
    """

    regrowth: tuple[float, ...] = live(
        (),
        "Probabilities a step that an apple grows back on grass, by the number of apples around, "
        "the last also for more; none: nothing grows.",
        tests=((0.5,), (0.0, 1.0)),
        max_length=codes.MAX_REGROWTH,
    )
    radius: int = live(
        2, "How many cells off, as the crow flies, apples are around.", tests=(1, 4), ge=1, le=4
    )
    pollution: float = live(
        0.0, "Probability a step that a cell of clean water is soiled.", tests=(0.5, 1), ge=0, le=1
    )
    pollution_limit: float = live(
        0.4,
        "Share of soiled water from which on nothing grows and no more is soiled; up to it growth "
        "slows down linearly.",
        tests=(0.05, 1.0),
        gt=0,
        le=1,
    )

    @field_validator("regrowth")
    @classmethod
    def _probabilities(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 <= one <= 1 for one in value):
            raise ValueError("expected probabilities from 0 to 1")
        return value


class SanctionFactors(Group):
    """What the beams reach, and what it costs to be zapped and to zap."""

    reach: int = live(
        3, "Cells ahead that a beam reaches, three abreast.", tests=(1, 2), ge=1, le=16
    )
    fine: float = live(1.0, "Fine of an agent that is zapped.", tests=(2.0, 0.5))
    growth: float = live(
        0.0,
        "Share of the fine that comes on top for each fine that the agent has paid before.",
        tests=(0.5, 1.0),
        ge=0,
    )
    cost: float = live(0.1, "Cost of a zap to its sender, whether or not it hits.", tests=(0.5, 0))
    delay: int = live(
        0, "Steps from a zap until its fine is paid.", tests=(1, 3), ge=0, le=codes.MAX_DELAY
    )
    freeze: int = live(
        0, "Steps that an agent cannot act after it has paid a fine.", tests=(2, 5), ge=0, le=1000
    )


class PlayerFactors(Group):
    """Who plays the seats."""

    outside: int = live(
        codes.MAX_SEATS,
        "Seats, from the first on, that are played from outside; built-in players take the others, "
        "and the episode is over when nobody from outside is left; 0: all play by themselves.",
        tests=(1, 2),
        ge=0,
        le=codes.MAX_SEATS,
    )
    built_in: Literal["random", "greedy", "cooperative"] = live(
        "cooperative",
        "random: any action; greedy: after the nearest thing that pays; cooperative: for the team, "
        "sparing the commons.",
        tests=("random", "greedy"),
    )


TEAM_PRESETS: Mapping[str, Mapping[str, Any]] = {
    # GMAH's Trash-Grid, as its paper describes it: six actions.
    "trash": {
        "action.vocabulary": ("forward", "left", "right", "pickup", "split", "drop"),
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
        "transition.carry_capacity": 3,
    },
    # Melting Pot's commons_harvest and clean_up: apples pay 1, a beam to zap, a beam to clean.
    "commons": {
        "action.vocabulary": ("stay", "forward", "left", "right", "zap"),
        "observation.view_size": 11,
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
        "reward.tile_values": {"food": 1.0},
    },
    "cleanup": {
        "action.vocabulary": ("stay", "forward", "left", "right", "zap", "clean"),
        "observation.view_size": 11,
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
        "reward.tile_values": {"food": 1.0},
    },
    # PettingZoo's SISL pursuit: five actions, seven cells of sight, evaders that move by rule.
    "pursuit": {
        "action.vocabulary": ("west", "east", "north", "south", "stay"),
        "observation.view": "fixed",
        "observation.occlusion": False,
        "reward.goal_decay": 0.0,
        "transition.obstacle_moves": "away",
        "transition.captors": 4,
    },
}

# Their part of the rule record.
SOCIETY_FIELDS: tuple[Any, ...] = (
    ("levels_visible", np.uint8),
    ("food_normalised", np.uint8),
    ("trash", np.float64),
    ("capture", np.float64),
    ("touch", np.float64),
    ("captors", np.int32),
    ("carry_capacity", np.int32),
    ("regrowth", np.float64, (codes.MAX_REGROWTH,)),
    ("pollution", np.float64),
    ("pollution_limit", np.float64),
    ("radius", np.int32),
    ("reach", np.int32),
    ("fine", np.float64),
    ("fine_growth", np.float64),
    ("zap_cost", np.float64),
    ("delay", np.int32),
    ("freeze", np.int32),
    ("outside", np.int32),
    ("built_in", np.int32),
)


def flatten_society(flat: npt.NDArray[Any], rules: Any) -> None:
    """Write the ``SOCIETY_FIELDS`` of the rule record of a grid world's ``Rules``."""
    transition, reward, commons = rules.transition, rules.reward, rules.commons
    flat["levels_visible"] = rules.observation.levels_visible
    flat["captors"], flat["carry_capacity"] = transition.captors, transition.carry_capacity
    for name in ("food_normalised", "trash", "capture", "touch"):
        flat[name] = getattr(reward, name)
    if commons.regrowth:
        flat["regrowth"] = commons.regrowth[-1]
        flat["regrowth"][: len(commons.regrowth)] = commons.regrowth
    for name in ("radius", "pollution", "pollution_limit"):
        flat[name] = getattr(commons, name)
    sanction = rules.sanction
    flat["fine"], flat["fine_growth"], flat["zap_cost"] = (
        sanction.fine,
        sanction.growth,
        sanction.cost,
    )
    for name in ("reach", "delay", "freeze"):
        flat[name] = getattr(sanction, name)
    flat["outside"] = rules.players.outside
    flat["built_in"] = codes.PARTNERS.index(rules.players.built_in)
