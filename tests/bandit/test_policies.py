"""Bandit policies: their formulae, their regret, and that they play every bandit by name."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from adaptarium.agents.bandit import POLICIES, policy_class
from adaptarium.agents.bandit.blocks import blocks
from adaptarium.agents.bandit.gittins import gittins_indices
from adaptarium.agents.bandit.indices import UCB1, SlidingWindowUCB, kl_bound
from adaptarium.agents.bandit.linear import LinUCB
from adaptarium.agents.bandit.policy import Addressed, Streamed
from adaptarium.agents.bandit.sampling import EXP3, Thompson
from adaptarium.agents.bandit.simulate import marks, regret_curves
from adaptarium.agents.loading import load_agent
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.registry import world_specs
from adaptarium.envs.core.world import World, load_world
from adaptarium.evaluation.playing import play_episodes

BANDITS = [spec.id for spec in world_specs() if spec.family == "bandit"]
CHANCE = Streamed(np.random.default_rng(0), 1)


def two_arms(high: float, low: float, horizon: int) -> World:
    level = {"arms": [{"mean": high}, {"mean": low}], "max_steps": horizon}
    return load_world("Bernoulli-v0", records=(level,))


def taught(policy: Any, history: list[tuple[int, float]]) -> Any:
    """A policy of one episode that has seen these (arm, payoff) results."""
    for arm, payoff in history:
        policy.learn(np.array([0]), np.array([arm]), np.array([payoff]))
    return policy


HISTORY = [(0, 1.0), (1, 0.0), (0, 0.0), (1, 1.0), (0, 1.0), (1, 0.0), (2, 1.0)]


# ---- formulae ----


def test_ucb1_is_its_formula() -> None:
    index = taught(UCB1(1, 3), HISTORY).indices(slice(None), CHANCE)[0]
    expected = [m + np.sqrt(2 * np.log(7) / n) for m, n in ((2 / 3, 3), (1 / 3, 3), (1.0, 1))]
    np.testing.assert_allclose(index, expected)


def test_the_kl_bound_is_the_root_of_the_divergence() -> None:
    rng = np.random.default_rng(1)
    mean, level = rng.random(500), rng.exponential(0.3, 500)
    mean[:3], level[0] = (0.0, 1.0, 0.5), 0.0
    bound = kl_bound(mean, level)
    assert (bound >= mean - 1e-9).all()
    inside = (mean > 0) & (mean < 1) & (bound < 1 - 1e-6)
    p, q = mean[inside], bound[inside]
    divergence = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    np.testing.assert_allclose(divergence, level[inside], rtol=1e-6, atol=1e-9)


def test_a_window_counts_the_last_results_alone() -> None:
    policy = taught(SlidingWindowUCB(1, 3, window=4), HISTORY)
    np.testing.assert_array_equal(policy.pulls[0], [1, 2, 1])
    np.testing.assert_array_equal(policy.sums[0], [1, 1, 1])


def test_exp3_draws_by_its_distribution_and_weighs_by_it() -> None:
    policy = EXP3(50_000, 3)
    rows = np.arange(policy.n)
    policy.learn(rows, np.full(policy.n, 1), np.ones(policy.n))  # the first pull was uniform
    drawn = policy.choose(rows, Streamed(np.random.default_rng(2), policy.n))
    share = min(1.0, np.sqrt(3 * np.log(3) / ((np.e - 1) * 2)))
    weights = np.exp(share / 3 * np.array([0.0, 3.0, 0.0]))
    expected = (1 - share) * weights / weights.sum() + share / 3
    np.testing.assert_allclose(np.bincount(drawn) / policy.n, expected, atol=0.01)


def test_thompson_pulls_with_the_probability_of_being_best() -> None:
    policy = Thompson(40_000, 2)
    rows = np.arange(policy.n)
    for arm, payoff in HISTORY[:6]:
        policy.learn(rows, np.full(policy.n, arm), np.full(policy.n, payoff))
    chance = Addressed(rows, np.zeros(policy.n, np.int64))
    first, second = stats.beta(3, 2), stats.beta(2, 3)
    best, _ = integrate.quad(lambda x: first.pdf(x) * second.cdf(x), 0, 1)
    assert (policy.choose(rows, chance) == 0).mean() == pytest.approx(best, abs=0.01)


def test_linucb_is_ridge_regression() -> None:
    rng = np.random.default_rng(3)
    contexts, payoffs = rng.normal(size=(20, 4)), rng.normal(size=20)
    policy = LinUCB(1, 2, alpha=0.7)
    for context, payoff in zip(contexts, payoffs, strict=True):
        policy.see(slice(None), {"context": context[None]})
        policy.choose(slice(None), CHANCE)
        policy.learn(np.array([0]), np.array([1]), np.array([payoff]))
    new = rng.normal(size=4)
    policy.see(slice(None), {"context": new[None]})
    gram = np.eye(4) + contexts.T @ contexts
    theta = np.linalg.solve(gram, contexts.T @ payoffs)
    width = np.sqrt(new @ np.linalg.solve(gram, new))
    found = policy.indices(slice(None), CHANCE)[0]
    np.testing.assert_allclose(found, [0.7 * np.linalg.norm(new), theta @ new + 0.7 * width])


# J. C. Gittins, Multi-armed Bandit Allocation Indices, 1989, table of Bernoulli arms, discount 0.9:
# successes plus one, failures plus one, index.
GITTINS_90 = [(1, 1, 0.7029), (1, 2, 0.5001), (2, 1, 0.8001), (1, 3, 0.3796), (2, 2, 0.6346)]


@pytest.mark.parametrize(("wins", "losses", "index"), GITTINS_90)
def test_gittins_indices_are_the_published_ones(wins: int, losses: int, index: float) -> None:
    assert gittins_indices(0.9, 6)[wins - 1, losses - 1] == pytest.approx(index, abs=1e-4)


def test_a_block_meets_the_states_that_repeating_it_meets() -> None:
    sequences, states = blocks(2, 3)
    assert len(sequences) == 8
    table = {tuple(s): list(found % 6) for s, found in zip(sequences, states, strict=True)}
    # Six states an arm: left 1, 2, 3 steps ago, then pulled 1, 2, 3 times in a row.
    assert table[0, 0, 1] == [0, 3, 1]
    assert table[0, 0, 0] == [5, 5, 5]


# ---- regret ----


def mean_regret(name: str, world: World, at: Any, episodes: int, **options: Any) -> Any:
    return regret_curves(world, policy_class(name), episodes=episodes, at=at, **options).mean(
        axis=1
    )


def test_learners_beat_uniform_pulls_and_nobody_the_oracle() -> None:
    world = two_arms(0.8, 0.4, 400)
    final = {
        name: mean_regret(name, world, [400], 40)[0]
        for name in POLICIES
        if name not in ("isi-comb-ucb", "gaussian-thompson", "dynlin-ucb")
    }
    assert final["oracle"] == 0.0
    assert final["uniform"] == pytest.approx(0.5 * 0.4 * 400, rel=0.1)
    for name, regret in final.items():
        if name not in ("oracle", "uniform"):
            assert 0.0 < regret < 0.6 * final["uniform"], name


@pytest.mark.full
@pytest.mark.parametrize("name", ["ucb1", "thompson"])
def test_regret_grows_with_the_logarithm_of_time(name: str) -> None:
    at = marks(1_000, 20_000, 12)
    regret = mean_regret(name, two_arms(0.6, 0.4, 20_000), at, 256)
    assert np.corrcoef(np.log(at), regret)[0, 1] ** 2 >= 0.98


@pytest.mark.full
def test_exp3_pays_the_root_of_time_for_its_uniform_pulls() -> None:
    at = marks(1_000, 30_000, 8)
    regret = mean_regret("exp3", two_arms(0.9, 0.1, 30_000), at, 64)
    assert np.polyfit(np.log(at), np.log(regret), 1)[0] == pytest.approx(0.5, abs=0.1)


class Settled(UCB1):
    """Learns for 1,000 steps and then pulls what was best."""

    def learn(self, rows: Any, arms: Any, payoffs: Any) -> None:
        if self.pulls[0].sum() < 1_000:
            super().learn(rows, arms, payoffs)

    def choose(self, rows: Any, chance: Any) -> Any:
        return super().choose(rows, chance) if self.pulls[0].sum() < 1_000 else self.best(rows)


def test_after_a_switch_a_settled_policy_loses_at_every_step() -> None:
    arms = [{"mean": 0.9, "low": 0.1, "down": 1.0}, {"mean": 0.5}]
    world = load_world("Bernoulli-v0", records=({"arms": arms, "max_steps": 2_000},))
    at, shift = np.arange(1_000, 2_001, 125), (1_001, {"transition.restless": True})
    settled = regret_curves(world, Settled, episodes=16, at=at, shift=shift).mean(axis=1)
    assert np.corrcoef(at, settled)[0, 1] > 0.9999
    assert (settled[-1] - settled[0]) / 1_000 == pytest.approx(0.4, rel=0.01)
    follows = mean_regret("sliding-window-ucb", world, at, 16, shift=shift, window=100)
    assert follows[-1] - follows[4] < 0.5 * (settled[-1] - settled[4])


# ---- as agents ----


@pytest.mark.parametrize(("name", "world_id"), list(itertools.product(POLICIES, BANDITS)))
def test_every_policy_plays_every_bandit(name: str, world_id: str) -> None:
    world = load_world(world_id, **{"episode.max_steps": 12})
    episodes = play_episodes(world, load_agent(name), [1, 2, 3])
    assert [one.length for one in episodes]


def test_a_policy_plays_bandits_alone() -> None:
    with pytest.raises(AgentError, match="agent ucb1 plays bandits"):
        play_episodes(load_world("DoorKey-v0"), load_agent("ucb1"), [1])
