"""The same wrappers on environments of others, and the tests that their libraries ship."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pettingzoo.test
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.utils.env_match import check_environments_match

import adaptarium
from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.interface import wrap

ENTRY = {"reward.shaping": {"entry": "direction"}}


def cart(_i: int = 0) -> Any:
    return gym.make("CartPole-v1")


def play(env: Any, steps: int = 60) -> list[Any]:
    actions = np.random.default_rng(0).integers(0, 2, (steps, 3))
    return [env.reset(seed=5), *(env.step(row) for row in actions)]


@contextlib.contextmanager
def quiet() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # Dict observations and MultiDiscrete actions, and bounds of strangers that are infinite.
        warnings.simplefilter("ignore", UserWarning)
        yield


def test_a_stranger_in_a_batch(any_kind: str, plan: Any) -> None:
    shifts = plan(any_kind)
    outside = wrap(gym.make_vec("CartPole-v1", 3, vectorization_mode="sync"), shifts)
    within = gym.vector.SyncVectorEnv([lambda: wrap(cart(), shifts)] * 3)
    assert data_equivalence(play(outside), play(within), exact=True)


def test_a_stranger_passes_the_checker_and_its_spec_makes_it_again(
    any_kind: str, plan: Any
) -> None:
    env = wrap(cart(), plan(any_kind))
    again = EnvSpec.from_json(env.spec.to_json())
    assert again == env.spec
    assert again.make().observation_space == env.observation_space
    with quiet():
        check_env(wrap(cart().unwrapped, plan(any_kind)), skip_render_check=True)
        check_environments_match(env, again.make(), num_steps=40, seed=1)


def test_our_world_passes_the_checkers(any_kind: str, plan: Any) -> None:
    shifts = plan(any_kind, **ENTRY.get(any_kind, {}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*is different from the unwrapped version", UserWarning)
        env = gym.make("adaptarium/DoorKey-v0", disable_env_checker=True)
        check_env(wrap(env, shifts), skip_render_check=True)
    first, second = (wrap(gym.make("adaptarium/DoorKey-v0"), shifts) for _ in range(2))
    check_environments_match(first, second, num_steps=60, seed=1, info_comparison="equivalence")


def check_pettingzoo(parallel: Any, turns: Any, cycles: int) -> None:
    with quiet():
        pettingzoo.test.parallel_api_test(parallel(), num_cycles=cycles)
        pettingzoo.test.api_test(turns(), num_cycles=cycles)
        pettingzoo.test.seed_test(turns, num_cycles=cycles)


def test_our_agents_pass_pettingzoos_tests(any_kind: str, plan: Any) -> None:
    shifts, world = plan(any_kind, **ENTRY.get(any_kind, {})), adaptarium.world("Foraging-v0")
    check_pettingzoo(lambda: wrap(world.parallel(), shifts), lambda: wrap(world.aec(), shifts), 30)


def test_particles_pass_pettingzoos_tests(any_kind: str, plan: Any) -> None:
    tag = pytest.importorskip("mpe2.simple_tag_v3")
    shifts = plan(any_kind)
    check_pettingzoo(lambda: wrap(tag.parallel_env(), shifts), lambda: wrap(tag.env(), shifts), 30)


@pytest.mark.parametrize(
    "kind_", ["reward.sign", "reward.noise", "action.remap", "observation.delay", "signal"]
)
def test_agents_that_take_turns(kind_: str, plan: Any) -> None:
    pytest.importorskip("pygame")
    from pettingzoo.classic import rps_v2

    with quiet():
        pettingzoo.test.api_test(wrap(rps_v2.env(), plan(kind_)), num_cycles=50)
    bare, turned = rps_v2.env(), wrap(rps_v2.env(), plan("reward.sign", {"kind": "step", "at": 0}))
    for env in (bare, turned):
        env.reset(seed=1)
        for action in (0, 1, 2, 1):
            env.step(action)
    assert {name: -reward for name, reward in bare._cumulative_rewards.items()} == (
        turned._cumulative_rewards
    )


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"kind": "observation.quantise"}, "no finite bounds"),
        ({"kind": "observation.noise", "sigma": 1, "entries": ["x"]}, "unknown observation entry"),
        ({"kind": "action.disable", "actions": [5]}, "the nearest valid is 1"),
        ({"kind": "action.disable", "actions": [0, 1]}, "every action is disabled"),
        ({"kind": "action.remap", "mapping": [2, 0, 1]}, "mapping of 3 actions"),
        ({"kind": "action.delay", "steps": 2, "idle": 2}, "the nearest valid is 1"),
        ({"kind": "reward.shaping", "weight": 1, "component": 9}, "the nearest valid is 3"),
        ({"kind": "factors", "to": {"transition.slip": 0.3}}, "changes the world itself"),
        ({"kind": "partners", "pool": ["a", "b"]}, "takes the pool"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(what: Any, message: str) -> None:
    shift = {"name": "it", "what": what, "when": {"kind": "step", "at": 0}}
    with pytest.raises(ShiftError, match=message):
        wrap(cart(), {"schema": "adaptarium-shift/1", "shift": [shift]})


def test_what_is_no_environment_is_refused(plan: Any) -> None:
    with pytest.raises(ShiftError, match="of type int cannot be shifted"):
        wrap(3, plan("reward.sign"))
    with pytest.raises(ShiftError, match="at least one"):
        wrap(cart(), [])
