"""The policies that MABWiser has too think what it thinks (``make_mabwiser_answers.py``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adaptarium.agents.bandit.indices import UCB1
from adaptarium.agents.bandit.linear import LinUCB
from adaptarium.agents.bandit.policy import Floats, Policy, Streamed
from adaptarium.agents.bandit.sampling import Thompson
from adaptarium.agents.bandit.simple import EpsilonGreedy

ANSWERS = json.loads(Path(__file__).with_name("mabwiser_answers.json").read_text("utf-8"))
CHANCE = Streamed(np.random.default_rng(0), 1)
ALL = slice(None)


class Posteriors(Streamed):
    """Chance that keeps the parameters it was asked to draw with."""

    def beta(self, a: Floats, b: Floats) -> Floats:
        return np.stack([a, b], axis=-1)


def taught(policy: Policy, case: dict[str, Any]) -> Policy:
    """A policy of one episode that has seen the history, and sees the context of the answer."""
    for arm, payoff, context in zip(case["arms"], case["payoffs"], case["contexts"], strict=True):
        policy.see(ALL, {"context": np.array([context])})
        policy.choose(ALL, CHANCE)
        policy.learn(np.array([0]), np.array([arm]), np.array([payoff]))
    policy.see(ALL, {"context": np.array([case["context"]])})
    return policy


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{len(case['ucb1'])} arms")
@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("ucb1", lambda arms: UCB1(1, arms)),
        ("epsilon-greedy", lambda arms: EpsilonGreedy(1, arms)),
        ("linucb", lambda arms: LinUCB(1, arms, alpha=0.7)),
    ],
)
def test_indices_are_those_of_mabwiser(name: str, policy: Any, case: dict[str, Any]) -> None:
    found = taught(policy(len(case[name])), case).indices(ALL, CHANCE)[0]
    np.testing.assert_allclose(found, case[name], rtol=1e-9)


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{len(case['ucb1'])} arms")
def test_thompson_draws_from_the_posteriors_of_mabwiser(case: dict[str, Any]) -> None:
    policy = taught(Thompson(1, len(case["thompson"])), case)
    drawn_with = policy.indices(ALL, Posteriors(np.random.default_rng(0), 1))[0]
    np.testing.assert_array_equal(drawn_with, case["thompson"])
