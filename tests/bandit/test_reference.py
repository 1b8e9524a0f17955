"""References of bandits: closed forms, planning, and that the kernel pays what they say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from adaptarium.agents.bandit import policy_class
from adaptarium.agents.bandit.dynlin import DynLinUCB
from adaptarium.agents.bandit.simulate import regret_curves
from adaptarium.envs.bandit import reference
from adaptarium.envs.bandit.players import Greedy, play
from adaptarium.envs.core.banks import generate_levels
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.core.reference import Solver, by_values
from adaptarium.envs.core.registry import world_specs
from adaptarium.envs.core.world import World, load_world
from adaptarium.generators.bandit.dynamical import CORNERS

BANDITS = [spec.id for spec in world_specs() if spec.family == "bandit"]


def level_of(world: World, seed: int = 0) -> dict[str, Any]:
    bank = generate_levels(world, seed, 1)
    return dict(world.family.module("level").read(bank, 0))


def returns_of(world: World, player: Any, episodes: int, seed: int = 0) -> Any:
    return play(world, level_of(world, seed), player, episodes)


# ---- the reference is what its player gets ----


@pytest.mark.parametrize("world_id", BANDITS)
@pytest.mark.parametrize("rounds", [1, 2])
def test_the_reference_player_gets_the_reference(world_id: str, rounds: int) -> None:
    limits = {"episode.max_steps": 12, "episode.inner_episodes": rounds}
    world = load_world(world_id, **limits)
    bank = generate_levels(world, 3, 1)
    best = reference.solve(world, (bank, 0))
    assert best.method == "exact"
    player = reference.policy(world, bank, 0)
    returns = returns_of(world, player, 200, seed=3)
    error = max(float(returns.std()) / np.sqrt(len(returns)), 1e-9)
    assert abs(returns.mean() - best.return_) < 4 * error


@pytest.mark.parametrize("changes", [{"action.order": (2, 0, 1)}, {"trial.structure": False}])
def test_numbers_do_not_matter_to_the_reference(changes: dict[str, Any]) -> None:
    plain = load_world("LastSwitch-v0", arms=3, span=3, **{"episode.max_steps": 6})
    world, bank, episodes = plain.override(**changes), generate_levels(plain, 1, 1), 40
    best = reference.solve(world, (bank, 0))
    assert best.return_ == pytest.approx(reference.solve(plain, (bank, 0)).return_)
    returns = returns_of(world, reference.policy(world, bank, 0), episodes, seed=1)
    error = returns.std() / np.sqrt(episodes)
    assert returns.mean() == pytest.approx(best.return_, abs=4 * error)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reward.pull_cost": 0.1},
        {"transition.restless": True},
        {"reward.switch_cost": 0.2, "transition.restless": True},
    ],
)
def test_closed_forms_equal_value_iteration_on_the_kernel(changes: dict[str, Any]) -> None:
    arms = [
        {"mean": 0.7, "low": 0.2, "up": 0.3, "down": 0.4},
        {"mean": 0.5},
        {"mean": 0.6, "up": 1.0},
    ]
    level = {"arms": arms, "max_steps": 5}
    world = load_world("Bernoulli-v0", records=(level,), **changes)
    batch = Batch([world], 1)
    batch.reset(seed=0)
    row = int(batch.w.core["level"][0])
    expected = by_values(Solver(world, batch.w), row).return_
    assert reference.solve(world, level).return_ == pytest.approx(expected, abs=1e-9)


def test_declaring_pays_after_the_best_number_of_pulls() -> None:
    level = {"arms": [{"mean": 0.9}, {"mean": 0.2}], "max_steps": 4}
    for payoff, declared in ((0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (0.1, 0.01)):
        changes = {"reward.payoff": payoff, "reward.declared": declared}
        world = load_world("Identify-v0", records=(level,), **changes)
        batch = Batch([world], 1)
        batch.reset(seed=0)
        row = int(batch.w.core["level"][0])
        expected = by_values(Solver(world, batch.w), row).return_
        assert reference.solve(world, level).return_ == pytest.approx(expected)


# ---- dynamical linear bandits ----


def test_the_published_system_has_its_closed_form() -> None:
    """J* = 0.8125 and u* = (1, 0.5, 0), with B11 = 0.45 (see the authors' configuration)."""
    world = load_world("Dynamical-v0", instance="published")
    level = level_of(world)
    decay, output = (np.array(level["hidden"][name]) for name in ("decay", "output"))
    drive = np.array([arm["drive"] for arm in level["arms"]])
    direct = np.array([arm["mean"] for arm in level["arms"]])
    steady = direct + drive @ np.linalg.solve(np.eye(3) - decay.T, output)
    np.testing.assert_allclose(CORNERS[steady.argmax()], [1.0, 0.5, 0.0])
    assert steady.max() == pytest.approx(0.8125)
    long, longer = (
        reference.solve(world.override(horizon=h), {**level, "max_steps": h}).return_
        for h in (400, 500)
    )
    assert (longer - long) / 100 == pytest.approx(0.8125, abs=1e-9)


def test_myopic_play_of_the_published_system_is_worse() -> None:
    world = load_world("Dynamical-v0", instance="published", horizon=300)
    myopic = returns_of(world, Greedy(world.rules), 4).mean()
    assert myopic / 300 == pytest.approx(0.5556, abs=0.01)  # h at u = (0, 1, 0.5)
    assert reference.solve(world, level_of(world)).return_ / 300 == pytest.approx(0.81, abs=0.01)


def late_payoff(world: World, policy: Any, steps: int, **settings: Any) -> float:
    """Mean payoff over the last 300 of so many steps, of 8 episodes."""
    paid = list[float]()

    class Noted(policy):  # type: ignore[misc]
        def learn(self, rows: Any, arms: Any, payoffs: Any) -> None:
            paid.append(float(payoffs.mean()))
            super().learn(rows, arms, payoffs)

    regret_curves(world, Noted, episodes=8, at=[steps], **settings)
    return float(np.mean(paid[-300:]))


def test_dynlin_ucb_finds_what_pays_in_the_long_run() -> None:
    world = load_world("Dynamical-v0", instance="published", horizon=1_500)
    found = late_payoff(world, DynLinUCB, 1_500, actions=CORNERS)
    assert found > 0.78  # of 0.8125; the arm that pays most at once makes 0.5556


# ---- last-switch-dependent bandits ----


def test_the_published_arms_and_that_the_best_arm_of_the_moment_is_not_the_best() -> None:
    world = load_world("LastSwitch-v0", instance="published", horizon=360)
    level = level_of(world)
    recharge = [arm.get("recharge", [arm["mean"]]) for arm in level["arms"]]
    assert recharge[1] == [0.0, 0.0, 0.95, 0.0]
    assert recharge[2] == [0.14] * 5 + [0.16] + [0.14] * 2 + [0.96]
    best = reference.solve(world, level)
    assert best.method == "exact"
    # Three steps of rest, in which a plain arm is pulled, and the spike: 1.4 a cycle at least.
    assert best.return_ / 360 > 1.4 / 4
    myopic = returns_of(world, Greedy(world.rules), 64).mean()
    assert myopic < 0.95 * best.return_


def test_blocks_learn_what_one_arm_alone_does_not_pay() -> None:
    arms = [{"mean": 0.3}, {"mean": 0.0, "recharge": [0.0, 0.0, 1.0, 0.0], "satiation": [0.0]}]
    level = {"arms": arms, "max_steps": 3_000}
    world = load_world("LastSwitch-v0", records=(level,))
    # Three steps of rest, and a pull that pays 1.
    assert reference.solve(world, level).return_ / 3_000 == pytest.approx(1.9 / 4, abs=1e-3)
    assert late_payoff(world, policy_class("isi-comb-ucb"), 3_000) > 0.37
    assert late_payoff(world, policy_class("ucb1"), 3_000) < 0.33


# ---- outcomes are the kernel's ----


def test_enumerated_outcomes_have_the_sampled_frequencies() -> None:
    from adaptarium.envs.core.outcomes import outcomes

    arms = [
        {"mean": 0.7, "low": 0.2, "up": 0.3, "down": 0.4},
        {"mean": 0.5, "up": 0.2, "good": False},
    ]
    world = load_world("Restless-v0", records=({"arms": arms, "max_steps": 9},))
    batch = Batch([world], 4_000, autoreset="disabled")
    batch.reset(seed=5)
    listed = outcomes(batch, 0, [0])
    assert sum(one.probability for one in listed) == pytest.approx(1.0)
    batch.w.actions[:] = 0
    batch.step()
    rows = np.concatenate(batch.w.rows, axis=1)
    for one in listed:
        share = (rows == one.state).all(axis=1).mean()
        assert share == pytest.approx(one.probability, abs=0.03)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"arms": []}, "arms"),
        ({"arms": [{"mean": 0.12345}]}, "multiple of 0.0001; the nearest is 0.123"),
        ({"arms": [{"mean": float("nan")}]}, "mean"),
        ({"arms": [{"mean": 0.5, "meen": 1}]}, "did you mean 'mean'"),
        ({"arms": [{"mean": 0.5, "up": 2}]}, "number from 0.0 to 1.0"),
        ({"arms": [{"mean": 0.5, "coefficients": [1.0]}]}, "expected 0 or none"),
        ({"hidden": {"decay": [[1.5]], "output": [1.0]}}, "from -1.0 to 1.0"),
        ({"max_steps": 0}, "max_steps"),
    ],
)
def test_a_malformed_level_is_refused(damage: dict[str, Any], said: str) -> None:
    level = {"arms": [{"mean": 0.5}, {"mean": 0.4}], "max_steps": 10, **damage}
    with pytest.raises(LevelError, match=said):
        Batch([load_world("Bernoulli-v0", records=(level,))], 1)


def test_the_expected_highest_of_two_valued_arms() -> None:
    rewards, good = np.array([[0.1, 0.9], [0.3, 0.5], [0.0, 0.6]]), np.array([0.2, 0.7, 0.5])
    expected = sum(
        max(rewards[a, s] for a, s in enumerate(states))
        * np.prod([good[a] if s else 1 - good[a] for a, s in enumerate(states)])
        for states in itertools.product((0, 1), repeat=3)
    )
    assert reference._highest(rewards, good) == pytest.approx(expected)
