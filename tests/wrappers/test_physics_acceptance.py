"""Shifted worlds are environments that Gymnasium and PettingZoo accept."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium as gym
import pettingzoo.test
import pytest
from gymnasium.utils.env_checker import check_env

import adaptarium

# PettingZoo's test knows arrays alone; ours are dictionaries of them, as many of its own are.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Observation is not a NumPy array", "ignore:Observation space for each agent probably"
)

PLAN: dict[str, Any] = {
    "schema": "adaptarium-shift/1",
    "shift": [
        {
            "name": "icy",
            "what": {"kind": "factors", "to": {"transition.slip": 1.0}},
            "when": {"kind": "periodic", "period": 5},
        },
        {
            "name": "noisy",
            "what": {"kind": "factors", "to": {"observation.noise": 0.5}},
            "when": {"kind": "markov", "stay": 0.5, "every": 2},
        },
    ],
}


@pytest.mark.parametrize("world", ["DoorKey-v0", "FrozenLake-v0"])
def test_gymnasium_accepts_it(world: str) -> None:
    env = adaptarium.shifted(gym.make(f"adaptarium/{world}"), PLAN)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped, skip_render_check=True)


def test_gymnasium_wrappers_of_a_batch_take_its_infos() -> None:
    env = adaptarium.shifted("DoorKey-v0", PLAN, num_envs=3)
    wrapped = gym.wrappers.vector.RecordEpisodeStatistics(gym.wrappers.vector.DictInfoToList(env))
    _, infos = wrapped.reset(seed=1)
    assert infos[0]["shift"] == {"icy": 0.0, "noisy": 0.0}


def test_pettingzoo_accepts_it() -> None:
    def parallel() -> Any:
        return adaptarium.shifted("Foraging-v0", PLAN)

    pettingzoo.test.parallel_api_test(parallel(), num_cycles=200)
    pettingzoo.test.parallel_seed_test(parallel, num_cycles=50)


def test_pettingzoo_accepts_it_in_turns() -> None:
    def turns() -> Any:
        return adaptarium.shifted("Foraging-v0", PLAN, face="aec")

    pettingzoo.test.api_test(turns(), num_cycles=200)
    pettingzoo.test.seed_test(turns, num_cycles=50)
