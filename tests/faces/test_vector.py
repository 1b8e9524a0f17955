"""Batches as vector environments: refusals, partial resets, shifts and copies of single slots."""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import adaptarium
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    FactorError,
    ResetNeededError,
    UnknownNameError,
)
from adaptarium.envs.core.room import checked_sizes
from adaptarium.envs.core.vector import MultiAgentVector, VectorEnv

STAY = 6
SHORT = {"episode.max_steps": 4}


def made(num_envs: int = 3, world: Any = "DoorKey-v0", **options: Any) -> VectorEnv:
    env = adaptarium.vec(world, num_envs, **options)
    assert isinstance(env, VectorEnv)
    return env


def begun(num_envs: int = 3, world: Any = "DoorKey-v0", **options: Any) -> VectorEnv:
    env = made(num_envs, world, **options)
    env.reset(seed=0)
    return env


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_the_mode_is_in_the_metadata(mode: AutoresetMode) -> None:
    for spelling in (mode, mode.value):
        assert made(autoreset_mode=spelling).metadata["autoreset_mode"] is mode
    native = gym.make_vec("adaptarium/DoorKey-v0", 2, autoreset_mode=mode.value)
    assert native.metadata["autoreset_mode"] is mode
    assert native.spec is not None


def test_arrays_are_fresh_memory_unless_asked_otherwise() -> None:
    for copy in (True, False):
        env = made(copy=copy)
        first, _ = env.reset(seed=0)
        second, reward, *_ = env.step([0, 0, 0])
        _, again, *_ = env.step([0, 0, 0])
        assert np.shares_memory(first["image"], second["image"]) is not copy
        assert np.shares_memory(reward, again) is not copy


# ---- refusals ----


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([0, 0], r"shape \(2,\), expected \(3,\)"),
        (0, r"shape \(\), expected \(3,\)"),
        ([[0], [0], [0]], r"shape \(3, 1\)"),
        ([0, 7, 0], "action 7 at 1: expected integers from 0 to 6; the nearest valid is 6"),
        ([0, 0, -1], "action -1 at 2"),
        (np.array([0, 200, 0], np.uint8), "action 200 at 1"),
        ([0.0, 1.0, 2.0], "type float64"),
        ([True, False, True], "type bool"),
        (["left", "left", "left"], "type <U4"),
    ],
)
def test_wrong_actions_are_refused_before_any_slot_moves(actions: Any, message: str) -> None:
    env = begun()
    before = env.save_state()
    with pytest.raises(ActionError, match=message):
        env.step(actions)
    assert env.save_state() == before


def test_a_step_before_reset_is_refused() -> None:
    with pytest.raises(ResetNeededError, match="before reset; call reset"):
        made().step([0, 0, 0])
    env = made()
    env.reset(seed=0, options={"reset_mask": np.array([True, False, True])})
    with pytest.raises(ResetNeededError, match=r"before reset of slots \[1\]"):
        env.step([0, 0, 0])


def test_a_step_of_slots_that_are_over_is_refused_where_resets_are_the_callers() -> None:
    env = begun(autoreset_mode="Disabled", **SHORT)
    for _ in range(4):
        env.step([STAY] * 3)
    with pytest.raises(ResetNeededError, match=r"slots \[0, 1, 2\] are over"):
        env.step([STAY] * 3)
    env.reset(options={"reset_mask": np.array([True, True, False])})
    with pytest.raises(ResetNeededError, match=r"slots \[2\] are over"):
        env.step([STAY] * 3)


@pytest.mark.parametrize(
    "mask", [[1, 0, 1], np.zeros(3, bool), np.ones(2, bool), np.ones((3, 1), bool)]
)
def test_wrong_reset_masks_are_refused(mask: Any) -> None:
    env = begun()
    before = env.save_state()
    with pytest.raises(AdaptariumError, match=r"reset_mask.*expected \(3,\) bool"):
        env.reset(options={"reset_mask": mask})
    assert env.save_state() == before


