"""The factors of the puzzle family, and their flat form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator, model_validator

from adaptarium.envs.core.factors import (
    EpisodeFactors,
    Group,
    RulesBase,
    check_order,
    known_once,
    live,
    structural,
)
from adaptarium.envs.puzzle import codes

Structure = Mapping[str, int]
CROSS = "010 111 010"


class TransitionFactors(Group):
    """What actions do."""

    slip: float = live(
        0.0,
        "Probability that a random valid action takes the place of the chosen one.",
        tests=(0.5, 1.0),
        ge=0,
        le=1,
    )
    press_pattern: str = live(
        CROSS,
        "The cells that a press changes, as three rows around the pressed one.",
        tests=("000 010 000", "111 111 111"),
    )
    wrap: bool = live(False, "The board's edges are joined: it has no border.", tests=(True, False))
    first_click: Literal["as_is", "safe", "opening"] = live(
        "as_is",
        "as_is: the first cell revealed may be a mine; safe: a mine there moves away; opening: "
        "those beside it do, too.",
        tests=("safe", "opening"),
    )
    cascade: bool = live(
        True, "Revealing a cell without mines beside it reveals those beside.", tests=(False, True)
    )
    failure_ends: bool = live(
        True, "Revealing a mine, or a wrong answer, ends the episode.", tests=(False, True)
    )
    swap: float = live(
        0.0,
        "Probability that two cards that do not match change places while they are turned down.",
        tests=(0.5, 1.0),
        ge=0,
        le=1,
    )
    logic: Literal["all", "any", "odd"] = live(
        "all",
        "When a hidden rule says yes: if all, any or an odd number of its conditions hold.",
        tests=("any", "odd"),
    )

    @field_validator("press_pattern")
    @classmethod
    def _three_rows(cls, value: str) -> str:
        rows = value.split(" ")
        if len(rows) != 3 or any(len(row) != 3 or set(row) - {"0", "1"} for row in rows):
            raise ValueError(f"expected three rows of three 0 or 1, such as {CROSS!r}")
        if "1" not in value:
            raise ValueError(f"expected at least one cell, such as in {CROSS!r}")
        return value


class ObservationFactors(Group):
    """What is seen."""

    noise: float = live(
        0.0,
        "Probability that a cell is read as a random value, or that the lamp is misread.",
        tests=(0.3, 1.0),
        ge=0,
        le=1,
    )
    left_visible: bool = live(True, "How much is left to do is shown; else 0.", tests=(False, True))
    show_goal: bool = structural(
        False, "Adds `goal`: the board that is to be reached.", tests=(True, False)
    )


class ActionFactors(Group):
    """What the action numbers mean."""

    vocabulary: tuple[str, ...] = structural(
        ("press",),
        "The verbs that the agent has, each with all its targets, in the order of their numbers.",
        tests=(("press", "apply"), ("right", "left", "up", "down")),
        min_length=1,
        max_length=len(codes.VERBS),
    )
    order: tuple[int, ...] = live(
        (),
        "Permutation of the verbs: verb k does what entry order[k] says; empty is the identity.",
        tests=((1, 0), (3, 2, 1, 0)),
    )

    @field_validator("vocabulary")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_once(value, codes.VERBS, "verb")

    @model_validator(mode="after")
    def _order_fits(self) -> ActionFactors:
        check_order(self.order, len(self.vocabulary))
        return self


class RewardFactors(Group):
    """What is worth how much."""

    solved: float = live(1.0, "Reward for solving the puzzle.", tests=(2.0, -1.0))
    solved_decay: float = live(
        0.0, "Share of it that is lost linearly over the time limit.", tests=(0.5, 0.9), ge=0
    )
    progress: float = live(
        0.0,
        "Reward for all that there is to do, paid share by share as it is done (and taken back).",
        tests=(1.0, 0.5),
    )
    step_cost: float = live(0.0, "Cost of each step.", tests=(0.1, -0.05))
    failure_cost: float = live(0.0, "Cost of a mine or a wrong answer.", tests=(1.0, -0.5))
    mismatch_cost: float = live(0.0, "Cost of two cards that do not match.", tests=(0.1, 0.2))
    idle_cost: float = live(0.0, "Cost of an action that is not valid.", tests=(0.1, 0.2))


class Rules(RulesBase):
    """Every factor of a puzzle."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "lights": {"action.vocabulary": ("press",), "reward.solved_decay": 0.9},
    "sliding": {
        "action.vocabulary": codes.MOVES,
        "observation.show_goal": True,
        "reward.solved_decay": 0.9,
    },
    "mines": {"action.vocabulary": ("reveal", "flag")},
    "cards": {"action.vocabulary": ("flip",), "reward.solved_decay": 0.9},
    "probe": {
        "action.vocabulary": ("press", "answer"),
        "transition.press_pattern": "000 010 000",
        "reward.step_cost": 0.02,
    },
    "morph": {
        "action.vocabulary": ("apply",),
        "observation.show_goal": True,
        "reward.solved_decay": 0.9,
    },
}

