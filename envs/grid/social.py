"""Factors of worlds with several agents: the commons, sanctions, and who plays the seats."""

from __future__ import annotations

from typing import Literal

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
        "and the episode is over when nobody from outside is left.",
        tests=(1, 0),
        ge=0,
        le=codes.MAX_SEATS,
    )
    built_in: Literal["random", "greedy", "cooperative"] = live(
        "cooperative",
        "random: any action; greedy: after the nearest thing that pays; cooperative: for the team, "
        "sparing the commons.",
        tests=("random", "greedy"),
    )