@pytest.mark.parametrize(
    "seed", [-1, [1, 2], [1, 2, -3], 2**63 - 1, [0, "a", 1], True, "a", 1.5, [0, True, 1]]
)
def test_wrong_seeds_are_refused(seed: Any) -> None:
    env = begun()
    before = env.save_state()
    with pytest.raises(FactorError, match="seed"):
        env.reset(seed=seed)
    assert env.save_state() == before


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"autoreset_mode": "nextstep"}, UnknownNameError, "did you mean 'NextStep'"),
        ({"num_envs": 0}, FactorError, "num_envs = 0"),
        ({"num_envs": 2.0}, FactorError, "num_envs = 2.0"),
        ({"num_threads": -1}, FactorError, "num_threads = -1"),
        ({"num_threads": 1000}, FactorError, "num_threads = 1000.*the nearest valid is 256"),
        ({"num_threads": True}, FactorError, "num_threads = True"),
        ({"num_envs": 10**12}, FactorError, "needs .* GiB of memory.*the nearest valid is"),
        ({"capacity": 3}, FactorError, "capacity = 3: expected a dict of structural sizes"),
        ({"capacity": {"height": -1}}, FactorError, "= -1: expected .*the nearest valid is 0"),
        ({"capacity": {"height": 7.9}}, FactorError, "= 7.9: expected an integer.*valid is 8"),
        ({"capacity": {"height": True}}, FactorError, "= True: expected an integer"),
        ({"capacity": {"height": "9"}}, FactorError, "= '9': expected an integer"),
        ({"capacity": {"height": 10**9}}, FactorError, r"capacity\['height'\] = 1000000000: exp"),
        ({"capacity": {"hight": 9}}, UnknownNameError, "did you mean 'height'"),
        ({"render_mode": "human"}, AdaptariumError, "rgb_array"),
        ({"world": []}, AdaptariumError, "at least one world"),
        ({"capacity": {"agents": 2}}, AdaptariumError, "seats"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        VectorEnv(**{"world": "DoorKey-v0", **options})


def test_a_batch_beyond_the_memory_is_refused_before_it_is_made() -> None:
    asked = {"height": 65_536, "width": 65_536}
    with pytest.raises(FactorError, match=r"GiB of memory.*the nearest valid is \d+$") as refused:
        VectorEnv(1, world="DoorKey-v0", capacity=asked)
    name, close = re.findall(r"capacity\['(\w+)'\].* (\d+)$", str(refused.value))[0]
    worlds = [adaptarium.world("DoorKey-v0")]
    assert checked_sizes(worlds, {**asked, name: int(close)}, 1, 1)[name] == int(close)
    with pytest.raises(FactorError, match=f"the nearest valid is {close}"):
        checked_sizes(worlds, {**asked, name: int(close) + 1}, 1, 1)


# ---- resets ----


def test_only_masked_slots_begin_anew() -> None:
    env, same = begun(), begun()
    for twin in (env, same):
        twin.step([0, 1, 2])
    obs, infos = env.reset(options={"reset_mask": np.array([False, True, False])})
    assert infos["_level"].tolist() == [False, True, False]
    assert env.batch.w.core["clock"].tolist() == [1, 0, 1]
    assert env.batch.w.core["episode"].tolist() == [0, 1, 0]
    kept = same.batch.obs["image"][[0, 2], 0]
    assert (obs["image"][[0, 2]] == kept).all()


def test_a_seed_for_each_slot() -> None:
    env = begun()
    levels = env.reset(seed=[5, 9, 5])[1]["level"]
    assert levels[0] == levels[2] != levels[1]
    env.reset(seed=[None, 3, None])
    assert env.batch.w.core["seed"].tolist() == [5, 3, 5]
    assert env.batch.w.core["episode"].tolist() == [1, 0, 1]


def test_slot_i_takes_the_seed_plus_i() -> None:
    levels = made().reset(seed=4)[1]["level"].tolist()
    single = gym.make("adaptarium/DoorKey-v0")
    assert levels == [single.reset(seed=4 + i)[1]["level"] for i in range(3)]


def test_without_a_seed_the_slots_differ() -> None:
    levels = made(8).reset()[1]["level"]
    assert len(set(levels.tolist())) > 4
    assert made(8).reset()[1]["level"].tolist() != levels.tolist()


# ---- shifts, copies, mixtures ----


def test_some_slots_shift_while_the_batch_runs() -> None:
    env = begun(4, "Empty-v0")
    env.set_factors(np.array([True, False, True, False]), **{"reward.step_cost": 0.5})
    assert env.step([STAY] * 4)[1].tolist() == [-0.5, 0.0, -0.5, 0.0]
    env.set_factors(**{"reward.step_cost": 0.25})
    assert env.step([STAY] * 4)[1].tolist() == [-0.25] * 4


@pytest.mark.parametrize("mask", [np.ones(2, bool), [0, 1, 1], np.ones((3, 1), bool)])
def test_a_shift_of_wrong_slots_is_refused(mask: Any) -> None:
    env = begun()
    with pytest.raises(FactorError, match=r"mask of .*: expected \(3,\) bool"):
        env.set_factors(mask, **{"transition.slip": 0.5})


def test_a_copied_slot_takes_all_with_it() -> None:
    worlds = [adaptarium.world("DoorKey-v0"), adaptarium.world("Empty-v0", num_levels=3)]
    env = begun(4, worlds, autoreset_mode="SameStep", **{"episode.max_steps": 6})
    env.set_factors(np.array([False, True, False, False]), **{"reward.step_cost": 0.5})
    env.copy([0, 1], [3, 2])
    rng = np.random.default_rng(0)
    told = []
    for _ in range(20):
        first, second = rng.integers(0, 7, 2).tolist()
        obs, reward, terminated, truncated, infos = env.step([first, second, second, first])
        for src, dst in ((0, 3), (1, 2)):
            assert (obs["image"][src] == obs["image"][dst]).all()
            assert reward[src] == reward[dst]
            assert terminated[src] == terminated[dst]
            assert truncated[src] == truncated[dst]
        if "text" in infos:
            told.append(infos["text"].tolist())
    assert told
    assert all(text == [text[0], text[1], text[1], text[0]] for text in told)


@pytest.mark.parametrize(
    ("src", "dst"),
    [([0], [3]), ([-1], [0]), ([0, 1], [2]), ([0, 1], [2, 2]), ([0], [0]), ([0.5], [1])],
)
def test_wrong_copies_are_refused(src: Any, dst: Any) -> None:
    env = begun()
    before = env.save_state()
    with pytest.raises(AdaptariumError, match="slot"):
        env.copy(src, dst)
    assert env.save_state() == before


def test_worlds_of_one_family_share_a_batch() -> None:
    env = adaptarium.vec(["DoorKey-v0", adaptarium.world("Maze-v0", size=9)], 4)
    assert isinstance(env, VectorEnv)
    _, infos = env.reset(seed=0)
    assert infos["text"][0] == infos["text"][2] != infos["text"][1]
    assert env.action_masks().shape == (4, 7)


# ---- several seats ----


def test_several_seats_have_an_axis_of_their_own() -> None:
    env = adaptarium.vec("Foraging-v0", 3, **SHORT)
    assert isinstance(env, MultiAgentVector)
    seats = env.num_agents
    obs, _ = env.reset(seed=0)
    assert obs in env.observation_space
    assert obs["image"].shape[:2] == (3, seats)
    assert env.alive.all()
    env.action_space.seed(0)
    for step in range(4):
        obs, reward, terminated, truncated, infos = env.step(env.action_space.sample())
        assert reward.shape == terminated.shape == truncated.shape == (3, seats)
        assert env.ended.tolist() == [step == 3] * 3
    assert truncated.all()
    assert infos["metrics"]["food"].shape == (3,)
    assert env.action_masks().shape[:2] == (3, seats)
    with pytest.raises(ActionError, match="shape"):
        env.step(np.zeros(3, int))
    env.close()
    env.close()


def test_pictures_of_every_slot() -> None:
    pytest.importorskip("pygame")
    env = begun(2, render_mode="rgb_array")
    assert [frame.shape[2] for frame in env.render()] == [3, 3]
    assert begun(2).render() is None
