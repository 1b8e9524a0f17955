"""The factors of the negotiation family, and their flat form.

What a negotiation is: parties take turns. The one whose turn it is accepts the offer on the table,
makes one of its own, waits, or walks away. What all, or most, consent to is the deal, which pays
every party its utility of that outcome. The deadline, a breakdown or a walk-out ends it without
one: then each party has its reservation value. Whatever is paid has been discounted by every turn.
Where offers are made at once, all act in every round, see ``kernels/at_once.py``.

Utilities and targets, which decide what built-in players do, are whole numbers (see
``codes.UNIT``). Concession curves are tabulated here by round, so that both targets of the kernels
follow the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural
from adaptarium.envs.negotiation import codes

Kind = Literal[
    "boulware",
    "linear",
    "conceder",
    "aspiration",
    "tough",
    "nice",
    "random",
    "naive tit-for-tat",
    "nice tit-for-tat",
    "micro",
    "frequency",
]


class TransitionFactors(Group):
    """The protocol."""

    deadline: int = live(
        20,
        "Rounds of a negotiation, in each of which every party has one turn; the last one over, it "
        "ends without a deal.",
        tests=(4, 2),
        ge=1,
        le=codes.MAX_ROUNDS,
    )
    discount: float = live(
        1.0,
        "What is left of any payment with each turn.",
        tests=(0.9, 0.5),
        ge=0,
        le=1,
    )
    breakdown: float = live(
        0.0,
        "Probability after each turn that the negotiation breaks down.",
        tests=(0.3, 0.8),
        ge=0,
        le=1,
    )
    first: Literal["level", "player_0", "last"] = live(
        "level",
        "Who has the first turn: whom the level names, the first party, or the last one.",
        tests=("player_0", "last"),
    )
    offers: Literal["in turn", "at once"] = live(
        "in turn",
        "Parties act one after the other, or all at once in each round, which then counts as one "
        "turn for discount and breakdown: an accepted offer is one of an earlier round, and what "
        "all have offered or accepted is the deal.",
        tests=("at once", "in turn"),
    )
    consent: Literal["all", "majority"] = live(
        "all",
        "Whose consent makes a deal, which then holds for everybody: all parties', or that of more "
        "than half of them.",
        tests=("majority", "all"),
    )


class ObservationFactors(Group):
    """What is seen."""

    reveal: bool = structural(
        False,
        "Adds `others`: the utilities of the other parties.",
        tests=(True, False),
    )
    terms: Literal["values", "shares"] = live(
        "values",
        "How outcomes of several issues are told: by the value of each issue, or, where issues "
        "count items that player_0 gets, by the share of the one who looks.",
        tests=("shares", "values"),
    )


class RewardFactors(Group):
    """What is worth how much."""

    deal: float = live(1.0, "Weight of the own utility of a deal.", tests=(2.0, 0.5), ge=0)
    no_deal: float = live(
        1.0, "Weight of the own reservation value where there is no deal.", tests=(0.0, 2.0), ge=0
    )
    outside: float = live(
        1.0,
        "Weight of the own reservation value for the party that walks away: its outside option.",
        tests=(0.5, 3.0),
        ge=0,
    )

    message: float = live(
        0.0, "Cost of each message, paid when it is said.", tests=(0.1, 0.3), ge=0
    )
    secrets: float = live(
        0.0,
        "Cost of telling the own reservation value truthfully, paid when it is said.",
        tests=(0.1, 0.3),
        ge=0,
    )
    norms: float = live(
        0.0,
        "Cost of each breach of a norm, paid at once: a lie, a threat that is not carried out, an "
        "offer that takes a concession back.",
        tests=(0.1, 0.3),
        ge=0,
    )
    relationship: float = live(
        0.0, "Cost of each threat, paid when it is said.", tests=(0.1, 0.3), ge=0
    )


class SpeechFactors(Group):
    """Messages beside offers."""

    allowed: bool = structural(
        False,
        "Whoever is played from outside may say one message in each of its turns before it acts; "
        "adds `talk` to what is seen. Where all act at once, nobody speaks.",
        tests=(True, False),
    )
    honest: bool = live(
        True,
        "Whether built-in players that are asked tell their reservation value, or bluff.",
        tests=(False, True),
    )


class PlayerFactors(Group):
    """Who plays the seats."""

    outside: int = structural(
        codes.MAX_PARTIES,
        "Seats, from the first on, that are played from outside; built-in players take the others.",
        tests=(1, 2),
        ge=1,
        le=codes.MAX_PARTIES,
    )
    built_in: Literal["level"] | Kind = live(
        "level",
        "How the built-in players play: each as the level says, or all in one way.",
        tests=("tough", "nice"),
    )
    exponent: float = live(
        2.0,
        "Exponent e of players of the kinds aspiration and frequency, who demand "
        "u_max * (1 - t ** e) after the share t of their turns.",
        tests=(0.5, 8.0),
        gt=0,
        le=100,
    )
    proxy: Literal["nobody"] | Kind = live(
        "nobody",
        "A built-in player that acts in the place of player_0, whose own actions then do nothing.",
        tests=("conceder", "aspiration"),
    )


class TraitFactors(Group):
    """How the built-in players differ from their kind; whom somebody plays from outside has none.

    The names are those of tau-Trait (arXiv 2510.04491), as rules instead of a steered model.
    """

    impatience: int = live(
        0,
        "Quarters of the rounds that they lack the patience for: they concede as if so much less "
        "time were left, and then walk away.",
        tests=(3, 1),
        ge=0,
        le=codes.MOST_INTENSE,
    )
    scepticism: int = live(
        0,
        "Turns in a row at which they distrust an offer that is good enough, and wait for another "
        "such before they accept.",
        tests=(3, 1),
        ge=0,
        le=codes.MOST_INTENSE,
    )
    confusion: int = live(
        0,
        "Quarters of their turns, from their second on, at which they take the offer on the table "
        "for another one, drawn among all.",
        tests=(3, 1),
        ge=0,
        le=codes.MOST_INTENSE,
    )
    incoherence: int = live(
        0,
        "Quarters of their turns, from their second on, at which they offer an outcome drawn among "
        "those that are not worse for them than no deal, whatever they demanded before.",
        tests=(3, 1),
        ge=0,
        le=codes.MOST_INTENSE,
    )


class Rules(RulesBase):
    """Every factor of a negotiation."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    reward: RewardFactors = RewardFactors()
    players: PlayerFactors = PlayerFactors()
    traits: TraitFactors = TraitFactors()
    speech: SpeechFactors = SpeechFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {}

