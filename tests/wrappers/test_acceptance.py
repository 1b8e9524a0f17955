"""Tests that Stable-Baselines3, TorchRL and SuperSuit ship, on our worlds under every wrapper."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_match import check_environments_match
from pettingzoo.utils.wrappers import BaseParallelWrapper

import adaptarium
from adaptarium.wrappers.interface import seated, wrap

ENTRY = {"reward.shaping": {"entry": "direction"}}

# As for the bare world: the library takes a map of codes for a picture.
SB3_ON_IMAGES = (
    "It seems that your observation space image is an image but the upper and lower bounds "
    "are not in [0, 255]. Because the CNN policy normalize automatically the observation you "
    "may encounter issue if the values are not in that range.",
    "The minimal resolution for an image is 36x36 for the default `CnnPolicy`. You might need to "
    "use a custom features extractor cf. "
    "https://stable-baselines3.readthedocs.io/en/master/guide/custom_policy.html",
)
# TorchRL was last tested with an older PettingZoo, and says so.
TORCHRL = (
    "PettingZoo in TorchRL is tested using version == 1.24.3 , "
    "If you are using a different version and are experiencing compatibility issues,"
    "please raise an issue in the TorchRL github."
)


@contextmanager
def strict(*allowed: str) -> Iterator[None]:
    """Every warning is an error, except these exact messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in allowed:
            warnings.filterwarnings("ignore", f"^{re.escape(message)}$")
        yield


@pytest.fixture
def shifts(any_kind: str, plan: Any) -> Any:
    """A plan of one kind, in force by turns."""
    return plan(any_kind, **ENTRY.get(any_kind, {}))


def shifted(shifts: Any, **changes: Any) -> Any:
    return wrap(gym.make("adaptarium/DoorKey-v0", **changes), shifts)


def team(shifts: Any) -> Any:
    return wrap(adaptarium.world("Foraging-v0").parallel(), shifts)


def test_its_spec_survives_json(shifts: Any) -> None:
    env = shifted(shifts)
    assert EnvSpec.from_json(env.spec.to_json()) == env.spec
    again = env.spec.make()
    assert again.observation_space == env.observation_space
    check_environments_match(env, again, num_steps=30, seed=1)


def test_stable_baselines_checker(shifts: Any) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with strict(*SB3_ON_IMAGES):
        checker.check_env(shifted(shifts))


def test_no_nan(shifts: Any) -> None:
    pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecCheckNan

    env = VecCheckNan(make_vec_env(lambda: shifted(shifts), n_envs=4, seed=3), raise_exception=True)
    env.action_space.seed(0)
    env.reset()
    for _ in range(50):
        env.step(np.array([env.action_space.sample() for _ in range(4)]))
    env.close()


class PlainInfos(BaseParallelWrapper):
    """Infos without the ground truth: TorchRL takes every entry of an agent's info for a number."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.metadata = env.metadata

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        observations, infos = super().reset(seed, options)
        return observations, self._plain(infos)

    def step(self, actions: Any) -> Any:
        *rest, infos = super().step(actions)
        return *rest, self._plain(infos)

    def _plain(self, infos: Any) -> Any:
        return {
            name: {key: part for key, part in info.items() if key != "shift"}
            for name, info in infos.items()
        }


def test_torchrl_specs(shifts: Any) -> None:
    torchrl = pytest.importorskip("torchrl.envs")
    torchrl.check_env_specs(torchrl.GymWrapper(shifted(shifts)))
    with strict(TORCHRL):
        env = torchrl.PettingZooWrapper(env=PlainInfos(team(shifts)), use_mask=True)
        torchrl.check_env_specs(env)
        with pytest.raises(RuntimeError, match="^Could not infer dtype of dict$"):
            torchrl.PettingZooWrapper(env=team(shifts), use_mask=True)


def test_supersuit_vectorises_it(shifts: Any) -> None:
    supersuit = pytest.importorskip("supersuit")
    with strict():
        one = supersuit.pettingzoo_env_to_vec_env_v1(team(shifts))
        vector = supersuit.concat_vec_envs_v1(one, 2, num_cpus=0)
        vector.reset(seed=1)
        for k in range(60):
            _, rewards, _, _, infos = vector.step(np.full(vector.num_envs, k % 2))
    assert rewards.shape == (4,)
    assert len(infos) == 4


def learn(name: str, policy: str, env: Any) -> None:
    contrib = pytest.importorskip("sb3_contrib")
    learner = getattr(contrib, name)
    model = learner(policy, env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu")
    model.learn(16)
    assert model.num_timesteps >= 16


@pytest.mark.full
def test_maskable_ppo_learns_a_little(shifts: Any) -> None:
    learn("MaskablePPO", "MultiInputPolicy", shifted(shifts, size=5))


@pytest.mark.full
def test_recurrent_ppo_learns_a_little(shifts: Any) -> None:
    learn("RecurrentPPO", "MultiInputLstmPolicy", shifted(shifts, size=5))


class Mate:
    """A partner that plays one action."""

    def __init__(self, action: int) -> None:
        self.action = action

    def act(self, observation: Any, info: Any) -> int:
        return self.action


MATES = {"kind": "partners", "pool": ["one", "other"]}


def seat() -> Any:
    """The seat that partners leave."""
    shift = {"name": "it", "what": MATES, "when": {"kind": "periodic", "period": 5}}
    data = {"schema": "adaptarium-shift/1", "shift": [shift]}
    pool = {"one": Mate(1), "other": Mate(2)}
    return seated(adaptarium.world("Foraging-v0").parallel(), data, pool)


def test_the_seat_that_partners_leave_is_accepted_too() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with strict(*SB3_ON_IMAGES):
        checker.check_env(seat())
    torchrl = pytest.importorskip("torchrl.envs")
    torchrl.check_env_specs(torchrl.GymWrapper(seat()))
