"""What an observation must not give away, and where a step's mechanics meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adaptarium.envs.core.batch import Batch
from adaptarium.envs.core.world import load_world


def corridor(row: str, x: int, **factors: Any) -> Batch:
    """One agent at ``x`` of a corridor, walking in four directions, with no step cost."""
    level = {
        "map": ["#" * len(row), row, "#" * len(row)],
        "agents": [[x, 1, "east", 0]],
        "max_steps": 50,
    }
    world = load_world(
        "FrozenLake-v0", records=(level,), **{"transition.slip": 0.0, "reward.goal_decay": 0.0}
    )
    batch = Batch([world.override(**factors)], 1, autoreset="disabled")
    batch.reset(seed=0)
    return batch


def walk(batch: Batch, primitive: str) -> float:
    """Take one step; its reward."""
    batch.w.actions[:] = batch.worlds[0].rules.action.vocabulary.index(primitive)
    batch.step()
    return float(batch.w.reward[0, 0])


def views(row: str, **factors: Any) -> bytes:
    batch = corridor(row, 1, **factors)
    return b"".join(view.tobytes() for view in batch.obs.values())


@pytest.mark.parametrize("skin", [(), tuple(range(15, -1, -1))])
def test_a_hidden_goal_looks_like_an_empty_cell_in_everything(skin: tuple[int, ...]) -> None:
    factors = {"observation.goal_visible": False, "observation.skin": skin}
    assert views("#..G...#", **factors) == views("#.....G#", **factors)
    factors["observation.goal_visible"] = True
    assert views("#..G...#", **factors) != views("#.....G#", **factors)


def test_the_darkroom_is_dark() -> None:
    """Where every goal is, the first view of a fixed start is the same."""
    batch = Batch([load_world("Darkroom-v0")], 300)
    batch.reset(seed=0)
    views: dict[bytes, set[int]] = {}
    rows = batch.w.core["level"]
    goals = batch.w.levels.map[rows]["goal_y"] * 64 + batch.w.levels.map[rows]["goal_x"]
    for i, goal in enumerate(goals.tolist()):
        seen = b"".join(view[i].tobytes() for view in batch.obs.values())
        views.setdefault(seen, set()).add(goal)
    # Agents start anywhere: views that agree must have met goals that differ.
    assert max(len(found) for found in views.values()) > 1
    colours = batch.obs["image"][..., 1][batch.obs["image"][..., 0] == 1]
    assert not colours.any()


def test_at_full_noise_the_image_says_nothing_about_the_state() -> None:
    factors = {"observation.noise": 1.0}
    noisy = views("#..G=~..#", **factors)
    assert noisy == views("#.......#", **factors)
    assert noisy != views("#..G=~..#")


def test_what_is_misread_looks_as_it_usually_does() -> None:
    batch = Batch([load_world("Gauntlet-v0", **{"observation.noise": 1.0})], 64)
    batch.reset(seed=0)
    image = batch.obs["image"].reshape(-1, 3)
    assert len(np.unique(image[:, 0])) == 16
    for code in range(1, 16):
        assert len(np.unique(image[image[:, 0] == code], axis=0)) == 1


@pytest.mark.parametrize(("tile", "reward"), [("~", 0.0), ("G", 1.0)])
def test_the_wind_moves_nobody_whose_episode_has_ended(tile: str, reward: float) -> None:
    factors = {"transition.wind": 1.0, "transition.wind_heading": "east"}
    batch = corridor(f"#.{tile}....#", 1, **factors)
    assert walk(batch, "east") == reward
    assert batch.w.terminated[0, 0]
    assert batch.w.state.agents["x"][0, 0] == 2


def test_the_wind_moves_on_from_what_ends_nothing_and_starts_no_slide() -> None:
    factors = {"transition.wind": 1.0, "transition.wind_heading": "east"}
    batch = corridor("#.~.....#", 1, **factors, **{"transition.hazard_ends": False})
    walk(batch, "east")
    assert batch.w.state.agents["x"][0, 0] == 3
    batch = corridor("#.===...#", 1, **factors)
    if "stay" in batch.worlds[0].rules.action.vocabulary:
        walk(batch, "stay")
    else:
        walk(batch, "north")  # a wall: the agent stays
    assert batch.w.state.agents["x"][0, 0] == 2
