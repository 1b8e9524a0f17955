"""Tests that PettingZoo, SuperSuit and TorchRL ship, on every PettingZoo id."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)
from pettingzoo.test.state_test import state_test
from pettingzoo.utils import parallel_to_aec

from adaptarium import catalog

IDS = catalog.multi_agent_ids()

# PettingZoo expects plain boxes and single choices; Dict observations and MultiDiscrete actions are
# told apart by these three messages, and by nothing else.
EXPECTED = (
    "Observation is not a NumPy array",
    "Observation space for each agent probably should be gymnasium.spaces.box or "
    "gymnasium.spaces.discrete",
    "Action space for each agent probably should be gymnasium.spaces.box or "
    "gymnasium.spaces.discrete",
)


def parallel(world_id: str, **options: Any) -> Any:
    return pettingzoo.make("parallel", world_id, **options)


def aec(world_id: str, **options: Any) -> Any:
    return parallel_to_aec(parallel(world_id, **options))


# TorchRL was last tested with an older PettingZoo, and says so.
TORCHRL = (
    "PettingZoo in TorchRL is tested using version == 1.24.3 , "
    "If you are using a different version and are experiencing compatibility issues,"
    "please raise an issue in the TorchRL github.",
)


@contextmanager
def strict(expected: tuple[str, ...] = EXPECTED) -> Iterator[None]:
    """Every warning is an error, except those expected."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in expected:
            warnings.filterwarnings("ignore", f"^{re.escape(message)}$")
        yield


def test_there_are_multi_agent_worlds() -> None:
    names = {
        "Cleanup",
        "Coalition",
        "DealOrNoDeal",
        "Foraging",
        "Haggle",
        "Harvest",
        "MultiIssue",
        "Price",
        "Pursuit",
        "Skirmish",
        "Spread",
        "Tag",
        "TaskAllocation",
        "Trash",
        "Market",
    }
    assert set(IDS) == {f"adaptarium/{name}-v0" for name in names}


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("cycles", [100, pytest.param(1000, marks=pytest.mark.full)])
def test_aec_api(world_id: str, cycles: int) -> None:
    with strict():
        api_test(aec(world_id), num_cycles=cycles)
        api_test(pettingzoo.make("aec", world_id), num_cycles=cycles)


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("cycles", [100, pytest.param(500, marks=pytest.mark.full)])
def test_aec_seed(world_id: str, cycles: int) -> None:
    with strict():
        seed_test(lambda: aec(world_id), num_cycles=cycles)


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("cycles", [100, pytest.param(1000, marks=pytest.mark.full)])
def test_parallel_api(world_id: str, cycles: int) -> None:
    with strict():
        parallel_api_test(parallel(world_id), num_cycles=cycles)
        parallel_seed_test(lambda: parallel(world_id), num_cycles=cycles)


@pytest.mark.parametrize("world_id", IDS)
def test_state(world_id: str) -> None:
    env = parallel(world_id)
    if not hasattr(env, "state_space"):
        pytest.skip("the family has no global state")
    with strict():
        state_test(aec(world_id), env)


@pytest.mark.parametrize("world_id", IDS)
def test_render(world_id: str) -> None:
    with strict():
        render_test(lambda render_mode: aec(world_id, render_mode=render_mode))


def seeded(env: Any) -> Any:
    """The same actions each time: where one can end the episode, some samples would, some not."""
    for name in env.possible_agents:
        env.action_space(name).seed(1)
    return env


@pytest.mark.parametrize("world_id", IDS)
def test_max_cycles(world_id: str) -> None:
    def make(kind: Any) -> Any:
        return lambda max_cycles: seeded(kind(world_id, max_cycles=max_cycles))

    with strict():
        max_cycles_test(SimpleNamespace(parallel_env=make(parallel), env=make(aec)))


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("steps", [200, pytest.param(2000, marks=pytest.mark.full)])
def test_everything_that_is_handed_out_lies_in_its_space(world_id: str, steps: int) -> None:
    """What PettingZoo's parallel test does not look at: values, dtypes, NaN, Python types."""
    env = parallel(world_id)
    observations, infos = env.reset(seed=11)
    for name in env.possible_agents:
        env.action_space(name).seed(3)
    for _ in range(steps):
        if not env.agents:
            observations, infos = env.reset()
        for name, observation in observations.items():
            assert env.observation_space(name).contains(observation)
            assert isinstance(infos[name], dict)
        masks = {name: infos[name].get("action_mask") for name in env.agents}
        actions = {name: env.action_space(name).sample(masks[name]) for name in env.agents}
        observations, rewards, terminated, truncated, infos = env.step(actions)
        for name in actions:
            assert type(rewards[name]) is float
            assert np.isfinite(rewards[name])
            assert type(terminated[name]) is bool
            assert type(truncated[name]) is bool


@pytest.mark.parametrize("world_id", IDS)
def test_supersuit_vectorises_it(world_id: str) -> None:
    supersuit = pytest.importorskip("supersuit")
    env = parallel(world_id)
    first = env.possible_agents[0]
    equal = all(
        env.observation_space(name) == env.observation_space(first)
        and env.action_space(name) == env.action_space(first)
        for name in env.possible_agents
    )
    if not equal:
        pytest.skip("the agents' spaces differ")
    with strict():
        one = supersuit.pettingzoo_env_to_vec_env_v1(env)
        vector = supersuit.concat_vec_envs_v1(one, 2, num_cpus=0)
        observations, _ = vector.reset(seed=1)
        for k in range(150):
            space = vector.action_space
            actions = np.full((vector.num_envs, *space.shape), k % 2, space.dtype)
            observations, rewards, _, _, infos = vector.step(actions)
        assert rewards.shape == (2 * len(env.possible_agents),)
        assert len(infos) == 2 * len(env.possible_agents)
        assert isinstance(vector.observation_space, spaces.Dict) == isinstance(observations, dict)


def _signatures() -> list[str]:
    """One id for each pair of observation and action spaces."""
    found: dict[str, str] = {}
    for world_id in IDS:
        env = parallel(world_id)
        name = env.possible_agents[0]
        shape = f"{env.observation_space(name)} {env.action_space(name)}"
        found.setdefault(shape, world_id)
    return list(found.values())


def test_torchrl_accepts_it() -> None:
    torchrl = pytest.importorskip("torchrl.envs")
    for world_id in _signatures():
        with strict(TORCHRL):
            env = torchrl.PettingZooWrapper(env=parallel(world_id), use_mask=True)
            torchrl.check_env_specs(env)
