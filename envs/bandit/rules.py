"""The factors of the bandit family, and their flat form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import field_validator

from adaptarium.envs.bandit import codes
from adaptarium.envs.core.factors import EpisodeFactors, Group, RulesBase, live, structural


class TransitionFactors(Group):
    """How arms pay, and how that changes."""

    payoff: Literal["bernoulli", "gaussian"] = live(
        "bernoulli",
        "bernoulli: an arm pays 1 with its mean as the probability, else 0; gaussian: it pays its "
        "mean with normal noise.",
        tests=("gaussian", "bernoulli"),
    )
    noise: float = live(
        1.0,
        "Standard deviation of gaussian payoffs, times the arm's own.",
        tests=(0.5, 2.0),
        ge=0,
        le=100,
    )
    restless: bool = live(
        False, "Arms move between a good and a bad state, pulled or not.", tests=(True, False)
    )
    recharge: bool = live(
        False,
        "What an arm pays follows the steps since it was last switched to or from.",
        tests=(True, False),
    )
    drift: float = live(
        0.0,
        "Radians a step by which coefficients of contexts turn, in pairs of features.",
        tests=(0.2, -0.5),
        ge=-4,
        le=4,
    )
    hidden_noise: float = live(
        0.0,
        "Standard deviation of the noise of each number of a hidden state, a step.",
        tests=(0.1, 0.3),
        ge=0,
        le=10,
    )
    extra_observations: int = live(
        3, "How often an inner episode lets watch another arm.", tests=(1, 6), ge=0, le=1_000_000
    )


class ObservationFactors(Group):
    """What is seen."""

    one_sided: bool = live(False, "What arm 0 pays is not shown.", tests=(True, False))
    reveal: bool = structural(
        False, "Adds `means`: what every arm pays on average now.", tests=(True, False)
    )


class ActionFactors(Group):
    """What the action numbers mean."""

    watch: bool = structural(
        False,
        "Adds for every arm an action that pulls the held arm again and shows what this one pays.",
        tests=(True, False),
    )
    declare: bool = structural(
        False,
        "Adds for every arm an action that declares it the best and ends the inner episode.",
        tests=(True, False),
    )
    order: tuple[int, ...] = live(
        (),
        "Permutation of the actions: action k does what action order[k] would; empty is the "
        "identity.",
        tests=("reversed", "rotated"),
    )

    @field_validator("order")
    @classmethod
    def _permutation(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) > codes.MAX_ACTIONS or sorted(value) != list(range(len(value))):
            raise ValueError(
                f"expected a permutation of 0..n-1, n at most {codes.MAX_ACTIONS}, or nothing"
            )
        return value


class RewardFactors(Group):
    """What is worth how much."""

    payoff: float = live(1.0, "Weight of payoffs in the reward.", tests=(2.0, -1.0))
    pull_cost: float = live(0.0, "Cost of each pull.", tests=(0.1, 0.5), ge=0)
    switch_cost: float = live(
        0.0, "Cost of pulling another arm than before.", tests=(0.1, 0.5), ge=0
    )
    declared: float = live(1.0, "Reward for declaring the best arm.", tests=(2.0, 0.5))
    mistaken: float = live(0.0, "Cost of declaring another arm.", tests=(0.5, 1.0), ge=0)


class FeedbackFactors(Group):
    """When payoffs are told and paid."""

    delay: int = structural(
        0,
        "Steps after the end of its batch until a payoff is told and paid.",
        tests=(2, 4),
        ge=0,
        le=codes.MAX_DELAY,
    )
    batch: int = structural(
        1,
        "Payoffs are told and paid together, after every so many steps.",
        tests=(3, 5),
        ge=1,
        le=codes.MAX_DELAY,
    )


class TrialFactors(Group):
    """What the inner episodes of a trial have in common: structure, memory and credit.

    The three switches of "Exploitation Is All You Need... for Exploration" (arXiv 2508.01287).
    """

    structure: bool = live(
        True,
        "Arms keep their numbers for the whole trial; else they are shuffled for every inner "
        "episode.",
        tests=(False, True),
    )
    memory: Literal["none", "episode", "trial"] = structural(
        "none",
        "Adds `tallies`, the results that were told of each arm: of the inner episode, or of the "
        "trial.",
        tests=("episode", "trial"),
    )
    credit: float = live(
        1.0,
        "The discount that is announced between inner episodes: how much a learner is to value the "
        "later ones.",
        tests=(0.0, 0.5),
        ge=0,
        le=1,
    )


class Rules(RulesBase):
    """Every factor of a bandit."""

    transition: TransitionFactors = TransitionFactors()
    observation: ObservationFactors = ObservationFactors()
    action: ActionFactors = ActionFactors()
    reward: RewardFactors = RewardFactors()
    feedback: FeedbackFactors = FeedbackFactors()
    trial: TrialFactors = TrialFactors()
    episode: EpisodeFactors = EpisodeFactors()


PRESETS: Mapping[str, Mapping[str, Any]] = {}

RULES_DTYPE = np.dtype(
    [
        ("noise", np.float64),
        ("drift", np.float64),
        ("hidden_noise", np.float64),
        ("turn_cos", np.float64),
        ("turn_sin", np.float64),
        ("pull_cost", np.float64),
        ("switch_cost", np.float64),
        ("declared", np.float64),
        ("mistaken", np.float64),
        # What every step reads lies together.
        ("payoff", np.float64),
        ("credit", np.float64),
        ("max_steps", np.int32),
        ("inner_episodes", np.int32),
        ("active", np.int32),
        ("modes", np.int32),
        ("extra_observations", np.int32),
        ("delay", np.int32),
        ("batch", np.int32),
        ("gaussian", np.uint8),
        ("watch", np.uint8),
        ("one_sided", np.uint8),
        ("shuffled", np.uint8),
        ("memory", np.uint8),
        ("order", np.uint8, (codes.MAX_ACTIONS,)),
    ],
    align=True,
)


def flatten(rules: Rules) -> npt.NDArray[Any]:
    """The rule record of ``rules``: shape (), ``RULES_DTYPE``."""
    flat = np.zeros((), RULES_DTYPE)
    change, reward, action = rules.transition, rules.reward, rules.action
    flat["noise"], flat["hidden_noise"] = change.noise, change.hidden_noise
    flat["drift"] = change.drift
    # Made here, so that both targets turn by the same numbers.
    flat["turn_cos"], flat["turn_sin"] = np.cos(change.drift), np.sin(change.drift)
    flat["gaussian"] = codes.PAYOFFS.index(change.payoff)
    flat["extra_observations"] = change.extra_observations
    for name in ("payoff", "pull_cost", "switch_cost", "declared", "mistaken"):
        flat[name] = getattr(reward, name)
    flat["delay"], flat["batch"] = rules.feedback.delay, rules.feedback.batch
    flat["credit"], flat["shuffled"] = rules.trial.credit, not rules.trial.structure
    flat["memory"] = codes.MEMORIES.index(rules.trial.memory)
    flat["one_sided"] = rules.observation.one_sided
    flat["modes"], flat["watch"] = modes(rules), action.watch
    flat["order"] = range(codes.MAX_ACTIONS)
    flat["order"][: len(action.order)] = action.order
    flat["max_steps"] = rules.episode.max_steps
    flat["inner_episodes"] = rules.episode.inner_episodes
    flat["active"] = _active(rules)
    return flat


def modes(rules: Rules) -> int:
    """Actions an arm has: to pull it and, where the world has that, to watch or declare it."""
    return 1 + int(rules.action.watch) + int(rules.action.declare)


def verbs(rules: Rules) -> tuple[str, ...]:
    """The names of an arm's actions, in the order of their numbers."""
    has = (True, rules.action.watch, rules.action.declare)
    return tuple(verb for verb, used in zip(codes.VERBS, has, strict=True) if used)


def _active(rules: Rules) -> int:
    """The mechanics in use, as bits."""
    change, reward, feedback = rules.transition, rules.reward, rules.feedback
    uses = {
        codes.USES_ORDER: bool(rules.action.order),
        codes.USES_RECHARGE: change.recharge,
        codes.USES_RESTLESS: change.restless,
        codes.USES_COSTS: reward.pull_cost > 0 or reward.switch_cost > 0,
        codes.USES_QUEUE: feedback.delay > 0 or feedback.batch > 1,
        codes.USES_MEMORY: rules.trial.memory != "none",
        codes.USES_DECLARE: rules.action.declare,
        codes.USES_DRIFT: change.drift != 0,
        codes.USES_REVEAL: rules.observation.reveal,
        codes.USES_WATCH: rules.action.watch,
    }
    return sum(bit for bit, used in uses.items() if used)
