"""Partners: a pool of agents plays the other seats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import parallel_api_test

import adaptarium
from adaptarium.envs.core.errors import ShiftError
from adaptarium.wrappers.interface import seated
from adaptarium.wrappers.spec import ShiftPlan


class Always:
    """Plays one action, and remembers what it was told."""

    def __init__(self, action: int) -> None:
        self.action = action
        self.firsts: list[Any] = []

    def act(self, observation: Any, info: Any) -> Any:
        self.firsts.append(np.copy(info["first"]))
        shape = np.shape(info["first"])
        return np.full(shape, self.action) if shape else self.action


def partners(when: Any = None, **what: Any) -> dict[str, Any]:
    shift = {
        "name": "mates",
        "what": {"kind": "partners", "pool": ["still", "goes"], **what},
        "when": when or {"kind": "step", "at": 4},
    }
    return {"schema": "adaptarium-shift/1", "shift": [shift]}


def pool() -> dict[str, Always]:
    return {"still": Always(0), "goes": Always(2)}


def world(**overrides: Any) -> Any:
    return adaptarium.world("Foraging-v0", **overrides)


def test_the_seat_that_is_left_is_a_gymnasium_environment() -> None:
    agents = pool()
    env = seated(world().parallel(), partners(), agents)
    bare = world().parallel()
    seen, _ = env.reset(seed=3)
    whole, _ = bare.reset(seed=3)
    assert np.array_equal(seen["image"], whole["player_0"]["image"])
    for k in range(10):
        mate = 0 if k < 4 else 2
        seen, reward, terminated, truncated, info = env.step(k % 3)
        whole, rewards, *over, _ = bare.step({"player_0": k % 3, "player_1": mate})
        assert info["shift"] == {"mates": float(k >= 4)}
        assert np.array_equal(seen["image"], whole["player_0"]["image"])
        assert reward == rewards["player_0"]
        assert (terminated, truncated) == (over[0]["player_0"], over[1]["player_0"])
        if terminated or truncated:
            break
    assert [bool(one) for one in agents["still"].firsts] == [True, False, False, False]
    assert [bool(one) for one in agents["goes"].firsts][:2] == [True, False]
    check_env(seated(world().parallel(), partners(), pool()), skip_render_check=True)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_a_batch_plays_as_its_single_environments(mode: str) -> None:
    when = {"kind": "markov", "stay": 0.7}
    short = {"episode.max_steps": 6}
    batch = seated(world(**short).vec(3, autoreset_mode=mode), partners(when), pool())
    alone = [seated(world(**short).parallel(), partners(when), pool()) for _ in range(3)]
    seen, _ = batch.reset(seed=5)
    expected = [env.reset(seed=5 + i) for i, env in enumerate(alone)]
    actions = np.random.default_rng(2).integers(0, 6, (30, 3))
    over = np.zeros(3, bool)
    for row in actions:
        for i in range(3):
            assert np.array_equal(seen["image"][i], expected[i][0]["image"])
        seen, rewards, terminated, truncated, infos = batch.step(row)
        for i, env in enumerate(alone):
            if over[i] and mode == "NextStep":
                expected[i] = env.reset()
                over[i] = False
                continue
            expected[i] = env.step(int(row[i]))
            assert rewards[i] == expected[i][1]
            assert (terminated[i], truncated[i]) == expected[i][2:4]
            assert infos["shift"]["mates"][i] == expected[i][4]["shift"]["mates"]
            over[i] = terminated[i] or truncated[i]
            if over[i] and mode == "SameStep":
                last = infos["final_obs"][i]["image"]
                assert np.array_equal(last, expected[i][0]["image"])
                expected[i] = env.reset()
                over[i] = False


def test_partners_may_change_between_episodes_only() -> None:
    env = seated(world().parallel(), partners(at_episode=True), pool())
    env.reset(seed=0)
    names = []
    for _ in range(8):
        env.step(0)
        names.append(env.parallel.partner)
    assert set(names) == {"still"}
    env.reset()
    env.step(0)
    assert env.parallel.partner == "goes"


def test_several_seats_are_left_as_a_smaller_parallel_environment() -> None:
    spread = pytest.importorskip("mpe2.simple_spread_v3")
    env = seated(spread.parallel_env(), partners(seats=["agent_1"]), pool())
    assert env.possible_agents == ["agent_0", "agent_2"]
    parallel_api_test(env, num_cycles=50)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"pool": ["still", "gose"]}, "did you mean 'goes'"),
        ({"seats": ["player_2"]}, "unknown seat 'player_2'"),
        ({"seats": ["player_0", "player_1"]}, "one for the learner"),
        ({"seats": ["player_1", "player_1"]}, "twice"),
        ({"pool": ["still"]}, "at least 2"),
    ],
)
def test_bad_partners_are_refused(what: Any, message: str) -> None:
    with pytest.raises(ShiftError, match=message):
        seated(world().parallel(), ShiftPlan.from_data(partners(**what)), pool())
    with pytest.raises(ShiftError, match="no seats to fill"):
        seated(3, partners(), pool())
