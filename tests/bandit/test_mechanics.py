"""What the mechanics of bandits do, step by step."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from adaptarium.envs.bandit.layout import SIGNALS
from adaptarium.envs.core import noise
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import World, load_world


def begun(world: World, slots: int = 1, seed: int = 7) -> Batch:
    batch = Batch([world], slots, autoreset="disabled")
    batch.reset(seed=seed)
    return batch


def played(batch: Batch, actions: Any) -> Any:
    """(steps, slots) rewards of actions (steps, slots)."""
    rewards = []
    for row in np.asarray(actions).reshape(len(actions), -1):
        batch.w.actions[:, 0] = row
        batch.step()
        rewards.append(batch.w.reward[:, 0].copy())
    return np.array(rewards)


def told(batch: Batch, slot: int = 0) -> list[tuple[int, float]]:
    """The (arm, payoff) pairs that the observation shows."""
    pairs = batch.obs["feedback"][slot, 0].reshape(-1, 2).tolist()
    return [(int(arm) - 1, payoff) for arm, payoff in pairs if arm]


def test_normal_noise_is_the_inverse_of_the_distribution_function() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**64, 2_000, dtype=np.uint64)
    bits[:4] = (0, 2**64 - 1, 2**12, 2**63)
    expected = ndtri(((bits >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52)
    parts = {name: getattr(noise, name).py_func for name in ("tail", "middle")}
    code = noise.normal.py_func.__code__
    plain = types.FunctionType(code, {**noise.normal.py_func.__globals__, **parts})
    found = np.array([plain(one) for one in bits])
    np.testing.assert_allclose(found, expected, rtol=2e-9, atol=2e-9)


@pytest.mark.parametrize(("delay", "batch_size"), [(3, 1), (0, 4), (5, 5), (40, 7)])
def test_delay_moves_payoffs_and_loses_none(delay: int, batch_size: int) -> None:
    plain = load_world("Gaussian-v0", **{"episode.max_steps": 23})
    late = plain.override(**{"feedback.delay": delay, "feedback.batch": batch_size})
    actions = np.random.default_rng(1).integers(0, 10, (23, 4))
    at_once, later = played(begun(plain, 4), actions), played(begun(late, 4), actions)
    np.testing.assert_allclose(later.sum(axis=0), at_once.sum(axis=0))
    due = np.minimum((np.arange(23) // batch_size + 1) * batch_size - 1 + delay, 22)
    expected = np.zeros_like(at_once)
    np.add.at(expected, due, at_once)
    np.testing.assert_allclose(later, expected, atol=1e-12)


def test_watching_shows_what_the_arm_would_have_paid() -> None:
    world = load_world("Switching-v0", **{"transition.payoff": "gaussian"})
    watches, pulls = begun(world), begun(world)
    played(watches, [[0]])
    played(pulls, [[0]])
    played(watches, [[2 * 3 + 1]])  # watch arm 3, hold arm 0
    played(pulls, [[2 * 3]])
    seen = dict(told(watches))
    assert set(seen) == {0, 3}
    assert seen[3] == dict(told(pulls))[3]
    now = watches.w.state.now[0, 0]
    assert (now["held"], now["budget"]) == (0, world.rules.transition.extra_observations - 1)  # type: ignore[attr-defined]


def test_only_changes_of_the_arm_cost() -> None:
    plain = load_world("Bernoulli-v0")
    costly = plain.override(**{"reward.switch_cost": 0.5, "reward.pull_cost": 0.125})
    actions = [[4], [4], [2], [2], [4]]
    paid = played(begun(plain), actions) - played(begun(costly), actions)
    np.testing.assert_allclose(paid[:, 0], [0.125, 0.125, 0.625, 0.125, 0.625])


def test_states_count_from_the_last_switch() -> None:
    arms = [{"mean": 0.5, "recharge": [0.1] * 4, "satiation": [0.1] * 3} for _ in range(2)]
    world = load_world("LastSwitch-v0", records=({"arms": arms, "max_steps": 20},))
    batch, seen = begun(world), []
    for action in (0, 0, 0, 0, 1, 0, 1, 1):
        played(batch, [[action]])
        seen.append(batch.w.state.arms[0, :2]["since"].tolist())
    expected = [[-1, 2], [-2, 3], [-3, 4], [-3, 4], [1, -1], [-1, 1], [1, -1], [2, -2]]
    assert seen == expected


def test_coefficients_turn_by_the_drift() -> None:
    world = load_world("Contextual-v0", **{"transition.drift": 0.3})
    batch = begun(world)
    start = batch.w.state.coefficients[0].copy()
    played(batch, [[0]] * 5)
    angle = 5 * 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pairs = start.reshape(len(start), -1, 2)
    expected = np.einsum("xy,apy->apx", turn, pairs).reshape(start.shape)
    np.testing.assert_allclose(batch.w.state.coefficients[0], expected, atol=1e-12)


def test_one_sided_feedback_hides_the_first_arm_alone() -> None:
    batch = begun(load_world("Gaussian-v0", **{"observation.one_sided": True}))
    played(batch, [[0]])
    assert told(batch) == []
    played(batch, [[1]])
    assert [arm for arm, _ in told(batch)] == [1]


@pytest.mark.parametrize(("memory", "kept"), [("episode", 0.0), ("trial", 4.0)])
def test_tallies_are_of_the_inner_episode_or_of_the_trial(memory: str, kept: float) -> None:
    time = {"episode.max_steps": 4, "episode.inner_episodes": 2}
    batch = begun(load_world("Bernoulli-v0", **{"trial.memory": memory, **time}))
    played(batch, [[2]] * 4)
    tallies = batch.obs["tallies"][0, 0].reshape(-1, 2)
    assert tallies[2, 0] == kept
    assert tallies[:, 0].sum() == kept


def test_structure_keeps_the_numbers_of_the_arms_and_its_absence_shuffles_them() -> None:
    time = {"episode.max_steps": 1, "episode.inner_episodes": 12}
    for structure in (True, False):
        world = load_world("Bernoulli-v0", **{"trial.structure": structure, **time})
        batch, seen = begun(world), set()
        for _ in range(11):
            means = batch.w.state.means[0]
            seen.add(means.tobytes())
            assert sorted(means) == sorted(batch.w.levels.arms[batch.w.core["level"][0]]["mean"])
            played(batch, [[0]])
        assert (len(seen) == 1) == structure


def test_the_discount_is_announced_between_inner_episodes() -> None:
    time = {"episode.max_steps": 2, "episode.inner_episodes": 2}
    batch = begun(load_world("Bernoulli-v0", **{"trial.credit": 0.25, **time}))
    place, found = SIGNALS.index("discount"), []
    for _ in range(3):
        found.append(float(batch.obs["signals"][0, 0, place]))
        played(batch, [[0]])
    assert found == [1.0, 1.0, 0.25]
    assert len(told(batch)) == 1  # what the last step told is seen after an inner episode too


def test_declaring_ends_the_inner_episode() -> None:
    world = load_world("Identify-v0")
    batch = begun(world, 5)
    best = batch.w.state.means.argmax(axis=1)
    wrong = (best + 1) % 5
    declared = np.where(np.arange(5) % 2 == 0, best, wrong)
    paid = played(batch, [2 * declared + 1])[0]
    np.testing.assert_array_equal(paid, np.where(np.arange(5) % 2 == 0, 1.0, -1.0))
    assert batch.w.terminated.all()
    np.testing.assert_array_equal(batch.w.final_metrics["success"], np.arange(5) % 2 == 0)


def test_the_hidden_state_follows_its_matrices() -> None:
    quiet = {"transition.noise": 0.0, "transition.hidden_noise": 0.0}
    batch = begun(load_world("Dynamical-v0", **quiet))
    levels, k = batch.w.levels, int(batch.w.core["level"][0])
    x, rewards = np.zeros(3), []
    actions = [4, 7, 7, 0, 2]
    for arm in actions:
        rewards.append(levels.arms[k, arm]["mean"] + levels.output[k] @ x)
        x = levels.decay[k] @ x + levels.drive[k, arm]
    np.testing.assert_allclose(played(batch, [[a] for a in actions])[:, 0], rewards, atol=1e-12)
    np.testing.assert_allclose(batch.w.state.hidden[0], x, atol=1e-12)


def test_a_shift_of_the_delay_loses_no_payoff_and_writes_nowhere_else() -> None:
    """Results that wait while the delay falls are told later, and the queue never overflows."""
    plain = load_world("Gaussian-v0", **{"episode.max_steps": 40})
    slow = plain.override(**{"feedback.delay": 6, "feedback.batch": 3})
    actions = np.random.default_rng(2).integers(0, 10, (40, 3))
    batch, expected = begun(slow, 3), played(begun(plain, 3), actions).sum(axis=0)
    paid = played(batch, actions[:7])
    batch.set_rules(**{"feedback.delay": 0, "feedback.batch": 1})
    paid = np.concatenate([paid, played(batch, actions[7:9])])
    batch.set_rules(**{"feedback.delay": 0, "feedback.batch": 9})
    paid = np.concatenate([paid, played(batch, actions[9:30])])
    batch.set_rules(**{"feedback.delay": 8, "feedback.batch": 1})
    paid = np.concatenate([paid, played(batch, actions[30:])])
    np.testing.assert_allclose(paid.sum(axis=0), expected)
