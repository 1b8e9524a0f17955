"""Agents join, leave and are replaced in mid-episode."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

import adaptarium
from adaptarium.envs.core.errors import ShiftError, StructuralShiftError

# PettingZoo's test knows arrays alone; ours are dictionaries of them, as many of its own are.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Observation is not a NumPy array", "ignore:Observation space for each agent probably"
)

PERIODIC = {"kind": "periodic", "period": 6}


def plan(what: dict[str, Any], when: dict[str, Any]) -> dict[str, Any]:
    shift = {"name": "crowd", "what": {"kind": "population", **what}, "when": when}
    return {"schema": "adaptarium-shift/1", "shift": [shift]}


def make(
    what: dict[str, Any], when: dict[str, Any] = PERIODIC, seats: int = 6, **options: Any
) -> Any:
    """Foraging by two agents with room for more."""
    return adaptarium.shifted(
        "Foraging-v0", plan(what, when), capacity={"agents": seats}, **options
    )


def idle(env: Any, steps: int) -> list[tuple[list[str], set[str], list[str]]]:
    """Who was observed, who was truncated and who goes on, in each step of nobody moving."""
    seen = []
    for _ in range(steps):
        observations, _, terminated, truncated, infos = env.step(dict.fromkeys(env.agents, 0))
        assert set(observations) == set(infos) == set(terminated)
        seen.append((list(observations), {n for n, cut in truncated.items() if cut}, env.agents))
    return seen


def names(*numbers: int) -> list[str]:
    return [f"player_{number}" for number in numbers]


def test_agents_join_for_a_while_and_those_that_played_longest_leave() -> None:
    env = make({"to": 4}, {"kind": "step", "at": 4, "until": 8})
    env.reset(seed=3)
    assert env.agents == names(0, 1)
    seen = idle(env, 10)
    assert seen[3] == (names(0, 1), set(), names(0, 1))
    assert seen[4] == (names(0, 1, 2, 3), set(), names(0, 1, 2, 3))
    assert seen[8] == (names(0, 1, 2, 3), {"player_0", "player_1"}, names(2, 3))
    assert seen[9] == (names(2, 3), set(), names(2, 3))


def test_the_replaced_have_successors_with_new_names_until_the_seats_are_out() -> None:
    env = make({"replace": 1}, {"kind": "periodic", "period": 6}, seats=4)
    infos = env.reset(seed=3)[1]
    left = [infos["player_0"]["seats_left"]]
    everybody = {*env.agents}
    for _, gone, agents in idle(env, 14):
        assert len(agents) == 2
        assert not gone & {*agents}
        newcomers = {*agents} - everybody
        assert len(newcomers) == len(gone)
        everybody |= newcomers
        left.append(4 - len(everybody))
    assert everybody == {*env.possible_agents}
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    env.reset()
    assert env.agents == names(0, 1)  # a new episode has all its seats


def test_episodes_begin_with_as_many_as_the_plan_says() -> None:
    for to, expected in ((1, 1), (5, 5)):
        env = make({"to": to}, {"kind": "step", "at": 0})
        env.reset(seed=3)
        assert env.agents == names(*range(expected))
        places = env.batch.w.state.agents[0][:expected]
        assert len({(int(one["x"]), int(one["y"])) for one in places}) == expected


def test_outside_the_schedule_nothing_changes_and_an_episode_whose_time_is_up_admits_nobody() -> (
    None
):
    bare = adaptarium.world("Foraging-v0").parallel(capacity={"agents": 6}, max_cycles=5)
    env = adaptarium.shifted(
        adaptarium.world("Foraging-v0", **{"episode.max_steps": 5}),
        plan({"to": 6}, {"kind": "step", "at": 4}),
        capacity={"agents": 6},
    )
    first, second = bare.reset(seed=3)[0], env.reset(seed=3)[0]
    draws = np.random.default_rng(1).integers(0, 6, (5, 2))
    for t in range(5):
        acts = {f"player_{a}": int(draws[t, a]) for a in range(2)}
        mine, theirs = bare.step(acts), env.step(acts)
        assert {n: o["image"].tobytes() for n, o in first.items()} == {
            n: o["image"].tobytes() for n, o in second.items()
        }
        assert mine[1:4] == theirs[1:4]
        first, second = mine[0], theirs[0]
    assert env.agents == []


def test_the_batch_and_the_text_face_play_the_same() -> None:
    what, when = {"path": [2, 5, 1]}, {"kind": "walk", "every": 3, "levels": 2}
    env = make(what, when)
    batch = make(what, when, num_envs=3, autoreset_mode="SameStep", num_threads=2)
    text = make(what, when, face="text")
    env.reset(seed=5)
    text.reset(seed=5)
    batch.reset(seed=[9, 5, 1])
    draws = np.random.default_rng(2).integers(0, 6, (80, 6))
    for t in range(80):
        rewards, infos = (out := env.step({n: draws[t, int(n[-1])] for n in env.agents}))[1], out[4]
        _, reward, _, _, told = batch.step(np.broadcast_to(draws[t], (3, 6)))
        step = text.step({n: text.menu()[draws[t, int(n[-1])]] for n in text.agents})
        assert rewards == {n: reward[1, int(n[-1])] for n in rewards}
        assert {n: r for n, r in rewards.items() if n in step.reward} == step.reward
        assert step.info["agents"] == env.agents
        assert set(env.agents) <= set(step.text)
        if not env.agents:
            env.reset()
            text.reset()
            continue
        assert env.agents == [f"player_{a}" for a in np.flatnonzero(batch.alive[1])]
        shift = next(iter(infos.values()))
        assert (shift["shift"]["crowd"], shift["seats_left"]) == (
            told["shift"]["crowd"][1],
            told["seats_left"][1],
        )


def test_a_saved_state_goes_on_with_the_same_agents() -> None:
    env = make({"replace": 1})
    env.reset(seed=3)
    idle(env, 5)
    twin = copy.deepcopy(env)
    assert idle(env, 12) == idle(twin, 12)


@pytest.mark.parametrize("what", [{"to": 4}, {"to": 1}, {"replace": 1}])
def test_pettingzoo_accepts_it(what: dict[str, Any]) -> None:
    parallel_api_test(make(what), num_cycles=200)
    parallel_seed_test(lambda: make(what), num_cycles=50)
    api_test(make(what, face="aec"), num_cycles=200)


def test_pettingzoo_finds_it_deterministic_in_turns() -> None:
    # Its test seeds the action spaces of those agents alone that are there at the beginning.
    seed_test(lambda: make({"to": 1}, face="aec"), num_cycles=50)


def test_what_cannot_be_is_refused_before_anything_runs() -> None:
    with pytest.raises(StructuralShiftError, match=r"capacity=\{'agents': 7\}"):
        make({"to": 7})
    with pytest.raises(StructuralShiftError, match=r"capacity=\{'agents': 3\}"):
        adaptarium.shifted("Foraging-v0", plan({"replace": 1}, PERIODIC))
    with pytest.raises(ShiftError, match="has one seat"):
        adaptarium.shifted("DoorKey-v0", plan({"to": 2}, PERIODIC))
    with pytest.raises(ShiftError, match="inner_episodes = 1"):
        make({"to": 3}, **{"episode.inner_episodes": 2})
