"""Tests that Gymnasium, Stable-Baselines3 and TorchRL ship, on every Gymnasium id."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.utils.env_match import check_environments_match

from adaptarium import catalog
from adaptarium.envs.core.sampling import random_actions

IDS = catalog.gymnasium_ids()
MODES = ("NextStep", "SameStep", "Disabled")

# Stable-Baselines3 takes every three-dimensional Box for a picture, which a map of codes is not,
# and warns of two dimensions, which its own policies flatten.
SB3_ON_IMAGES = (
    *(
        f"It seems that your observation space {name} is an image but the upper and lower bounds "
        "are not in [0, 255]. Because the CNN policy normalize automatically the observation you "
        "may encounter issue if the values are not in that range."
        for name in ("image", "rules")
    ),
    *(
        f"Your observation {name} has an unconventional shape (neither an image, nor a 1D vector). "
        "We recommend you to flatten the observation to have only a 1D vector or use a custom "
        "policy to properly process the data."
        for name in ("board", "goal", "nodes", "forces")
    ),
    "The minimal resolution for an image is 36x36 for the default `CnnPolicy`. You might need to "
    "use a custom features extractor cf. "
    "https://stable-baselines3.readthedocs.io/en/master/guide/custom_policy.html",
)


@contextmanager
def strict(*allowed: str) -> Iterator[None]:
    """Every warning is an error, except these exact messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in allowed:
            warnings.filterwarnings("ignore", f"^{re.escape(message)}$")
        yield


def signature(world_id: str) -> str:
    """What decides shapes: ids with the same signature need one test between them."""
    env = gym.make(world_id)
    return f"{env.observation_space} {env.action_space}"


def one_id_a_signature() -> list[str]:
    return list({signature(world_id): world_id for world_id in reversed(IDS)}.values())


def batch_trace(env: Any, steps: int) -> list[Any]:
    """Everything a vector environment hands out under fixed random actions; closes it."""
    rng = np.random.default_rng(7)
    trace: list[Any] = [env.metadata["autoreset_mode"], env.reset(seed=11)]
    for _ in range(steps):
        trace.append(env.step(random_actions(env.single_action_space, rng, env.num_envs)))
        over = trace[-1][2] | trace[-1][3]
        if env.metadata["autoreset_mode"].value == "Disabled" and over.any():
            trace.append(env.reset(options={"reset_mask": over}))
    env.close()
    return trace


def made_both_ways(world_id: str, mode: str, vectorization: str, **options: Any) -> tuple[Any, Any]:
    native = gym.make_vec(world_id, 3, autoreset_mode=mode, **options)
    other = gym.make_vec(
        world_id,
        3,
        vectorization_mode=vectorization,
        vector_kwargs={"autoreset_mode": mode},
        **options,
    )
    return native, other


def test_there_are_worlds() -> None:
    assert len(IDS) >= 2
    assert all(world_id in gym.registry for world_id in IDS)


def test_made_in_a_process_that_never_imported_the_package(tmp_path: Path) -> None:
    code = (
        "import gymnasium; env = gymnasium.make('adaptarium:adaptarium/DoorKey-v0'); "
        "env.reset(seed=0); env.step(0); env.close()"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


@pytest.mark.parametrize("world_id", IDS)
def test_gymnasium_checker(world_id: str) -> None:
    pytest.importorskip("pygame")
    with strict():
        check_env(gym.make(world_id, disable_env_checker=True).unwrapped, skip_render_check=False)


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("steps", [150, pytest.param(500, marks=pytest.mark.full)])
def test_two_environments_match(world_id: str, steps: int) -> None:
    first, second = gym.make(world_id), gym.make(world_id)
    check_environments_match(first, second, num_steps=steps, seed=1, info_comparison="equivalence")


@pytest.mark.parametrize("world_id", IDS)
def test_spec_survives_json(world_id: str) -> None:
    env = gym.make(world_id, **{"episode.max_steps": 9})
    spec = env.spec
    assert spec is not None
    assert EnvSpec.from_json(spec.to_json()) == spec
    wrapped = gym.wrappers.ClipReward(gym.wrappers.FlattenObservation(env), 0, 1)
    again = EnvSpec.from_json(wrapped.spec.to_json()).make()
    assert again.observation_space == wrapped.observation_space
    check_environments_match(wrapped, again, num_steps=40, seed=1)


@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("mode", MODES)
def test_native_batch_equals_sync(world_id: str, mode: str) -> None:
    options = {"episode.max_steps": 12, "episode.inner_episodes": 2}
    native, other = made_both_ways(world_id, mode, "sync", **options)
    assert native.single_observation_space == other.single_observation_space
    assert native.observation_space == other.observation_space
    assert native.action_space == other.action_space
    traces = batch_trace(native, 60), batch_trace(other, 60)
    assert data_equivalence(*traces, exact=True)


def check_async(world_id: str, mode: str) -> None:
    native, other = made_both_ways(world_id, mode, "async", **{"episode.max_steps": 12})
    assert data_equivalence(batch_trace(native, 30), batch_trace(other, 30), exact=True)


@pytest.mark.parametrize("mode", MODES)
def test_native_batch_equals_async(mode: str) -> None:
    check_async("adaptarium/DoorKey-v0", mode)


@pytest.mark.full
@pytest.mark.parametrize("world_id", IDS)
@pytest.mark.parametrize("mode", MODES)
def test_native_batch_equals_async_everywhere(world_id: str, mode: str) -> None:
    check_async(world_id, mode)


@pytest.mark.parametrize("world_id", IDS)
def test_stable_baselines_checker(world_id: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with strict(*SB3_ON_IMAGES):
        checker.check_env(gym.make(world_id))


@pytest.mark.parametrize("world_id", IDS)
def test_no_nan(world_id: str) -> None:
    pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecCheckNan

    env = VecCheckNan(make_vec_env(world_id, n_envs=4, seed=3), raise_exception=True)
    env.action_space.seed(0)
    env.reset()
    for _ in range(50):
        env.step(np.array([env.action_space.sample() for _ in range(4)]))
    env.close()


@pytest.mark.parametrize("world_id", one_id_a_signature())
def test_torchrl_specs(world_id: str) -> None:
    torchrl = pytest.importorskip("torchrl.envs")
    torchrl.check_env_specs(torchrl.GymWrapper(gym.make(world_id)))


def test_maskable_ppo_learns_a_little() -> None:
    contrib = pytest.importorskip("sb3_contrib")
    env = gym.make("adaptarium/DoorKey-v0", size=5)
    model = contrib.MaskablePPO(
        "MultiInputPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu"
    )
    model.learn(64)
    assert model.num_timesteps >= 64


def test_recurrent_ppo_learns_a_little() -> None:
    contrib = pytest.importorskip("sb3_contrib")
    env = gym.make("adaptarium/Empty-v0", size=5)
    model = contrib.RecurrentPPO(
        "MultiInputLstmPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu"
    )
    model.learn(32)
    assert model.num_timesteps >= 32
