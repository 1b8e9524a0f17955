"""The PettingZoo face: seeds, agents that come and go, refusals, snapshots."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.errors import (
    ActionError,
    AdaptariumError,
    FactorError,
    ResetNeededError,
    SnapshotError,
    UnknownNameError,
)
from adaptarium.envs.core.parallel import ParallelFace
from adaptarium.envs.core.world import World, load_world

STAY, NORTH, SOUTH, WEST, EAST, LOAD = range(6)


def team(rows: list[str], agents: list[list[Any]], **rules: Any) -> World:
    record = {"map": rows, "agents": agents, "max_steps": 20}
    return World.from_data(
        {
            "id": "Team-v0",
            "family": "grid",
            "preset": "foraging",
            "seats": len(agents),
            "levels": {"records": [record]},
            "rules": rules,
        }
    )


EXIT = team(["G...1"], [[1, 0, "east", 1], [3, 0, "east", 1]])


def everyone(env: ParallelFace, action: int) -> dict[str, int]:
    return dict.fromkeys(env.agents, action)


def test_an_episode_is_that_of_the_batch_slot() -> None:
    """The same seed, alone or as slot 2 of a batch, gives the same trajectory."""
    world = load_world("Foraging-v0")
    env = ParallelFace(world)
    batch = Batch([world], 3)
    observations, _ = env.reset(seed=42)
    batch.reset(seed=40)
    rng = np.random.default_rng(0)
    for _ in range(1000):
        for a, name in enumerate(env.possible_agents):
            if name in observations:
                for key, value in observations[name].items():
                    assert np.array_equal(value, batch.obs[key][2, a])
        if not env.agents:
            break
        actions = rng.integers(0, 6, len(env.possible_agents))
        batch.w.actions[2] = actions
        batch.step()
        chosen = dict(zip(env.possible_agents, actions, strict=True))
        observations, rewards, terminated, truncated, _ = env.step(chosen)
        for a, name in enumerate(env.possible_agents):
            if name in rewards:
                assert rewards[name] == batch.w.reward[2, a]
                assert terminated[name] == batch.w.terminated[2, a]
                assert truncated[name] == batch.w.truncated[2, a]
    else:
        pytest.fail("the episode did not end")


def test_reset_without_a_seed_goes_on_to_the_next_episode() -> None:
    first, second = ParallelFace("Foraging-v0"), ParallelFace("Foraging-v0")
    first.reset(seed=3)
    opening = first.state()
    first.reset()
    assert not np.array_equal(first.state(), opening)
    second.reset(seed=3)
    second.reset()
    assert np.array_equal(first.state(), second.state())


def test_an_agent_leaves_once_and_the_others_play_on() -> None:
    env = ParallelFace(EXIT)
    env.reset(seed=0)
    _, _, terminated, truncated, _ = env.step({"player_0": WEST, "player_1": STAY})
    assert terminated == {"player_0": True, "player_1": False}
    assert truncated == {"player_0": False, "player_1": False}
    assert env.agents == ["player_1"]
    observations, rewards, *_ = env.step({"player_1": STAY})
    assert list(observations) == list(rewards) == ["player_1"]
    env.step({"player_1": STAY, "player_0": LOAD})  # of one that is out: ignored
    env.reset()
    assert env.agents == ["player_0", "player_1"]


def test_the_time_limit_truncates_all_that_play() -> None:
    env = ParallelFace(EXIT, max_cycles=2)
    env.reset(seed=0)
    env.step({"player_0": WEST, "player_1": STAY})
    _, _, terminated, truncated, infos = env.step({"player_1": STAY})
    assert (terminated, truncated) == ({"player_1": False}, {"player_1": True})
    assert env.agents == []
    assert infos["player_1"]["episode"] == {"r": 0.0, "l": 2}
    assert infos["player_1"]["metrics"]["success"] == 1
    with pytest.raises(ResetNeededError, match="no agent playing"):
        env.step({})


def test_in_a_trial_an_agent_is_out_for_the_inner_episode_only() -> None:
    env = ParallelFace(EXIT, **{"episode.inner_episodes": 2, "episode.max_steps": 3})
    env.reset(seed=0)
    _, rewards, terminated, _, _ = env.step({"player_0": WEST, "player_1": STAY})
    assert rewards["player_0"] == 1.0
    assert not any(terminated.values())
    assert env.agents == ["player_0", "player_1"]
    env.step(everyone(env, STAY))
    *_, terminated, truncated, infos = env.step(everyone(env, STAY))
    assert not any({**terminated, **truncated}.values())
    assert infos["player_0"]["episode"] == {"r": 1.0, "l": 3}
    _, rewards, terminated, _, _ = env.step({"player_0": WEST, "player_1": STAY})
    assert rewards["player_0"] == 1.0
    assert terminated == {"player_0": True, "player_1": False}
    assert env.agents == ["player_1"]


def test_every_seat_is_possible_though_a_level_seats_fewer() -> None:
    one = {"map": ["...1"], "agents": [[0, 0, "east", 1]], "max_steps": 5}
    three = {"map": ["...1"], "agents": [[x, 0, "east", 1] for x in range(3)], "max_steps": 5}
    env = ParallelFace(EXIT.override(records=[one, three]))
    assert env.possible_agents == ["player_0", "player_1", "player_2"]
    observations, _ = env.reset(seed=0)
    assert env.agents == list(observations) == ["player_0"]
    env.reset(seed=1)
    assert env.agents == env.possible_agents


def test_spaces_are_the_same_objects_and_each_agent_has_its_own() -> None:
    env = ParallelFace(EXIT)
    for space in (env.action_space, env.observation_space):
        assert space("player_0") is space("player_0")
        assert space("player_0") is not space("player_1")
        assert space("player_0") == space("player_1")


def test_observations_are_copies() -> None:
    env = ParallelFace(EXIT)
    before, _ = env.reset(seed=0)
    kept = copy.deepcopy(before)
    env.step(everyone(env, EAST))
    assert np.array_equal(before["player_0"]["image"], kept["player_0"]["image"])


def test_masks_are_told_where_an_action_can_be_invalid() -> None:
    plain, roomy = ParallelFace(EXIT), ParallelFace(EXIT, capacity={"actions": 8})
    _, infos = plain.reset(seed=0)
    assert infos == {"player_0": {}, "player_1": {}}
    assert plain.action_masks()["player_0"].tolist() == [1] * 6
    _, infos = roomy.reset(seed=0)
    for mask in (infos["player_0"]["action_mask"], roomy.action_masks()["player_0"]):
        assert mask.dtype == np.int8
        assert mask.tolist() == [1] * 6 + [0] * 2
    *_, infos = roomy.step(everyone(roomy, STAY))
    assert infos["player_1"]["action_mask"].tolist() == [1] * 6 + [0] * 2


def test_the_state_holds_map_and_agents() -> None:
    env = ParallelFace(EXIT)
    env.reset(seed=0)
    state = env.state()
    assert env.state_space.contains(state)
    assert state[:3].tolist() == [8, 1, 0]  # the goal is tile 8, green
    assert state[15:].reshape(2, 8)[:, :5].tolist() == [[1, 1, 0, 0, 1], [1, 3, 0, 0, 1]]
    env.step({"player_0": WEST, "player_1": STAY})
    assert env.state()[15] == 0
    assert state[15] == 1  # a copy


def test_a_shift_acts_at_the_next_step() -> None:
    env = ParallelFace(EXIT)
    env.reset(seed=0)
    env.set_factors(**{"reward.step_cost": 0.5})
    _, rewards, *_ = env.step(everyone(env, STAY))
    assert rewards == {"player_0": -0.5, "player_1": -0.5}


# ---- saving ----


def test_a_saved_state_goes_on_the_same_in_another_environment() -> None:
    env, other = ParallelFace("Foraging-v0"), ParallelFace("Foraging-v0")
    env.reset(seed=5)
    other.reset(seed=6)
    env.step(everyone(env, NORTH))
    other.restore_state(env.save_state())
    twin, copied = pickle.loads(pickle.dumps(env)), copy.deepcopy(env)
    assert other.agents == env.agents
    for k in range(30):
        if not env.agents:
            break
        steps = [e.step(everyone(e, (k % 5) + 1)) for e in (env, other, twin, copied)]
        for step in steps[1:]:
            assert step[1:] == steps[0][1:]
        for e in (other, twin, copied):
            assert np.array_equal(e.state(), env.state())


def test_a_state_of_another_kind_of_environment_is_refused() -> None:
    env = ParallelFace(EXIT)
    env.reset(seed=0)
    for wrong in (b"", b"x" * 100, env.save_state()[:-3]):
        with pytest.raises(SnapshotError):
            env.restore_state(wrong)


def test_who_has_left_is_part_of_the_state() -> None:
    env, other = ParallelFace(EXIT), ParallelFace(EXIT)
    env.reset(seed=0)
    env.step({"player_0": WEST, "player_1": STAY})
    other.restore_state(env.save_state())
    assert other.agents == ["player_1"]
    observations, *_ = other.step({"player_1": STAY})
    assert list(observations) == ["player_1"]


# ---- refusals ----


def test_bad_input_is_refused_by_name() -> None:
    env = ParallelFace(EXIT)
    with pytest.raises(ResetNeededError, match="call reset"):
        env.step({"player_0": 0, "player_1": 0})
    env.reset(seed=0)
    before = env.save_state()
    with pytest.raises(UnknownNameError, match="unknown agent 'player_2'.*'player_"):
        env.step({"player_0": 0, "player_1": 0, "player_2": 0})
    with pytest.raises(ActionError, match="no action of player_1"):
        env.step({"player_0": 0})
    with pytest.raises(ActionError, match="player_1: action 6: expected integers from 0 to 5"):
        env.step({"player_0": 1, "player_1": 6})
    for wrong in (-1, 1.5, "north", None, [0], True, np.array([1])):
        with pytest.raises(ActionError, match="player_0: "):
            env.step({"player_0": wrong, "player_1": 0})
    with pytest.raises(ActionError, match="list, expected a dict"):
        env.step([0, 0])  # type: ignore[arg-type]
    with pytest.raises(FactorError, match="seed"):
        env.reset(seed=-1)
    with pytest.raises(UnknownNameError, match="unknown agent 'player0'"):
        env.action_space("player0")
    assert env.save_state() == before


def test_an_action_may_be_any_integer() -> None:
    env = ParallelFace(EXIT)
    env.reset(seed=0)
    for action in (0, np.int32(0), np.int64(0), np.uint8(0), np.array(0)):
        env.step(dict.fromkeys(env.agents, action))


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(AdaptariumError, match="has one seat"):
        ParallelFace("DoorKey-v0")
    with pytest.raises(UnknownNameError, match="unknown render mode 'rgb'; did you mean"):
        ParallelFace(EXIT, render_mode="rgb")
    with pytest.raises(UnknownNameError, match="unknown world 'Foragin-v0'; did you mean"):
        ParallelFace("Foragin-v0")
