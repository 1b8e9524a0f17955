"""The player that makes a map as it goes: it arrives, remembers, and says what it lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.agents.loading import load_agent
from adaptarium.agents.scripted.explorer import Explorer
from adaptarium.envs.core.errors import AgentError
from adaptarium.envs.core.world import World, load_world
from adaptarium.evaluation.playing import play_episodes


def tries(world: World, seed: int) -> list[int]:
    """Steps of every inner episode of a trial."""
    env, player, found = world.gym(), Explorer(), list[int]()
    seen, _ = env.reset(seed=seed)
    over, step, last = False, 0, 0
    while not over:
        seen, _, terminated, truncated, info = env.step(player.act(seen, {"first": step == 0}))
        step += 1
        over = terminated or truncated
        if "episode" in info or over:
            found.append(step - last)
            last = step
    return found


@pytest.mark.parametrize("generator", ["maze", "rooms", "caves"])
def test_mazes_never_seen_are_solved(generator: str) -> None:
    world = load_world("PointMaze-v0", split="test", generator=generator)
    played = play_episodes(world, load_agent("explorer"), range(2))
    assert all(one.solved for one in played)


@pytest.mark.full
@pytest.mark.parametrize("generator", ["maze", "rooms", "caves"])
def test_nine_of_ten_mazes_never_seen_are_solved(generator: str) -> None:
    world = load_world("PointMaze-v0", split="test", generator=generator)
    played = play_episodes(world, Explorer(), range(100))
    assert np.mean([one.solved for one in played]) >= 0.9


def test_a_goal_found_once_is_found_again_at_once() -> None:
    world = load_world("HiddenGoal-v0", split="test")
    steps = np.array([tries(world, seed) for seed in range(3)])
    assert steps.shape == (3, 4)
    assert steps[:, 2].mean() < 0.7 * steps[:, 0].mean()


def test_a_map_that_shuts_the_goal_in_is_made_anew() -> None:
    player = Explorer()
    seen: dict[str, Any] = {
        "rays": np.full(16, 5.0, np.float32),
        "compass": np.array([1.0, 0.0, 3.0], np.float32),
    }
    player.act(seen, {"first": True})
    player.blocked |= {(x, y) for x in range(-3, 4) for y in range(-3, 4)} - {(0, 0)}
    player._way = []
    player.act(seen, {"first": False})
    assert not player.blocked
    player.act(seen, {"first": False})
    assert player._way[-1] == (0, 0)


def test_what_it_lacks_is_said() -> None:
    with pytest.raises(AgentError, match="needs observation.rays"):
        Explorer().act({"compass": np.zeros(3)}, {"first": True})
    with pytest.raises(AgentError, match="needs a compass, a position or odometry"):
        Explorer().act({"rays": np.zeros(4)}, {"first": True})
