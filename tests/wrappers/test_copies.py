"""Shifted batches branch from a state, and seats of a pool are saved and restored."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence

import adaptarium
from adaptarium.envs.core.errors import AdaptariumError, ResetNeededError, SnapshotError
from adaptarium.wrappers.interface import seated, wrap

ENTRY = {"reward.shaping": {"entry": "direction"}}
MARKOV = {"kind": "markov", "stay": 0.8, "every": 2}


def rows(env: Any, steps: int, seed: int) -> Any:
    """Actions that are alike in all slots."""
    shape = np.shape(env.action_space.sample())[1:]
    drawn = np.random.default_rng(seed).integers(0, 6, (steps, 1, *shape))
    return np.repeat(drawn, env.num_envs, axis=1)


@pytest.mark.parametrize("world", ["DoorKey-v0", "Foraging-v0"])
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_a_copied_slot_goes_on_as_its_source(
    any_kind: str, world: str, mode: str, plan: Any
) -> None:
    shifts = plan(any_kind, MARKOV, {"modulo": 3, "remainders": [0]}, **ENTRY.get(any_kind, {}))
    made = adaptarium.world(world, **{"episode.max_steps": 7})
    env = wrap(adaptarium.vec(made, 3, autoreset_mode=mode), shifts)
    env.reset(seed=5)
    for row in rows(env, 13, 0):
        env.step(row)
    env.copy(0, 2)
    for row in rows(env, 15, 1):
        observation, reward, _, _, infos = env.step(row)
        for part in observation.values():
            assert np.array_equal(part[0], part[2])
        assert np.array_equal(reward[0], reward[2])
        assert infos["shift"]["it"][0] == infos["shift"]["it"][2]
    env.reset(seed=5)  # a slot has its own shifts again
    for row in rows(env, 9, 1):
        assert env.step(row)[4]["shift"]["it"][2] == 0.0


def test_copies_that_do_not_pair_up_change_nothing(plan: Any) -> None:
    env = wrap(adaptarium.vec("DoorKey-v0", 3), plan("observation.delay"))
    env.reset(seed=1)
    before = env.save_state()
    with pytest.raises(AdaptariumError):
        env.copy([0, 1], 2)
    assert env.save_state() == before
    strangers = wrap(
        gym.vector.SyncVectorEnv([lambda: gym.make("CartPole-v1")] * 2), plan("reward.sign")
    )
    assert strangers.copy is True  # Gymnasium's own option of that name
    assert not hasattr(wrap(gym.make("CartPole-v1"), plan("reward.sign")), "copy")


class Mate:
    """Goes by what it sees and is told, and remembers nothing."""

    def __init__(self, action: int) -> None:
        self.action = action

    def act(self, observation: Any, info: Any) -> Any:
        first, seen = np.asarray(info["first"]), np.asarray(observation["image"])
        spread = seen.reshape(*first.shape, -1).sum(axis=-1) + np.asarray(info["step"]) + first
        found = (self.action + spread) % 6
        return found if first.shape else int(found)


POOL = {"one": Mate(0), "other": Mate(3)}
MATES: dict[str, Any] = {
    "schema": "adaptarium-shift/1",
    "shift": [
        {"name": "mates", "what": {"kind": "partners", "pool": ["one", "other"]}, "when": MARKOV}
    ],
}


def batch() -> Any:
    world = adaptarium.world("Foraging-v0", **{"episode.max_steps": 7})
    return seated(world.vec(3, autoreset_mode="SameStep"), MATES, POOL)


def single() -> Any:
    return seated(adaptarium.world("Foraging-v0").parallel(), MATES, POOL)


def trio() -> Any:
    return seated(adaptarium.world("Foraging-v0", players=3).parallel(), three(), POOL)


def three() -> dict[str, Any]:
    """The pool plays the last of three seats."""
    shift = MATES["shift"][0]
    return {**MATES, "shift": [{**shift, "what": {**shift["what"], "seats": ["player_2"]}}]}


def acts(env: Any, k: int) -> Any:
    if isinstance(env.action_space, gym.Space):
        return np.full(env.action_space.shape, k % 6) if env.action_space.shape else k % 6
    return dict.fromkeys(env.agents, k % 6)


@pytest.mark.parametrize("make", [batch, single, trio])
def test_seats_of_a_pool_are_saved_and_restored(make: Any) -> None:
    env, other = make(), make()
    with pytest.raises(ResetNeededError):
        env.save_state()
    env.reset(seed=3)
    for k in range(11):
        env.step(acts(env, k))
    state = env.save_state()
    for k in range(2):
        other.reset(seed=k)
        other.step(acts(other, k))
    fresh = make()
    for twin in (other, fresh):
        twin.restore_state(state)
    for k in range(11, 30):
        found = env.step(acts(env, k))
        for twin in (other, fresh):
            assert data_equivalence(found, twin.step(acts(twin, k)), exact=True)
    with pytest.raises(SnapshotError):
        env.restore_state(state[:100])


def test_a_copied_slot_keeps_its_partners() -> None:
    env = batch()
    env.reset(seed=3)
    for k in range(11):
        env.step(np.full(3, k % 6))
    env.copy(0, 2)
    for k in range(20):
        observation, reward, *_, infos = env.step(np.full(3, k % 6))
        assert all(np.array_equal(part[0], part[2]) for part in observation.values())
        assert reward[0] == reward[2]
        assert infos["shift"]["mates"][0] == infos["shift"]["mates"][2]
