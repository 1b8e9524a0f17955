"""The factors of the market family, and their flat form.

One user is shown a slate of items a step. The user looks at place ``j`` (from 1) with probability
``j ** -position_bias``, and clicks on an item that is looked at with probability
``1 / (1 + exp(-v))``, where ::

    v = affinity * (p[genre] + t . topics) + quality * q - satiation * s[genre] - reluctance

with the user's preferences ``p`` and ``t``, the item's ``topics`` and quality ``q``, and the user's
satiation ``s``. A clicked item is not clicked again.

Sources: attention by a power of the rank is Joachims, Swaminathan & Schnabel, WSDM 2017; satiation
is the linear system of rebounding bandits (Leqi, Kilinc-Karzan, Lipton & Montgomery, NeurIPS 2021);
how clicks move preferences is RecSim's ``interest_evolution`` (Ie et al., arXiv 1909.04847); that
items can be shown for some steps after their upload is CreAgent's market (arXiv 2502.07307).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural
from adaptarium.envs.market import codes


def slates(candidates: int, slate: int) -> int:
    """How many ordered slates of different candidates there are."""
    return math.perm(candidates, slate)


class TransitionFactors(Group):
    """What a user makes of a slate, and how that changes the user."""

    affinity: float = live(
        3.0, "Log-odds of a click for a preference of 1.", tests=(0.5, 6.0), ge=0, le=20
    )
    quality: float = live(
        1.0, "Log-odds of a click for a quality of 1.", tests=(0.0, 3.0), ge=0, le=20
    )
    reluctance: float = live(
        1.0, "Log-odds against a click on any item.", tests=(0.0, 4.0), ge=-20, le=20
    )
    position_bias: float = live(
        1.0,
        "Exponent of attention: place j, from 1, is looked at with probability j ** -exponent.",
        tests=(0.0, 3.0),
        ge=0,
        le=20,
    )
    satiation: float = live(
        1.0, "Log-odds lost for each unit of satiation with a genre.", tests=(0.0, 3.0), ge=0, le=20
    )
    recovery: float = live(
        0.2,
        "Share of its satiation that a genre loses with each step, after a click has added 1.",
        tests=(0.05, 0.8),
        ge=0,
        le=1,
    )
    influence: float = live(
        0.0,
        "How far a click can move the preference for a genre that the user is indifferent to: "
        "towards 1, or away from it the more often the less the genre is liked.",
        tests=(0.3, 0.1),
        ge=0,
        le=1,
    )
    drift: float = live(
        0.0,
        "Step of the random walk of each preference, up or down with equal chance.",
        tests=(0.1, 0.4),
        ge=0,
        le=2,
    )
    churn: float = live(
        0.0,
        "Probability after each step that the user leaves for no reason.",
        tests=(0.1, 0.3),
        ge=0,
        le=1,
    )
    accept: bool = live(
        False,
        "The first slate with a click is accepted: it ends the inner episode, with success.",
        tests=(True, False),
    )
    taste: int = live(
        0,
        "The user likes genre g as the level has it for genre g + taste, counted round.",
        tests=(1, 2),
        ge=0,
        lt=codes.MAX_GENRES,
    )


class CatalogueFactors(Group):
    """What can be shown."""

    recency: int = live(
        codes.MAX_CANDIDATES,
        "Steps for which an item can be shown: from its upload on, one is uploaded a step.",
        tests=(3, 4),
        ge=1,
        le=codes.MAX_CANDIDATES,
    )


class ObservationFactors(Group):
    """What is seen."""

    examined: bool = live(
        False,
        "Feedback tells which items were not looked at from those that were passed over.",
        tests=(True, False),
    )
    reveal: bool = structural(
        False,
        "Adds `preferences`, `tastes`, `satiation` and `chances`: what the user is like now.",
        tests=(True, False),
    )


class ActionFactors(Group):
    """What a slate is."""

    candidates: int = structural(
        6, "Items that there are at a time.", tests=(5, 4), ge=1, le=codes.MAX_CANDIDATES
    )
    slate: int = structural(
        3, "Places of a slate, for different items.", tests=(2, 1), ge=1, le=codes.MAX_SLATE
    )

    ask: bool = structural(
        False,
        "Adds a question for every topic and genre, whether the user likes it, to ask in the place "
        "of a slate.",
        tests=(True, False),
    )

    @model_validator(mode="after")
    def _few_slates(self) -> ActionFactors:
        if self.slate > self.candidates:
            raise ValueError(
                f"slate = {self.slate}: expected at most as many as candidates, {self.candidates}"
            )
        if slates(self.candidates, self.slate) > codes.MAX_SLATES:
            raise ValueError(
                f"candidates = {self.candidates} and slate = {self.slate}: these are "
                f"{slates(self.candidates, self.slate)} slates, expected at most {codes.MAX_SLATES}"
            )
        return self


class RewardFactors(Group):
    """What is worth how much."""

    click: float = live(1.0, "Reward of a click.", tests=(2.0, 0.5), ge=0)
    quality: float = live(
        0.0, "Reward of a click on an item of quality 1, beside it.", tests=(1.0, 2.0), ge=0
    )
    leave: float = live(0.0, "Cost of a user who has lost patience.", tests=(1.0, 5.0), ge=0)
    yes: float = live(
        0.0, "Reward of a question that is answered with yes.", tests=(0.5, 1.0), ge=0
    )
    turn: float = live(0.0, "Cost of each step.", tests=(0.1, 0.5), ge=0)


class Rules(RulesBase):
    """Every factor of a market."""

    transition: TransitionFactors = TransitionFactors()
    catalogue: CatalogueFactors = CatalogueFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {}

RULES_DTYPE = np.dtype(
    [
        ("affinity", np.float64),
        ("quality", np.float64),
        ("reluctance", np.float64),
        ("satiation", np.float64),
        ("kept", np.float64),  # share of satiation that a step leaves
        ("influence", np.float64),
        ("drift", np.float64),
        ("churn", np.float64),
        ("pay_click", np.float64),
        ("pay_quality", np.float64),
        ("leave", np.float64),
        ("yes", np.float64),
        ("turn", np.float64),
        ("attention", np.float64, (codes.MAX_SLATE,)),  # probability to look, by place
        ("blocks", np.int32, (codes.MAX_SLATE,)),  # slates with the same places up to this one
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),
        ("taste", np.int32),
        ("recency", np.int32),
        ("candidates", np.int32),
        ("slate", np.int32),
        ("slates", np.int32),
        ("examined", np.int32),
        ("reveal", np.int32),
        ("accept", np.int32),
        ("ask", np.int32),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    change, reward, action = rules.transition, rules.reward, rules.action
    for name in ("affinity", "quality", "reluctance", "satiation", "influence", "drift", "churn"):
        flat[name] = getattr(change, name)
    flat["kept"], flat["taste"] = 1.0 - change.recovery, change.taste
    # Made here, so that both targets look with the same probabilities.
    flat["attention"] = np.arange(1, codes.MAX_SLATE + 1) ** -change.position_bias
    flat["pay_click"], flat["pay_quality"] = reward.click, reward.quality
    for name in ("leave", "yes", "turn"):
        flat[name] = getattr(reward, name)
    flat["recency"], flat["accept"] = rules.catalogue.recency, change.accept
    for name in ("candidates", "slate", "ask"):
        flat[name] = getattr(action, name)
    flat["slates"] = slates(action.candidates, action.slate)
    for place in range(action.slate):
        rest = (action.candidates - place - 1, action.slate - place - 1)
        flat["blocks"][place] = slates(*rest)
    flat["examined"], flat["reveal"] = rules.observation.examined, rules.observation.reveal
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    uses = {
        codes.USES_INFLUENCE: change.influence > 0,
        codes.USES_DRIFT: change.drift > 0,
        codes.USES_ASK: action.ask,
    }
    flat["active"] = sum(bit for bit, used in uses.items() if used)
    return flat
