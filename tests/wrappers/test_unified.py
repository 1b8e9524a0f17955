"""Unified spaces: worlds of several families as one environment, and nothing lost on the way."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

import adaptarium
from adaptarium.envs.core.errors import ActionError, AdaptariumError, FactorError, SnapshotError
from adaptarium.envs.core.single import SingleEnv
from adaptarium.wrappers.unified.batch import MixedBatch
from adaptarium.wrappers.unified.spaces import FAMILY, UnifiedSpaces, by_family
from adaptarium.wrappers.unified.vector import UnifiedVectorEnv

NAMES = ("Empty-v0", "Bernoulli-v0", "Lights-v0", "Darkroom-v0")
LIMIT = {"episode.max_steps": 6, "episode.inner_episodes": 1}


def worlds() -> list[adaptarium.World]:
    return [adaptarium.world(name, **LIMIT) for name in NAMES]


def drawn(masks: np.ndarray[Any, Any], random: np.random.Generator) -> np.ndarray[Any, Any]:
    return np.array([random.choice(np.flatnonzero(row)) for row in masks])


def test_a_slot_is_the_single_environment_of_its_world() -> None:
    env = adaptarium.unified(worlds(), 8, autoreset_mode="Disabled")
    assert isinstance(env, gym.vector.VectorEnv)
    singles = [SingleEnv(world) for world in (*worlds(), *worlds())]
    seen, _ = env.reset(seed=5)
    own = [single.reset(seed=5 + i)[0] for i, single in enumerate(singles)]
    random = np.random.default_rng(0)
    for _ in range(9):
        actions = drawn(env.action_masks(), random)
        for i in range(8):
            member = env.unified.members[env.worlds[i % 4].family.name]
            assert seen[FAMILY][i] == member.number
            lifted = env.unified.lift(member, own[i])
            assert lifted.keys() == seen.keys()
            assert all(np.array_equal(lifted[name], seen[name][i]) for name in lifted)
        results = [
            single.step(env.unified.members[single.world.family.name].own(actions[i]))
            for i, single in enumerate(singles)
        ]
        seen, *rest, _ = env.step(actions)
        own = [result[0] for result in results]
        for j, array in enumerate(rest):
            assert array.tolist() == [result[1 + j] for result in results]
        over = rest[1] | rest[2]
        if over.any():
            seen, _ = env.reset(options={"reset_mask": over})
            for i in np.flatnonzero(over):
                own[i] = singles[i].reset()[0]


def test_masks_allow_what_the_own_family_allows() -> None:
    env = UnifiedVectorEnv(worlds(), 4)
    env.reset(seed=0)
    masks = env.action_masks()
    for i, world in enumerate(env.worlds):
        member = env.unified.members[world.family.name]
        own = slice(member.begin, member.begin + member.count)
        assert masks[i, own].any()
        assert masks[i].sum() == masks[i, own].sum()
    assert not masks[3].all()


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_episodes_go_on_and_infos_are_of_their_slots(mode: str) -> None:
    env = UnifiedVectorEnv(worlds(), 8, autoreset_mode=mode)
    _, infos = env.reset(seed=1)
    assert infos["_level"].all()
    random, ended = np.random.default_rng(1), np.zeros(8, np.bool_)
    for _ in range(14):
        observation, _, terminated, truncated, infos = env.step(drawn(env.action_masks(), random))
        over = terminated | truncated
        ended |= over
        assert env.observation_space.contains(observation)
        if mode == "SameStep" and over.any():
            assert (infos["_final_obs"] == over).all()
            for i in np.flatnonzero(over):
                assert env.single_observation_space.contains(infos["final_obs"][i])
                assert infos["final_obs"][i][FAMILY] == observation[FAMILY][i]
    assert ended.all()


def test_continuous_actions_are_choices_of_levels() -> None:
    unified = UnifiedSpaces(
        {
            "a": (spaces.Dict({"x": spaces.Discrete(2)}), spaces.Discrete(3, start=1)),
            "b": (spaces.Dict({"x": spaces.Discrete(2)}), spaces.Box(-1, 1, (2,), np.float32)),
        }
    )
    assert unified.action_space == spaces.Discrete(3 + 9)
    first, second = unified.members.values()
    assert first.own(np.arange(3)).tolist() == [1, 2, 3]
    assert second.own(np.array([3, 4, 11])).tolist() == [[-1, -1], [-1, 0], [1, 1]]
    assert first.own(np.array(4)) == 2  # of the other family: its remainder
    mask = np.zeros(12, np.bool_)
    second.write_mask(np.zeros(0), mask)
    assert mask.tolist() == [False] * 3 + [True] * 9


def test_what_does_not_fit_is_refused() -> None:
    plain = spaces.Dict({"x": spaces.Discrete(2)})
    with pytest.raises(AdaptariumError, match="of no family"):
        UnifiedSpaces({})
    with pytest.raises(FactorError, match="levels = 1: expected an integer from 2 up"):
        UnifiedSpaces({"a": (plain, spaces.Discrete(2))}, levels=1)
    with pytest.raises(AdaptariumError, match="expected Discrete or a bounded Box"):
        UnifiedSpaces({"a": (plain, spaces.MultiBinary(2))})
    with pytest.raises(AdaptariumError, match="expected a Dict"):
        UnifiedSpaces({"a": (spaces.Discrete(2), spaces.Discrete(2))})
    with pytest.raises(FactorError, match="expected at most 65536 actions"):
        UnifiedSpaces({"a": (plain, spaces.Box(-1, 1, (9,), np.float32))}, levels=5)
    unified = UnifiedSpaces.of(worlds())
    with pytest.raises(AdaptariumError, match=r"parts \['pixels'\]: expected those of"):
        unified.member_of({"pixels": 0})
    with pytest.raises(AdaptariumError, match="Foraging-v0 has 2 seats: expected worlds of one"):
        MixedBatch([*worlds(), adaptarium.world("Foraging-v0")], 8)
    env = UnifiedVectorEnv(worlds(), 4)
    env.reset(seed=0)
    with pytest.raises(ActionError, match="the nearest valid is"):
        env.step(np.full(4, int(env.single_action_space.n)))


def test_worlds_of_several_seats_are_played_from_the_first() -> None:
    env = UnifiedVectorEnv(["Foraging-v0", "Bernoulli-v0"], 2)
    env.reset(seed=0)
    assert env.step(drawn(env.action_masks(), np.random.default_rng(0)))[1].shape == (2,)


def test_a_mixed_batch_goes_on_from_a_saved_state() -> None:
    batch, other = (MixedBatch(worlds(), 8, autoreset="same_step") for _ in range(2))
    batch.reset(seed=0)
    random = np.random.default_rng(0)

    def play(one: MixedBatch, actions: np.ndarray[Any, Any]) -> list[Any]:
        one.w.actions[:, 0] = actions
        one.step()
        seen = [part.copy() for part in one.obs.values()]
        return [*seen, one.w.reward.copy(), one.w.out["final"].copy()]

    for _ in range(4):
        play(batch, drawn(batch.masks()[:, 0], random))
    state = batch.save()
    other.reset(seed=99)
    other.restore(state)
    for _ in range(8):
        actions = drawn(batch.masks()[:, 0], random)
        assert (batch.masks() == other.masks()).all()
        mine, theirs = play(batch, actions), play(other, actions)
        assert all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))
    with pytest.raises(SnapshotError, match="cut short"):
        other.restore(state[:-1])
    with pytest.raises(SnapshotError, match="several families has 0 parts: expected 3"):
        other.restore(b"")


def test_families_keep_the_order_in_which_they_appear() -> None:
    assert list(by_family(worlds())) == ["grid", "bandit", "puzzle"]
