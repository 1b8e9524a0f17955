"""What each change does to values, on an environment whose values are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from scipy import stats

from adaptarium.envs.core.host_draws import at, seed_keys
from adaptarium.wrappers.interface import wrap
from adaptarium.wrappers.kernels import keys_at
from adaptarium.wrappers.tables import normal_table, normals, starts, uniform_table

ALWAYS = {"kind": "step", "at": 0}


class Script(gym.Env[Any, Any]):
    """Shows the number of the step in every component, and pays by a list."""

    def __init__(self, space: Any, rewards: Sequence[float] = (0.0,) * 10_000) -> None:
        self.observation_space = space
        self.action_space = spaces.Discrete(4)
        self.rewards = rewards
        self.played: list[int] = []

    def _shown(self) -> Any:
        space = self.observation_space
        if isinstance(space, spaces.Discrete):
            return np.int64(self._k % space.n)
        return np.full(space.shape, self._k, space.dtype)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._k = 0
        return self._shown(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.played.append(int(action))
        self._k += 1
        reward = self.rewards[self._k - 1]
        return self._shown(), reward, self._k == len(self.rewards), False, {}


FLOATS = spaces.Box(-np.inf, np.inf, (50,), np.float64)


def shifted(env: Any, when: Any = None, **what: Any) -> Any:
    shift = {"name": "it", "what": what, "when": when or ALWAYS}
    return wrap(env, {"schema": "adaptarium-shift/1", "shift": [shift]})


def paid(rewards: Sequence[float], when: Any = None, **what: Any) -> list[float]:
    env = shifted(Script(spaces.Discrete(9), rewards), when, **what)
    env.reset(seed=1)
    return [env.step(0)[1] for _ in rewards]


def seen(space: Any, played: int, when: Any = None, **what: Any) -> Any:
    env = shifted(Script(space), when, **what)
    first, _ = env.reset(seed=1)
    return np.array([first, *(env.step(0)[0] for _ in range(played))])


def test_noise_is_normal_and_grows_with_the_position() -> None:
    steps = np.arange(401)[:, None]
    noise = (seen(FLOATS, 400, kind="observation.noise", sigma=2.0) - steps).ravel()
    assert stats.kstest(noise / 2.0, "norm").pvalue > 0.01
    half = {"kind": "times", "times": [[0, 0.5]]}
    again = (seen(FLOATS, 400, half, kind="observation.noise", sigma=2.0) - steps).ravel()
    assert again == pytest.approx(noise / 2.0)
    lag = np.corrcoef(noise[:-1], noise[1:])[0, 1]
    assert abs(lag) < 0.03


def test_noise_on_integers_stays_within_the_space() -> None:
    space = spaces.Box(0, 15, (7, 7), np.uint8)
    env = shifted(Script(space), kind="observation.noise", sigma=3.0)
    env.reset(seed=0)
    shown = np.array([env.step(0)[0] for _ in range(7)])
    assert all(one in space for one in shown)
    around = shown[5].astype(int) - 6
    assert 2.0 < around.std() < 3.6
    wide = spaces.Box(0, 255, (2000,), np.uint8)
    env = shifted(Script(wide, (0.0,) * 300), kind="observation.noise", sigma=20.0)
    env.reset(seed=0)
    for _ in range(249):
        last = env.step(0)[0]
    assert last.max() == 255  # clipped, not wrapped around
    assert last.min() > 150


def test_dropout_loses_the_stated_share_and_shows_the_fill() -> None:
    shown = seen(FLOATS, 400, kind="observation.dropout", rate=0.3, fill=-1.0)[1:]
    lost = shown == -1.0
    assert abs(lost.mean() - 0.3) < 0.01
    assert np.array_equal(
        shown[~lost], np.broadcast_to(np.arange(1, 401)[:, None], (400, 50))[~lost]
    )
    everything = seen(FLOATS, 5, kind="observation.dropout", rate=1.0, fill=-1.0)
    assert (everything == -1.0).all()


@pytest.mark.parametrize(("share", "cells"), [(1.0, 49), (0.25, 16), (0.5, 25)])
def test_occlusion_hides_one_patch_an_episode(share: float, cells: int) -> None:
    space = spaces.Box(-100, 100, (7, 7, 3), np.float32)
    shown = seen(space, 20, kind="observation.occlusion", share=share, fill=-5)
    hidden = shown == -5
    assert (hidden.sum(axis=(1, 2)) == cells).all()
    assert (hidden == hidden[0]).all()
    moving = seen(space, 20, kind="observation.occlusion", share=0.25, fill=-5, moves="step") == -5
    assert not (moving == moving[0]).all()


def test_quantised_values_are_the_lower_ends_of_bins() -> None:
    shown = seen(spaces.Box(0, 15, (3,), np.uint8), 15, kind="observation.quantise", levels=4)
    assert shown[:, 0].tolist() == [0] * 4 + [4] * 4 + [8] * 4 + [12] * 4
    shown = seen(spaces.Box(-2, 15, (3,), np.int16), 9, kind="observation.quantise", width=3)
    assert shown[:, 2].tolist() == [-2, 1, 1, 1, 4, 4, 4, 7, 7, 7]
    half = {"kind": "times", "times": [[0, 0.5]]}
    shown = seen(spaces.Box(0, 8, (1,), np.float32), 3, half, kind="observation.quantise", levels=2)
    assert shown[:, 0].tolist() == [0, 0, 2, 2]


def test_bins_may_be_wider_than_the_type_holds() -> None:
    space = spaces.Box(-100, 100, (2,), np.int8)
    shown = seen(space, 99, kind="observation.quantise", levels=1)
    assert set(shown.ravel().tolist()) == {-100}
    shown = seen(space, 99, kind="observation.quantise", width=1e9)
    assert set(shown.ravel().tolist()) == {-100}


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int16, np.float16])
def test_noise_beyond_the_type_ends_at_the_bounds(dtype: Any) -> None:
    most = 6e4 if dtype is np.float16 else np.iinfo(dtype).max
    space = spaces.Box(0, most, (500,), dtype)
    shown = seen(space, 3, kind="observation.noise", sigma=1e9)
    assert all(one in space for one in shown)
    assert (shown == 0).mean() > 0.3


def test_scaling_maps_values_and_bounds() -> None:
    env = shifted(
        Script(spaces.Box(-1, 5, (2,), np.float32)), kind="observation.scale", factor=-2, offset=1
    )
    assert env.observation_space.low.tolist() == [-9, -9]
    assert env.observation_space.high.tolist() == [5, 5]
    env.reset(seed=0)
    assert env.step(0)[0].tolist() == [-1, -1]
    shown = seen(spaces.Box(0, 255, (2,), np.uint8), 3, kind="observation.scale", factor=100)
    assert shown[:, 0].tolist() == [0, 100, 200, 255]


def test_a_permutation_moves_components_codes_and_bounds() -> None:
    env = shifted(gym.make("CartPole-v1"), kind="observation.permutation")
    bare, _ = gym.make("CartPole-v1").reset(seed=3)
    shown, _ = env.reset(seed=3)
    assert sorted(shown) == sorted(bare)
    assert shown.tolist() != bare.tolist()
    assert shown in env.observation_space
    codes = seen(spaces.Discrete(5), 4, kind="observation.permutation")
    assert sorted(codes.tolist()) == list(range(5))


def test_observations_and_actions_come_late() -> None:
    late = {"kind": "times", "times": [[0, 1.0], [6, 0.5]]}
    shown = seen(spaces.Discrete(99), 9, late, kind="observation.delay", steps=4)
    assert shown.tolist() == [0, 0, 0, 0, 0, 1, 2, 5, 6, 7]
    env = shifted(Script(spaces.Discrete(9)), late, kind="action.delay", steps=4, idle=3)
    env.reset(seed=0)
    for k in range(9):
        env.step(k % 3)
    assert env.unwrapped.played == [3, 3, 3, 3, 0, 1, 1, 2, 0]


def test_sticky_and_noisy_actions_have_the_stated_rates() -> None:
    n = 4000
    env = shifted(Script(spaces.Discrete(9)), kind="action.sticky", rate=0.25)
    env.reset(seed=0)
    for k in range(n):
        env.step(k % 4)
    played = np.array(env.unwrapped.played)
    repeated = np.count_nonzero(played[1:] == played[:-1])
    assert stats.binomtest(repeated, n - 1, 0.25).pvalue > 0.01
    env = shifted(Script(spaces.Discrete(9)), kind="action.noise", rate=0.4)
    env.reset(seed=0)
    for _ in range(n):
        env.step(1)
    counts = np.bincount(env.unwrapped.played, minlength=4)
    assert stats.chisquare(counts, [0.1 * n, 0.7 * n, 0.1 * n, 0.1 * n]).pvalue > 0.01


@pytest.mark.parametrize(
    ("rewards", "what", "expected"),
    [
        ([1, 2, 3], {"kind": "reward.scale", "factor": 2, "offset": 1}, [3, 5, 7]),
        ([1, -2, 3], {"kind": "reward.sign"}, [-1, 2, -3]),
        ([1, 2, 3, 4], {"kind": "reward.delay", "steps": 2}, [0, 0, 1, 9]),
        ([1, 2, 3, 4, 5], {"kind": "reward.sparse", "every": 2}, [0, 3, 0, 7, 5]),
        ([1, 2, 3], {"kind": "reward.sparse"}, [0, 0, 6]),
        ([1, 1, 1], {"kind": "reward.shaping", "weight": 2, "form": "bonus"}, [3, 5, 7]),
        ([0, 0, 0], {"kind": "reward.shaping", "weight": 1, "discount": 0.5}, [0.5, 0, -2]),
        ([1, -2, 0], {"kind": "judge.noisy", "error": 0, "value": 3}, [3, -3, 0]),
        ([1, -2, 0], {"kind": "judge.noisy", "error": 1}, [-1, 1, 0]),
        ([1, -2, 0], {"kind": "judge.biased", "lenience": 0.25}, [1.75, -0.75, 0.25]),
        ([1, 2, 3, 4], {"kind": "judge.delayed", "least": 2, "most": 2}, [0, 0, 1, 9]),
        ([0.2, 0.2, 0.2], {"kind": "judge.hindsight", "grades": 3}, [0, 0, 0.5]),
        ([1, -2, 0], {"kind": "judge.one_sided", "side": "negative"}, [0, -2, 0]),
        ([1, -2, 0], {"kind": "judge.one_sided"}, [1, 0, 0]),
        (
            [0, 0, 50, 50, 0, 0, 9],
            {"kind": "judge.pairwise", "segment": 2},
            [0, 0, 0, 1, 0, -1, 0],
        ),
    ],
)
def test_rewards_by_hand(rewards: list[float], what: Any, expected: list[float]) -> None:
    assert paid(rewards, **what) == pytest.approx(expected)


def test_half_a_judge_pays_half_of_each() -> None:
    half = {"kind": "times", "times": [[0, 0.5]]}
    assert paid([4, -2], half, kind="judge.noisy", error=0) == [2.5, -1.5]


def test_debts_end_with_the_schedule() -> None:
    window = {"kind": "step", "at": 0, "until": 2}
    assert paid([1, 2, 3, 4, 5], window, kind="reward.delay", steps=3) == [0, 0, 3, 5, 7]
    assert paid([1, 2, 3, 4], window, kind="reward.sparse") == [0, 0, 6, 4]


def test_reward_noise_and_preferences_have_the_stated_chances() -> None:
    noise = np.array(paid([0.0] * 5000, kind="reward.noise", sigma=0.5))
    assert stats.kstest(noise / 0.5, "norm").pvalue > 0.01
    rewards = [0.0, 1.0] * 2500
    given = np.array(paid(rewards, kind="judge.pairwise", segment=1, temperature=2.0))[1::2]
    chance = 1 / (1 + np.exp(-0.5))
    assert stats.binomtest(int((given > 0).sum()), len(given), chance).pvalue > 0.01


def test_compiled_keys_are_those_of_host_draws() -> None:
    lanes = seed_keys(np.arange(50))
    ticks = np.arange(50) * 10**9
    assert np.array_equal(keys_at(lanes, ticks), at(lanes, ticks))


def test_tables_hold_their_distributions() -> None:
    table = normal_table(10)
    assert abs(table.mean()) < 1e-6
    assert table.std() == pytest.approx(1.0, abs=1e-3)
    assert abs(np.corrcoef(table[:-1], table[1:])[0, 1]) < 0.01
    uniform = uniform_table(10)
    assert int(uniform.min()) == 0
    assert int(uniform.max()) == 65534
    keys = np.arange(2000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert stats.kstest(normals(keys), "norm").pvalue > 0.001
    begins = starts(keys, 0, np.arange(1000), 5)
    assert (begins.min(), begins.max()) == (0, 995)
    assert len(np.unique(begins)) > 800
    assert not np.array_equal(begins, starts(keys, 1, np.arange(1000), 5))
