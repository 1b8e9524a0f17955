"""The bandit generators: what they draw, and that difficulty makes it harder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.errors import FactorError
from adaptarium.envs.core.layout import Workspace
from adaptarium.envs.core.world import load_world

COUNT = 400


def levels(world_id: str, **knobs: Any) -> Workspace:
    return generate_levels(load_world(world_id, **knobs), 0, COUNT)


def gaps(bank: Workspace) -> Any:
    """(levels,) how far the best mean lies above the second."""
    ranked = np.sort(bank.levels.arms["mean"], axis=1)
    return ranked[:, -1] - ranked[:, -2]


def temptations(bank: Workspace) -> Any:
    """(levels,) what the arm that pays most at once loses in the long run."""
    diagonal = np.diagonal(bank.levels.decay, axis1=1, axis2=2)
    drive = bank.levels.drive[:, :10] / (1.0 - diagonal)[:, None]
    steady = bank.levels.arms["mean"] + np.einsum("kaj,kj->ka", drive, bank.levels.output)
    greedy = bank.levels.arms["mean"].argmax(axis=1)
    return steady.max(axis=1) - steady[np.arange(COUNT), greedy]


def waits(bank: Workspace) -> Any:
    """(levels,) steps until the arms pay their most, together."""
    return bank.levels.recharge.argmax(axis=2).sum(axis=1)


def unrest(bank: Workspace) -> Any:
    return (bank.levels.arms["up"] + bank.levels.arms["down"]).sum(axis=1)


def spreads(bank: Workspace) -> Any:
    """(levels,) how far the best arm of a context lies above the mean arm, over contexts."""
    values = np.einsum("kcj,kaj->kca", bank.levels.contexts, bank.levels.coefficients)
    return (values.max(axis=2) - values.mean(axis=2)).mean(axis=1)


@pytest.mark.parametrize(
    ("world_id", "measure", "sign"),
    [
        ("Bernoulli-v0", gaps, -1),
        ("Gaussian-v0", gaps, -1),
        ("Contextual-v0", spreads, -1),
        ("Restless-v0", unrest, 1),
        ("LastSwitch-v0", waits, 1),
        ("Dynamical-v0", temptations, 1),
    ],
)
def test_difficulty_makes_levels_harder(world_id: str, measure: Any, sign: int) -> None:
    easy, usual, hard = (
        float(np.mean(measure(levels(world_id, difficulty=d)))) for d in (0.0, 0.5, 1.0)
    )
    assert sign * easy < sign * usual < sign * hard


@pytest.mark.parametrize(("world_id", "gap"), [("Bernoulli-v0", 0.2), ("Gaussian-v0", 1.5)])
def test_a_gap_is_kept_exactly(world_id: str, gap: float) -> None:
    bank = levels(world_id, gap=gap)
    np.testing.assert_allclose(gaps(bank), gap, atol=1e-9)
    best = bank.levels.arms["mean"].argmax(axis=1)
    assert len(set(best.tolist())) == 10, "any arm may be the best"


def test_bernoulli_means_are_probabilities_and_the_best_is_noted() -> None:
    bank = levels("Bernoulli-v0", gap=0.3)
    means = bank.levels.arms["mean"]
    assert 0.05 <= means.min() < 0.1
    assert 0.9 < means.max() <= 0.95
    np.testing.assert_array_equal(bank.levels.head["best"], means.max(axis=1))


def test_an_outside_option_is_certain() -> None:
    bank = levels("Delayed-v0")
    assert not bank.levels.arms["mean"][:, 0].any()
    assert not bank.levels.arms["spread"][:, 0].any()
    assert bank.levels.arms["spread"][:, 1:5].all()


def test_a_gap_beside_an_outside_option_needs_a_third_arm() -> None:
    with pytest.raises(FactorError, match="needs 3 or more"):
        load_world("Delayed-v0", arms=2, gap=0.5)
