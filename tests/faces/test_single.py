"""One environment: types, fresh memory, refusals, seeds, infos, shifts, pictures."""

from __future__ import annotations

import warnings
from typing import Any

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    FactorError,
    ResetNeededError,
    StructuralShiftError,
    UnknownNameError,
)
from adaptarium.envs.core.single import SingleEnv


def made(world_id: str = "DoorKey-v0", **options: Any) -> SingleEnv:
    env = gym.make(f"adaptarium/{world_id}", **options).unwrapped
    assert isinstance(env, SingleEnv)
    return env


def test_gym_make_adds_no_wrapper() -> None:
    assert isinstance(gym.make("adaptarium/DoorKey-v0"), SingleEnv)


def test_types_are_pythons_own() -> None:
    env = made()
    obs, info = env.reset(seed=0)
    assert type(obs["direction"]) is int
    assert type(info["level"]) is np.uint64
    obs, reward, terminated, truncated, info = env.step(0)
    assert (type(reward), type(terminated), type(truncated)) == (float, bool, bool)
    assert info == {}
    assert obs in env.observation_space


def test_observations_are_fresh_memory() -> None:
    env = made()
    first, _ = env.reset(seed=0)
    kept = first["image"].copy()
    second, *_ = env.step(0)
    assert not np.shares_memory(first["image"], second["image"])
    assert (first["image"] == kept).all()


def test_copy_false_hands_out_the_buffers() -> None:
    env = made(copy=False)
    first, _ = env.reset(seed=0)
    second, *_ = env.step(0)
    assert np.shares_memory(first["image"], second["image"])


def test_a_step_before_reset_is_refused() -> None:
    with pytest.raises(ResetNeededError, match="before reset; call reset"):
        made().step(0)


def test_a_step_after_the_end_is_refused() -> None:
    env = made(**{"episode.max_steps": 3})
    env.reset(seed=0)
    ends = [env.step(6)[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(ResetNeededError, match="the episode is over; call reset"):
        env.step(0)
    env.reset()
    env.step(0)


@pytest.mark.parametrize("action", [0, np.int64(3), np.uint8(6), np.array(2)])
def test_integers_are_actions(action: Any) -> None:
    env, other = made(), made()
    env.reset(seed=0)
    other.reset(seed=0)
    assert env.step(action)[0]["image"].tolist() == other.step(int(action))[0]["image"].tolist()


@pytest.mark.parametrize(
    "action", [-1, 7, 2**70, 1.0, "left", None, True, np.array([1]), np.array([0, 1]), np.nan]
)
def test_what_is_no_action_is_refused_and_changes_nothing(action: Any) -> None:
    env = made()
    env.reset(seed=0)
    before = env.save_state()
    with pytest.raises(ActionError, match="expected"):
        env.step(action)
    assert env.save_state() == before


def test_an_action_out_of_range_is_told_the_range() -> None:
    env = made()
    env.reset(seed=0)
    with pytest.raises(ActionError, match="action 7: expected 0 to 6; the nearest valid is 6"):
        env.step(7)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "one", True, b"1"])
def test_a_seed_out_of_range_is_refused(seed: Any) -> None:
    env = made()
    with pytest.raises(FactorError, match=r"seed = .*: expected a non-negative integer"):
        env.reset(seed=seed)
    with pytest.raises(ResetNeededError):
        env.step(0)


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="reset option 'level'"):
        made().reset(options={"level": 3})


def test_without_a_seed_the_seed_is_drawn_and_told() -> None:
    env, other = made(), made()
    _, info = env.reset()
    _, again = other.reset(seed=env.np_random_seed)
    assert info["level"] == again["level"]
    assert made().reset()[1]["level"] != info["level"], "drawn anew, of 20,400 levels"


def test_a_reset_without_a_seed_goes_on_to_the_next_episode() -> None:
    env, other = made(), made()
    levels = [env.reset(seed=4)[1]["level"], env.reset()[1]["level"], env.reset()[1]["level"]]
    assert len(set(levels)) == 3
    assert levels == [other.reset(seed=4)[1]["level"], *(other.reset()[1]["level"] for _ in "ab")]


def test_info_tells_the_mission_and_what_was_measured() -> None:
    env = made("Empty-v0", size=5, **{"episode.max_steps": 4})
    _, info = env.reset(seed=0)
    assert info["text"] == "get to the green goal square"
    infos = [env.step(6)[4] for _ in range(4)]
    assert infos[:3] == [{}, {}, {}]
    assert infos[3].keys() == {"metrics"}
    assert infos[3]["metrics"]["success"] == 0
    assert all(type(value) in (int, float) for value in infos[3]["metrics"].values())


