"""The factors of a corridor, and their flat form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import field_validator

from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural

ACTIONS = ("west", "stay", "east")


class TransitionFactors(Group):
    """What a move does."""

    slip: float = live(0.0, "Probability that a move fails.", tests=(0.5, 1.0), ge=0, le=1)
    ring: bool = live(False, "The ends of the corridor are joined.", tests=(True, False))


class ObservationFactors(Group):
    """What is seen."""

    reach: int = structural(2, "Cells seen to each side.", tests=(1, 3), ge=1, le=9)
    fog: float = live(0.0, "Probability that a cell is not seen.", tests=(0.5, 1.0), ge=0, le=1)


class ActionFactors(Group):
    """What the action numbers mean."""

    order: tuple[int, ...] = live(
        (), "Permutation of the actions; empty is the identity.", tests=("reversed", "rotated")
    )

    @field_validator("order")
    @classmethod
    def _permutation(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value and sorted(value) != [0, 1, 2]:
            raise ValueError("expected a permutation of 0..2, or nothing")
        return value


class RewardFactors(Group):
    """What is worth how much."""

    goal: float = live(1.0, "Reward for reaching the goal.", tests=(2.0, -1.0))
    step_cost: float = live(0.0, "Cost of each step.", tests=(0.1, 0.2))


class Rules(RulesBase):
    """Every factor of a corridor."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {}

RULES_DTYPE = np.dtype(
    [
        ("slip", np.float64),
        ("fog", np.float64),
        ("goal", np.float64),
        ("step_cost", np.float64),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("reach", np.int32),
        ("move", np.int32, (3,)),
        ("ring", np.int32),
        ("defect", np.int32),  # of a broken twin; 0 is sound
    ],
    align=True,
)


def flatten(rules: Rules) -> np.ndarray:
    """The rule record of ``rules``."""
    flat = np.zeros((), RULES_DTYPE)
    flat["slip"], flat["ring"] = rules.transition.slip, rules.transition.ring
    flat["fog"], flat["reach"] = rules.observation.fog, rules.observation.reach
    flat["goal"], flat["step_cost"] = rules.reward.goal, rules.reward.step_cost
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    flat["move"] = np.array(rules.action.order or (0, 1, 2)) - 1
    return flat