# What single utterances cost: the rewards by which they are credited.
CREDITS = ("message", "secrets", "norms", "relationship")

RULES_DTYPE = np.dtype(
    [
        ("discount", np.float64),
        ("breakdown", np.float64),
        ("deal", np.float64),
        ("no_deal", np.float64),
        ("outside_option", np.float64),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),
        ("deadline", np.int32),
        ("first", np.int32),
        ("at_once", np.int32),
        ("majority", np.int32),
        ("outside", np.int32),
        ("built_in", np.int32),
        ("proxy", np.int32),
        ("reveal", np.int32),
        ("shares", np.int32),
        # What a party with a utility of 1 at most demands at each of its turns, by curve: side by
        # side, as parties are at about the same turn.
        ("curves", np.int16, (codes.MAX_ROUNDS, codes.CURVES)),
        *((name, np.int32) for name in codes.TRAITS),
        ("speech", np.int32),
        ("honest", np.int32),
        *((name, np.float64) for name in CREDITS),
    ],
    align=True,
)


def curve(exponent: float, rounds: int) -> npt.NDArray[np.int32]:
    """The demands of a time-dependent player, in fixed point: ``1 - t ** e``.

    ``t`` is the share of its turns that is gone, 0 at the first one and 1 at the last. Faratin,
    Sierra & Jennings, Robotics and Autonomous Systems 24, 1998; exponents as in NegMAS.

    Args:
        exponent: ``e``; above 1 it holds out, below it gives in early.
        rounds: Turns that the player has.

    Returns:
        (rounds,) int32, from ``codes.UNIT`` down to 0.
    """
    t = np.arange(rounds) / max(rounds - 1, 1)
    return np.floor(codes.UNIT * (1.0 - t**exponent) + 0.5).astype(np.int32)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    change, reward, players = rules.transition, rules.reward, rules.players
    flat["discount"], flat["breakdown"] = change.discount, change.breakdown
    flat["deadline"], flat["first"] = change.deadline, codes.FIRSTS.index(change.first)
    flat["at_once"] = change.offers == "at once"
    flat["majority"] = change.consent == "majority"
    flat["shares"] = codes.TERMS.index(rules.observation.terms)
    flat["deal"], flat["no_deal"] = reward.deal, reward.no_deal
    flat["outside_option"] = reward.outside
    flat["outside"], flat["reveal"] = players.outside, rules.observation.reveal
    flat["built_in"] = _kind(players.built_in, codes.LEVEL)
    flat["proxy"] = _kind(players.proxy, codes.NOBODY)
    for number, exponent in enumerate((*codes.EXPONENTS, players.exponent)):
        flat["curves"][: change.deadline, number] = curve(exponent, change.deadline)
    for name in codes.TRAITS:
        flat[name] = getattr(rules.traits, name)
    flat["speech"], flat["honest"] = rules.speech.allowed, rules.speech.honest
    for name in CREDITS:
        flat[name] = getattr(reward, name)
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    return flat


def _kind(name: str, otherwise: int) -> int:
    return codes.KINDS.index(name) if name in codes.KINDS else otherwise
