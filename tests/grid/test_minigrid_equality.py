"""MiniGrid, exactly: the same level under the same actions gives the same of everything."""

from __future__ import annotations

import itertools
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401 (registers its environments)
import numpy as np
import pytest
from minigrid.core.actions import Actions as MiniGridActions

import adaptarium  # noqa: F401 (registers the family)
from adaptarium.envs.core.banks import read_records
from adaptarium.envs.core.errors import LevelError
from adaptarium.envs.grid import codes, from_minigrid
from adaptarium.envs.grid.missions import decode
from adaptarium.envs.grid.reference import policy

IDS = [
    f"MiniGrid-{name}"
    for name in (
        "BlockedUnlockPickup-v0",
        "DistShift1-v0",
        "DistShift2-v0",
        "DoorKey-5x5-v0",
        "DoorKey-6x6-v0",
        "DoorKey-8x8-v0",
        "Empty-8x8-v0",
        "Empty-Random-6x6-v0",
        "Fetch-5x5-N2-v0",
        "Fetch-6x6-N2-v0",
        "Fetch-8x8-N3-v0",
        "FourRooms-v0",
        "GoToDoor-5x5-v0",
        "GoToDoor-6x6-v0",
        "GoToDoor-8x8-v0",
        "GoToObject-6x6-N2-v0",
        "GoToObject-8x8-N2-v0",
        "KeyCorridorS3R1-v0",
        "KeyCorridorS3R2-v0",
        "KeyCorridorS3R3-v0",
        "KeyCorridorS4R3-v0",
        "LavaCrossingS9N1-v0",
        "LavaCrossingS11N5-v0",
        "LavaGapS5-v0",
        "LavaGapS7-v0",
        "LockedRoom-v0",
        "MemoryS7-v0",
        "MemoryS11-v0",
        "MemoryS13Random-v0",
        "MultiRoom-N2-S4-v0",
        "MultiRoom-N4-S5-v1",
        "MultiRoom-N6-v0",
        "ObstructedMaze-1Dl-v0",
        "ObstructedMaze-1Dlh-v0",
        "ObstructedMaze-1Dlhb-v0",
        "ObstructedMaze-2Dlhb-v1",
        "ObstructedMaze-Full-v1",
        "PutNear-6x6-N2-v0",
        "PutNear-8x8-N3-v0",
        "RedBlueDoors-6x6-v0",
        "RedBlueDoors-8x8-v0",
        "SimpleCrossingS9N2-v0",
        "SimpleCrossingS11N5-v0",
        "Unlock-v0",
        "UnlockPickup-v0",
    )
]
# Their levels have more states than a search may keep: they are played at random alone.
UNSOLVED = {f"MiniGrid-{name}" for name in ("ObstructedMaze-2Dlhb-v1", "ObstructedMaze-Full-v1")}


def _compare_episode(env_id: str, seed: int, choose: Any) -> int:
    """Play one level in both; returns the steps compared."""
    theirs = gym.make(env_id).unwrapped
    expected, _ = theirs.reset(seed=seed)
    world, _ = from_minigrid(theirs)
    ours = world.gym()
    seen, info = ours.reset(seed=seed)
    assert info["text"] == expected["mission"]
    actions = choose(world, ours)
    steps = 0
    while True:
        np.testing.assert_array_equal(seen["image"], expected["image"])
        assert seen["direction"] == expected["direction"]
        assert decode(seen["mission"]) == expected["mission"]
        action = next(actions)
        expected, reward, terminated, truncated, _ = theirs.step(action)
        seen, our_reward, our_terminated, our_truncated, _ = ours.step(action)
        steps += 1
        assert our_reward == pytest.approx(reward, abs=1e-6)
        assert (our_terminated, our_truncated) == (terminated, truncated)
        if terminated or truncated:
            np.testing.assert_array_equal(seen["image"], expected["image"])
            return steps


def _random(seed: int) -> Any:
    def actions(_world: Any, _ours: Any) -> Any:
        rng = np.random.default_rng(seed)
        while True:
            yield int(rng.integers(7))

    return actions


def _solved(world: Any, ours: Any) -> Any:
    player, w = policy(world, read_records(world), 0), ours.unwrapped.batch.w
    while True:
        yield int(np.ravel(player.act(w, 0))[0])


def _at_the_last_moment(world: Any, _ours: Any) -> Any:
    """Wait, then reach the goal on exactly the last step allowed."""
    bank = read_records(world)
    plan = policy(world, bank, 0).actions  # type: ignore[attr-defined]
    yield from [MiniGridActions.done] * (int(bank.info["max_steps"][0]) - len(plan))
    yield from plan