REWARDS = tuple(RewardFactors.model_fields)

RULES_DTYPE = np.dtype(
    [
        *((name, np.float64) for name in REWARDS),
        ("slip", np.float64),
        ("swap", np.float64),
        ("noise", np.float64),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),
        ("pattern", np.int32),  # nine bits, row by row from the upper left
        ("first_click", np.int32),
        ("logic", np.int32),
        ("num_verbs", np.int32),
        ("places", np.int32, (len(codes.VERBS),)),  # the verbs whose targets lay out the numbers
        ("verbs", np.int32, (len(codes.VERBS),)),  # and those that they do
        ("wrap", np.uint8),
        ("cascade", np.uint8),
        ("failure_ends", np.uint8),
        ("left_visible", np.uint8),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    transition, observation = rules.transition, rules.observation
    for name in REWARDS:
        flat[name] = getattr(rules.reward, name)
    for name in ("slip", "swap", "wrap", "cascade", "failure_ends"):
        flat[name] = getattr(transition, name)
    flat["noise"], flat["left_visible"] = observation.noise, observation.left_visible
    bits = transition.press_pattern.replace(" ", "")
    flat["pattern"] = sum(1 << k for k, bit in enumerate(bits) if bit == "1")
    flat["first_click"] = codes.FIRST_CLICKS.index(transition.first_click)
    flat["logic"] = codes.LOGICS.index(transition.logic)
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    vocabulary = rules.action.vocabulary
    flat["num_verbs"] = len(vocabulary)
    for place, entry in enumerate(rules.action.order or range(len(vocabulary))):
        flat["places"][place] = codes.VERBS.index(vocabulary[place])
        flat["verbs"][place] = codes.VERBS.index(vocabulary[entry])
    flat["active"] = _active(rules)
    return flat


def has_goal(rules: Rules) -> bool:
    """Whether the puzzle is solved by making the board equal to a goal.

    Where there is a rule to be found, the board's changes are only questions.
    """
    return bool(codes.CHANGING & set(rules.action.vocabulary)) and not has_answer(rules)


def has_answer(rules: Rules) -> bool:
    """Whether a hidden rule is to be found."""
    return "answer" in rules.action.vocabulary


def _active(rules: Rules) -> int:
    """The mechanics in use, as bits."""
    verbs = set(rules.action.vocabulary)
    uses = {
        codes.USES_SLIP: rules.transition.slip > 0,
        codes.USES_GOAL: has_goal(rules),
        codes.USES_PRESS: "press" in verbs,
        codes.USES_SLIDE: bool(verbs & set(codes.MOVES)),
        codes.USES_APPLY: "apply" in verbs,
        codes.USES_MINES: "reveal" in verbs,
        codes.USES_CARDS: "flip" in verbs,
        codes.USES_ANSWER: has_answer(rules),
        codes.USES_NOISE: rules.observation.noise > 0,
        codes.SHOWS_GOAL: rules.observation.show_goal,
    }
    return sum(bit for bit, used in uses.items() if used)
