"""Built-in players: one id for a team in PettingZoo and for one player in Gymnasium."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import adaptarium
from adaptarium.envs.core.batch import Batch
from adaptarium.envs.grid.crews import CrewPolicy

TEAMS = ("Foraging-v0", "Trash-v0", "Harvest-v0", "Cleanup-v0", "Pursuit-v0")


def test_one_id_is_a_team_and_a_player() -> None:
    env = gym.make("adaptarium/Pursuit-v0").unwrapped
    face = adaptarium.world("Pursuit-v0").parallel()
    observation, _ = env.reset(seed=5)
    together, _ = face.reset(seed=5)
    assert np.array_equal(observation["image"], together["player_0"]["image"])
    assert env.action_space == face.action_space("player_0")
    assert env.world.rules.players.outside == 1  # type: ignore[attr-defined]


def test_a_batch_of_single_players_is_that_of_single_environments() -> None:
    vec = gym.make_vec("adaptarium/Foraging-v0", 3)
    views, _ = vec.reset(seed=11)
    envs = [gym.make("adaptarium/Foraging-v0") for _ in range(3)]
    firsts = [env.reset(seed=11 + i)[0] for i, env in enumerate(envs)]
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert all(np.array_equal(views["image"][i], firsts[i]["image"]) for i in range(3))
        actions = rng.integers(0, 6, 3)
        views, rewards, terminated, truncated, _ = vec.step(actions)
        if (terminated | truncated).any():
            break
        steps = [env.step(int(action)) for env, action in zip(envs, actions, strict=True)]
        firsts = [step[0] for step in steps]
        assert rewards.tolist() == [step[1] for step in steps]


def test_the_episode_is_over_when_the_player_from_outside_is() -> None:
    record = {
        "map": ["G....1"],
        "agents": [[1, 0, "east", 1], [3, 0, "east", 1]],
        "max_steps": 50,
    }
    world = adaptarium.world("Foraging-v0").override(records=(record,))
    env = world.gym()
    env.reset(seed=0)
    _, _, terminated, truncated, _ = env.step(3)
    assert terminated
    assert not truncated
    assert env.unwrapped.batch.w.core["ended"][0]


@pytest.mark.parametrize("name", TEAMS)
@pytest.mark.parametrize("kind", ["greedy", "cooperative"])
def test_a_policy_does_what_the_built_in_players_do(name: str, kind: str) -> None:
    alone = {"players.outside": 0, "players.built_in": kind}
    inside = Batch([adaptarium.world(name, **alone)], 1, autoreset="disabled")
    outside = Batch([adaptarium.world(name)], 1, autoreset="disabled")
    policy = CrewPolicy(kind)
    for batch in (inside, outside):
        batch.reset(seed=3)
    for _ in range(25):
        if outside.w.core["ended"][0]:
            break
        outside.w.actions[0] = policy.act(outside.w, 0)
        for batch in (inside, outside):
            batch.step()
        assert np.array_equal(inside.w.state.agents, outside.w.state.agents)
        assert np.array_equal(inside.w.state.cells, outside.w.state.cells)


@pytest.mark.parametrize("name", TEAMS)
def test_built_in_players_beat_random_ones_by_far(name: str) -> None:
    returns = {}
    for kind in ("random", "greedy", "cooperative"):
        alone = {"players.outside": 0, "players.built_in": kind}
        batch = Batch([adaptarium.world(name, **alone)], 32, autoreset="disabled")
        batch.reset(seed=1)
        while not batch.w.core["ended"].all():
            batch.step()
        returns[kind] = batch.w.final_returns.sum(axis=1)
    error = max(float(one.std() / np.sqrt(32)) for one in returns.values())
    assert returns["cooperative"].mean() > returns["random"].mean() + 6 * error
    assert returns["cooperative"].mean() >= returns["greedy"].mean() - 2 * error


def test_newcomers_are_played_by_built_in_players_too() -> None:
    shift = {
        "name": "crowd",
        "what": {"kind": "population", "to": 4},
        "when": {"kind": "step", "at": 3},
    }
    plan = {"schema": "adaptarium-shift/1", "shift": [shift]}
    env = adaptarium.shifted("Foraging-v0", plan, face="gym", capacity={"agents": 4})
    env.reset(seed=2)
    batch = env.unwrapped.batch
    for _ in range(4):
        env.step(0)
    assert batch.w.alive[0, :4].all()
    before = batch.w.state.agents[0, 2:4].copy()
    for _ in range(4):
        env.step(0)
    assert (before != batch.w.state.agents[0, 2:4]).any()


def test_a_world_for_one_is_itself() -> None:
    assert adaptarium.world("DoorKey-v0").alone() == adaptarium.world("DoorKey-v0")
    alone = adaptarium.world("Foraging-v0").alone()
    assert alone.alone() == alone