def _check(env_id: str, levels: int) -> int:
    steps = sum(_compare_episode(env_id, seed, _random(seed)) for seed in range(levels))
    if env_id not in UNSOLVED:
        steps += sum(_compare_episode(env_id, seed, _solved) for seed in range(levels))
    return steps


@pytest.mark.parametrize("env_id", IDS)
def test_equal_to_minigrid(env_id: str) -> None:
    slow = env_id in {*UNSOLVED, "MiniGrid-LockedRoom-v0"}
    assert _check(env_id, 1 if slow else 3) > 0


@pytest.mark.full
@pytest.mark.parametrize("env_id", IDS)
def test_equal_to_minigrid_on_fifty_levels(env_id: str) -> None:
    assert _check(env_id, 50) > 0


def test_a_goal_on_the_last_step_is_terminated_and_truncated() -> None:
    assert _compare_episode("MiniGrid-Empty-5x5-v0", 0, _at_the_last_moment) == 100


def test_what_has_no_tile_is_refused() -> None:
    with pytest.raises(LevelError, match="expected a MiniGrid environment, got CartPoleEnv"):
        from_minigrid(gym.make("CartPole-v1"))
    env = gym.make("BabyAI-GoToRedBall-v0")
    env.reset(seed=0)
    with pytest.raises(LevelError, match="by rules of its own; expected"):
        from_minigrid(env)
    env = gym.make("MiniGrid-DoorKey-5x5-v0")
    env.reset(seed=0)
    env.step(0)
    with pytest.raises(LevelError, match="right after reset"):
        from_minigrid(env)


MOVING = [
    "MiniGrid-Dynamic-Obstacles-5x5-v0",
    "MiniGrid-Dynamic-Obstacles-Random-6x6-v0",
    "MiniGrid-Dynamic-Obstacles-8x8-v0",
]


def _replay_draws(ours: Any, before: list[Any], after: list[Any]) -> None:
    """Script the draws of our next step, so that obstacles go where MiniGrid's went."""
    w = ours.unwrapped.batch.w
    grid, agent = w.levels.map[w.core["level"][0]], w.state.agents[0, 0]
    size = (int(grid["height"]), int(grid["width"]))
    cells = w.state.cells[0, : size[0] * size[1]].reshape(size) & 0xFF
    choices = []
    for (x, y), target in zip(before, after, strict=True):
        around = [(x - 1 + j % 3, y - 1 + j // 3) for j in range(9)]
        free = [
            at for at in around
            if cells[at[1], at[0]] == codes.EMPTY and at != (agent["x"], agent["y"])
        ]  # fmt: skip
        if len(free) > 1:
            choices.append(free.index(target))
        assert target in (free or [(x, y)])
        cells[y, x], cells[target[1], target[0]] = codes.EMPTY, codes.BALL
    w.core["scripted"][0] = 1
    w.script["depth"][0] = 0
    w.script["choice"][0, : len(choices)] = choices


def _compare_moving(env_id: str, seed: int) -> int:
    """As ``_compare_episode``, with the obstacles' draws of every step replayed."""
    theirs = gym.make(env_id).unwrapped
    expected, _ = theirs.reset(seed=seed)
    world, _ = from_minigrid(theirs)
    ours = world.gym()
    seen, _ = ours.reset(seed=seed)
    rng = np.random.default_rng(seed)
    for step in itertools.count(1):
        np.testing.assert_array_equal(seen["image"], expected["image"])
        assert seen["direction"] == expected["direction"]
        assert decode(seen["mission"]) == expected["mission"]
        action = int(rng.integers(3))
        before = [tuple(int(v) for v in ball.cur_pos) for ball in theirs.obstacles]
        expected, reward, *ends, _ = theirs.step(action)
        after = [tuple(int(v) for v in ball.cur_pos) for ball in theirs.obstacles]
        _replay_draws(ours, before, after)
        seen, our_reward, *our_ends, _ = ours.step(action)
        assert our_reward == pytest.approx(reward, abs=1e-6)
        assert our_ends == ends
        if any(ends):
            np.testing.assert_array_equal(seen["image"], expected["image"])
            return step
    raise AssertionError


@pytest.mark.parametrize("env_id", MOVING)
def test_moving_obstacles_are_equal_where_their_draws_are(env_id: str) -> None:
    assert sum(_compare_moving(env_id, seed) for seed in range(10)) > 20


@pytest.mark.full
@pytest.mark.parametrize("env_id", MOVING)
def test_moving_obstacles_are_equal_on_fifty_levels(env_id: str) -> None:
    assert sum(_compare_moving(env_id, seed) for seed in range(50)) > 100