def test_an_inner_episode_is_told_while_the_trial_goes_on() -> None:
    rules = {"episode.max_steps": 3, "episode.inner_episodes": 2, "reward.step_cost": 0.5}
    env = made("Empty-v0", **rules)
    env.reset(seed=0)
    steps = [env.step(6) for _ in range(6)]
    assert [step[2] or step[3] for step in steps] == [False] * 5 + [True]
    assert steps[2][4]["episode"] == {"r": -1.5, "l": 3}
    assert steps[5][4].keys() == {"metrics"}


def test_gymnasiums_statistics_fit() -> None:
    env = gym.wrappers.RecordEpisodeStatistics(made("Empty-v0", **{"episode.max_steps": 5}))
    env.reset(seed=0)
    infos = [env.step(6)[4] for _ in range(5)]
    assert infos[-1]["episode"]["l"] == 5


def test_action_masks_are_a_copy() -> None:
    env = made()
    env.reset(seed=0)
    masks = env.action_masks()
    assert masks.dtype == np.bool_
    assert masks.tolist() == [True] * 7
    masks[:] = False
    assert env.action_masks().all()


def test_a_factor_is_shifted_while_the_environment_runs() -> None:
    env = made("Empty-v0")
    env.reset(seed=0)
    assert env.step(6)[1] == 0.0
    env.set_factors(**{"reward.step_cost": 0.25})
    assert env.step(6)[1] == -0.25


def test_a_shift_that_needs_room_is_refused_without_it() -> None:
    env = made()
    with pytest.raises(StructuralShiftError, match="capacity"):
        env.set_factors(**{"observation.view_size": 9})
    with pytest.raises(UnknownNameError, match=r"transition\.slip"):
        env.set_factors(**{"transition.slipp": 0.5})
    roomy = made(capacity={"columns": 9, "rows": 9})
    roomy.set_factors(**{"observation.view_size": 9})
    roomy.reset(seed=0)
    assert roomy.step(0)[0]["image"].shape == (9, 9, 3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"siez": 6}, UnknownNameError, "did you mean 'size'"),
        ({"size": 2}, FactorError, "size = 2"),
        ({"transition.slip": 2}, FactorError, "slip = 2"),
        ({"slip": 0.1}, FactorError, "write 'transition.slip'"),
        ({"render_mode": "png"}, UnknownNameError, "unknown render mode 'png'"),
        ({"capacity": {"colums": 9}}, UnknownNameError, "did you mean 'columns'"),
    ],
)
def test_wrong_options_are_refused(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        SingleEnv("DoorKey-v0", **options)


def test_room_for_other_players_is_refused_where_nobody_would_play_them() -> None:
    with pytest.raises(AdaptariumError, match=r"seats, a Gymnasium environment has one player: "):
        SingleEnv("DoorKey-v0", capacity={"agents": 2})


def test_cloudpickle_keeps_the_state() -> None:
    env = made("FrozenLake-v0")
    env.reset(seed=3)
    env.step(1)
    again = cloudpickle.loads(cloudpickle.dumps(env))
    assert again.spec == env.spec
    assert again.save_state() == env.save_state()


# ---- pictures ----


def test_rendering_without_a_mode_warns() -> None:
    env = made()
    env.reset(seed=0)
    with pytest.warns(UserWarning, match="without a render mode"):
        assert env.render() is None


def test_rendering_before_reset_is_refused() -> None:
    with pytest.raises(ResetNeededError, match="render was called before reset"):
        made(render_mode="ansi").render()


def test_pictures_and_text() -> None:
    pytest.importorskip("pygame")
    env, text = made(render_mode="rgb_array"), made(render_mode="ansi")
    env.reset(seed=0)
    text.reset(seed=0)
    frame = env.render()
    assert frame.dtype == np.uint8
    assert frame.ndim == 3
    assert frame.shape[2] == 3
    assert isinstance(text.render(), str)


def test_the_window_opens_and_closes_twice() -> None:
    pytest.importorskip("pygame")
    env = made(render_mode="human")
    env.reset(seed=0)
    assert env.render() is None
    env.close()
    env.close()


def test_the_library_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    env = adaptarium.world("Maze-v0").gym()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env.reset(seed=0)
        env.step(0)
        env.close()
    assert capfd.readouterr().out == ""
